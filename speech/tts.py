"""Text to audio: what a listener hears, spoken by eSpeak NG through pyttsx3 and kept in a cache.

The audio is an extra: whoever calls this shows the text too, and goes on without the audio when a
VoiceError is raised.
"""

import hashlib
import io
import logging
import os
import re
import secrets
import wave
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyttsx3

from speech import mp3

log = logging.getLogger(__name__)

MAX_CHARACTERS = 1500  # of one part; at 150 words a minute this is about two minutes
MIN_RATE, MAX_RATE = 80, 450  # what eSpeak can do; below 80 it says 80
PAUSE = 0.2  # seconds of silence between parts, after the pause that ends each sentence

# Measured over 2,500 words and six voices: a letter takes at least 7 seconds divided by the rate,
# and in sentences 9 to 14. Audio with less than this many has lost words.
LEAST_SECONDS_PER_LETTER = 5

_DIGEST = hashlib.sha256().digest_size


class VoiceError(Exception):
    """No audio. Says what to do about it, and never holds the text."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One part to be spoken."""

    id: str
    text: str
    """As it is said, not as it is shown: see `spoken_form`."""
    rate: int
    """Words a minute as eSpeak counts them; below 80 counts as 80, above 450 as 450."""


class Voice:
    """Speaks parts, from any number of threads and processes.

    A Voice keeps its settings and, when eSpeak NG could not be loaded, the reason. All else is
    eSpeak's own state, which every Voice in a process shares under one lock, and the cache, which
    any number of processes may share.
    """

    def __init__(
        self,
        cache: Path | None,
        *,
        cache_bytes: int = 64 * 1024 * 1024,
        timeout: float = 5.0,
    ) -> None:
        """Load eSpeak NG; a failure is reported by `problem` and by each later call.

        `cache` is a folder, made when first needed; None keeps nothing. Once it holds more than
        `cache_bytes`, what was used longest ago goes. `timeout` is how many seconds to wait for
        other threads to finish speaking.
        """
        self._cache = cache
        self._cache_bytes = cache_bytes
        self._timeout = timeout
        self._fault: str | None = None
        try:
            import speech.espeak_driver as driver
        except (ImportError, OSError, RuntimeError, AttributeError) as fault:
            log.error("eSpeak NG could not be loaded: %s", fault)
            self._fault = (
                "The voice is off because eSpeak NG could not be loaded: install the packages in "
                "requirements.txt again, then restart."
            )
        else:
            self._driver = driver

    @property
    def engine(self) -> str:
        """What speaks, with its version, such as "espeak-ng 1.52.0"; "none" when nothing does."""
        return "none" if self._fault else self._driver.VERSION

    def problem(self) -> str | None:
        """None when the voice is well, else one sentence. Speaks a word to find out: about 1 ms."""
        if self._fault:
            return self._fault
        try:
            self._synthesise("well", "en", MAX_RATE)
        except VoiceError as error:
            return str(error)
        return None

    def speak(self, parts: Sequence[Spoken], voice: str) -> bytes:
        """All parts in order as one mono 16-bit WAV, with a short pause between two parts.

        Raises VoiceError when any part cannot be spoken, or there are none.
        """
        wavs = [self.render(part, voice) for part in parts]
        if not wavs:
            raise VoiceError("There is nothing to speak: name at least one part.")
        joined = io.BytesIO()
        with wave.open(joined, "wb") as out:
            for number, wav in enumerate(wavs):
                with wave.open(io.BytesIO(wav), "rb") as part:
                    if number == 0:
                        out.setparams(part.getparams())
                    else:
                        out.writeframes(bytes(2 * int(PAUSE * part.getframerate())))
                    out.writeframes(part.readframes(part.getnframes()))
        return joined.getvalue()

    def speak_mp3(self, parts: Sequence[Spoken], voice: str) -> bytes:
        """The same as MP3, kept in the cache too. Only where speech.mp3 is AVAILABLE."""
        path = self._path("mp3", self.engine, *parts, voice)
        audio = path and _recall(path)
        if not audio:
            audio = mp3.encode(self.speak(parts, voice))
            if path:
                self._keep(path, audio)
        return audio

    def render(self, part: Spoken, voice: str) -> bytes:
        """One part as a mono 16-bit WAV, from the cache when it is there.

        `voice` is a name or language that eSpeak knows: "en-us", "en-gb-x-rp", "es-419".
        Raises VoiceError when the part has no words or is too long, when there is no such voice,
        when other threads speak for longer than the timeout, and when eSpeak NG is not to be had.
        """
        if self._fault:
            raise VoiceError(self._fault)
        if len(part.text) > MAX_CHARACTERS:
            raise VoiceError(
                f"Part {part.id!r} has more than {MAX_CHARACTERS} characters: split it in two."
            )
        text = self._driver.prepare(part.text, voice)
        if not _letters(text):
            raise VoiceError(f"Part {part.id!r} has no words: write what should be heard.")
        rate = min(max(part.rate, MIN_RATE), MAX_RATE)
        path = self._path(self.engine, part.id, text, voice, rate)
        wav = path and _recall(path)
        if not wav:
            wav = self._synthesise(text, voice, rate)
            if path:
                self._keep(path, wav)
        return wav

    def _path(self, *key: object) -> Path | None:
        """Where in the cache, if there is one, what has this key is kept."""
        digest = hashlib.sha256(ascii(key).encode()).hexdigest()
        return self._cache and self._cache / f"{digest}.spoken"

    def _synthesise(self, text: str, voice: str, rate: int) -> bytes:
        if not self._driver.LOCK.acquire(timeout=self._timeout):
            raise VoiceError("The voice is busy: ask for the audio again in a moment.")
        try:
            for _ in range(2):
                wav = _run(self._driver.NAME, text, voice, rate)
                if _plausible(wav, text, rate):
                    return wav
        finally:
            self._driver.LOCK.release()
        raise VoiceError(
            f"eSpeak NG lost words, twice: see that the voice {voice!r} speaks the text's language."
        )

    def _keep(self, path: Path, wav: bytes) -> None:
        """Put audio, its digest before it, in the cache, whole or not at all, and make room."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_stem(secrets.token_hex(8))
            try:
                temporary.write_bytes(hashlib.sha256(wav).digest() + wav)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
            self._evict(path.parent)
        except OSError as fault:
            log.warning("The speech cache cannot be written: %s", fault)

    def _evict(self, folder: Path) -> None:
        """Delete what was used longest ago until the cache is within bounds."""
        files = []
        for path in folder.glob("*.spoken"):  # also what a process left when it died while writing
            with suppress(FileNotFoundError):  # another process made room at the same time
                stat = path.stat()
                files.append((stat.st_mtime_ns, stat.st_size, path))
        excess = sum(size for _, size, _ in files) - self._cache_bytes
        for _, size, path in sorted(files):
            if excess <= 0:
                break
            path.unlink(missing_ok=True)
            excess -= size


def duration(wav: bytes) -> float:
    """Seconds of audio in a WAV. Raises VoiceError when it is not a WAV."""
    try:
        with wave.open(io.BytesIO(wav), "rb") as file:
            samples = len(file.readframes(file.getnframes())) // file.getsampwidth()
            return samples / file.getnchannels() / file.getframerate()
    except (wave.Error, EOFError, RuntimeError, ZeroDivisionError) as fault:  # wave raises all
        raise VoiceError("This is not a WAV: render it again.") from fault


def spoken_form(text: str, say_as: Mapping[str, str]) -> str:
    """`text` with each whole word that `say_as` lists replaced by how it is said.

    With {"911": "nine one one"}, "911" changes, and "1911", "9,911" or "911-1234" do not.
    Capitals count: ALS is not als.
    """
    words = "|".join(re.escape(word) for word in sorted(say_as, key=len, reverse=True))
    whole = rf"(?<!\w)(?<!\d[.,:/-])(?:{words})(?!\w)(?![.,:/-]\d)"
    return re.sub(whole, lambda match: say_as[match[0]], text) if words else text


def _run(driver: str, text: str, voice: str, rate: int) -> bytes:
    """What pyttsx3 makes of the text; empty when eSpeak gave nothing. The caller holds the lock."""
    faults: list[Exception] = []
    file = io.BytesIO()  # no disk, so nothing there can fail
    engine = pyttsx3.init(driver)
    # pyttsx3 raises nothing: a wrong voice, say, is heard of here only.
    engine.connect("error", lambda exception, **_: faults.append(exception))
    engine.setProperty("voice", voice)
    engine.setProperty("rate", rate)  # after the voice, which may bring its own
    engine.save_to_file(text, file)
    engine.runAndWait()
    if faults:
        raise VoiceError(f"{faults[0]}.")
    return file.getvalue()


def _plausible(wav: bytes, text: str, rate: int) -> bool:
    """Whether there is enough sound, silence at both ends left out, to be all of `text`."""
    if not wav:
        return False
    with wave.open(io.BytesIO(wav), "rb") as file:
        sound = file.readframes(file.getnframes()).strip(b"\0")
        seconds = len(sound) / file.getsampwidth() / file.getframerate()
    return seconds >= LEAST_SECONDS_PER_LETTER * _letters(text) / rate


def _letters(text: str) -> int:
    """How many letters and digits."""
    return sum(map(str.isalnum, text))


def _recall(path: Path) -> bytes | None:
    """Cached audio, marked as just used; None when it is missing or damaged."""
    try:
        stored = path.read_bytes()
    except OSError:
        return None
    with suppress(OSError):  # a cache made elsewhere may be read-only
        os.utime(path)
    digest, wav = stored[:_DIGEST], stored[_DIGEST:]
    return wav if digest == hashlib.sha256(wav).digest() else None
