"""Audio to text: what was said, recognised offline among the words that a locale listens for.

Two decoders hear each recording: one may put any listened-for words in a row, the other knows whole
sentences only. Where both mean the same, the recording was very likely understood; what counts as
the same, the caller decides. Silence is never a reading of safety.
"""

from __future__ import annotations

import io
import re
import struct
import threading
import wave
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from speech.locale import Locale
from speech.text import normalise

RATE = 16_000
"""Samples a second of a recording: mono, 16 bit."""
MAX_SECONDS = 15
MAX_BYTES = 2 * RATE * MAX_SECONDS + 1024
"""Of a WAV file of that length, with room for its header."""
WAIT = 5.0
"""Seconds to wait for another recording to be done."""

_CHUNK = RATE // 10 * 2  # bytes; pocketsphinx holds up every thread until it has heard its piece
_PER_INTENT = 14  # whole sentences; a grammar of all samples takes ten times as long
_EASE = "9"  # weight of the words over the sounds
_SLOT = re.compile(r"\{(\w+)\}")


class ListenError(Exception):
    """Nothing was recognised because listening itself failed. Says what to do about it."""


class RecordingError(Exception):
    """Not a recording that can be listened to."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What two ways of listening made of one recording; empty where one of them made nothing."""

    words: str
    sentence: str


class Recogniser(Protocol):
    """What turns a recording into words. Another engine is another class with these."""

    @property
    def engine(self) -> str: ...

    def problem(self) -> str | None: ...

    def prepare(self) -> bool: ...

    def transcribe(self, samples: bytes) -> Heard: ...


def samples(wav: bytes) -> bytes:
    """The samples of a WAV of at most 15 seconds. Raises RecordingError for anything else."""
    try:
        with wave.open(io.BytesIO(wav)) as file:
            kind = file.getframerate(), file.getnchannels(), file.getsampwidth()
            found: bytes = file.readframes(file.getnframes())
    except (wave.Error, EOFError, RuntimeError, ZeroDivisionError, struct.error) as fault:
        raise RecordingError("This is not a WAV.") from fault
    if kind != (RATE, 1, 2):
        raise RecordingError("This is not mono with 16 bits at 16 kHz.")
    if len(found) > 2 * RATE * MAX_SECONDS:
        raise RecordingError("This is longer than 15 seconds.")
    return found[: len(found) // 2 * 2]


def sentences(locale: Locale, signs: Iterable[str]) -> tuple[list[str], list[str]]:
    """What people say to the skill, and the part of it that is likeliest word for word.

    signs: how signs are said.
    """
    article = locale.articles[locale.topic]
    values = {slot: iter(cycle(given)) for slot, given in locale.intents.slots.items()}
    terms = [heard for term in article.terms.values() for heard in term.heard]
    values |= {"topic": cycle(article.names), "term": cycle(terms)}

    def fill(sample: str) -> str:
        return _plain(_SLOT.sub(lambda slot: str(next(values[slot[1]])), sample))

    templates = [s for said in locale.intents.samples.values() for s in said]
    with_slot = {n: [s for s in templates if _SLOT.findall(s) == [n]] for n in values}
    said = [fill(sample) for sample in templates]
    for name, count in (("term", 2 * len(terms)), ("topic", 6 * len(article.names))):
        said += [fill(sample) for _, sample in zip(range(count), cycle(with_slot[name]))]
    spoken = [_plain(sign) for sign in signs]
    plain_topic = {"topic": article.names[0]}
    likely = [
        _plain(_SLOT.sub(lambda slot: plain_topic.get(slot[1]) or str(next(values[slot[1]])), s))
        for given in locale.intents.samples.values()
        for s in given[:_PER_INTENT]
    ]
    return [*said, *spoken], likely


def _plain(sample: str) -> str:
    return normalise(re.sub("[-.]", " ", sample))


class PocketSphinx:
    """pocketsphinx with a language of a locale's own sentences. Nothing is loaded before use.

    One recording at a time; a second waits for a while, in a thread of its own.
    """

    def __init__(
        self, expected: Callable[[], tuple[list[str], list[str]]], sounds: Mapping[str, str]
    ) -> None:
        """expected: the sentences to expect, and those to know whole. sounds: word → ARPAbet."""
        self._expected, self._sounds = expected, sounds
        self._lock = threading.Lock()
        self._decoders: tuple[Any, Any] | None = None
        self._known: frozenset[str] = frozenset()
        self._level = ""
        self._fault: str | None = None
        self._engine: Any = None
        try:
            import pocketsphinx
        except Exception:  # noqa: BLE001 – however it is broken, the page still answers
            self._fault = (
                "Listening is off because pocketsphinx could not be loaded: install the packages "
                "in requirements.txt again, then restart."
            )
        else:
            self._engine = pocketsphinx

    @property
    def engine(self) -> str:
        return "pocketsphinx" if self._engine else "none"

    def problem(self) -> str | None:
        """What is known to be wrong, in one sentence; None while nothing is."""
        return self._fault

    def prepare(self) -> bool:
        """Load what is not loaded yet, which takes a second or two. Whether it can listen."""
        try:
            with self._lock:
                self._load()
        except ListenError:
            return False
        return True

    def transcribe(self, samples: bytes) -> Heard:
        """What was said. Raises ListenError when it cannot listen, or is busy for too long."""
        if not self._lock.acquire(timeout=WAIT):
            raise ListenError("Another recording is being listened to: try again in a moment.")
        try:
            free, whole = self._load()
            sentence = _decode(whole, samples, self._level)
            words = _decode(free, samples, whole.get_cmn(True))  # of this very recording
        finally:
            self._lock.release()
        return Heard(words, sentence if sentence in self._known else "")

    def _load(self) -> tuple[Any, Any]:
        if self._decoders:
            return self._decoders
        if self._fault:
            raise ListenError(self._fault)
        try:
            self._decoders = self._build()
        except Exception as fault:
            self._fault = (
                f"Listening is off because pocketsphinx failed ({type(fault).__name__}): see that "
                "there is room for temporary files, then restart."
            )
            raise ListenError(self._fault) from fault
        return self._decoders

    def _build(self) -> tuple[Any, Any]:
        from pocketsphinx.lm import ArpaBoLM

        sounds = self._pronunciations()
        said, whole = (
            [s for s in given if s and all(word in sounds for word in s.split())]
            for given in self._expected()
        )
        used = {word for s in (*said, *whole) for word in s.split()}
        with TemporaryDirectory() as folder:
            lm, words, grammar = (str(Path(folder) / n) for n in ("lm", "words", "grammar"))
            model = ArpaBoLM(text="\n".join(said), add_start=True)
            model.compute()
            model.write_file(lm)
            Path(words).write_text(
                "".join(
                    f"{word}{f'({n})' if n else ''} {sound}\n"
                    for word in sorted(used)
                    for n, sound in enumerate(sounds[word])
                ),
                encoding="ascii",
            )
            Path(grammar).write_text(
                f"#JSGF V1.0;\ngrammar said;\npublic <said> = {' | '.join(sorted({*whole}))};\n",
                encoding="ascii",
            )
            common = {"dict": words, "lw": float(_EASE), "loglevel": "FATAL"}
            decoders = (
                self._engine.Decoder(lm=lm, **common),
                # Its best path takes a minute where a sentence follows ten seconds of silence.
                self._engine.Decoder(lm=None, jsgf=grammar, bestpath=False, **common),
            )
        self._known = frozenset(whole)
        self._level = decoders[0].get_cmn(False)
        return decoders

    def _pronunciations(self) -> dict[str, list[str]]:
        """Word → its sounds: those of pocketsphinx's own dictionary, and the locale's."""
        found: dict[str, list[str]] = {}
        path = Path(self._engine.get_model_path()) / "en-us" / "cmudict-en-us.dict"
        for line in path.read_text(encoding="utf-8").splitlines():
            word, _, sound = line.partition(" ")
            found.setdefault(word.partition("(")[0], []).append(sound)
        return found | {word: [sound] for word, sound in self._sounds.items()}


def _decode(decoder: Any, samples: bytes, level: str) -> str:
    """Piece by piece, so that other threads have their turn.

    level: how loud each band is on average, to begin with; else the last speaker's would be taken.
    """
    decoder.set_cmn(level)
    decoder.start_utt()
    try:
        for piece in _pieces(samples):
            decoder.process_raw(piece)
    finally:
        decoder.end_utt()
    hypothesis = decoder.hyp()
    return str(hypothesis.hypstr) if hypothesis else ""


def _pieces(samples: bytes) -> Iterator[bytes]:
    return (samples[i : i + _CHUNK] for i in range(0, len(samples), _CHUNK))
