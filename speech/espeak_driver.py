"""A pyttsx3 driver that has eSpeak NG write a WAV at once, in the calling thread.

Importing this module loads eSpeak NG (library and voices come with the package `espeakng-loader`,
so no system package is needed) and registers the driver: `pyttsx3.init(NAME)`. When the import
raises ImportError, OSError, RuntimeError or AttributeError, this machine has no voice.

Why not pyttsx3's own eSpeak driver: it lets eSpeak run a thread and polls for its end. `runAndWait`
then returns before the file is written, now and then the file is empty, an unwritable path or a
fork hangs for ever, and a second engine takes the first one's audio. eSpeak's synchronous mode has
no thread, so none of these; NVDA and Speech Dispatcher use it too.

Made for Linux. On macOS and Windows pyttsx3 looks for eSpeak NG in fixed places and finds only one
that was installed there; that is untested.
"""

import ctypes
import io
import os
import re
import sys
import threading
import unicodedata
import wave
from pathlib import Path
from typing import Any, BinaryIO

import espeakng_loader

# pyttsx3 asks the system for eSpeak by name, and is given the one that is loaded already.
ctypes.CDLL(espeakng_loader.get_library_path())

from pyttsx3.drivers.espeak import EspeakDriver, _espeak  # noqa: E402

NAME = "espeak_synchronous"

LOCK = threading.Lock()
"""Hold it for every use of eSpeak in this process: eSpeak is one set of C globals."""

_DONT_EXIT = 0x8000  # without it eSpeak ends the process when it finds no voices
_IPA = 2

SAMPLE_RATE: int = _espeak.Initialize(
    _espeak.AUDIO_OUTPUT_SYNCHRONOUS,
    0,  # eSpeak's own choice of buffer; a larger one gains 3 %
    os.fsencode(espeakng_loader.get_data_path()),
    _DONT_EXIT,
)
"""Samples a second in every WAV."""

if SAMPLE_RATE <= 0:
    raise RuntimeError("eSpeak NG found no voices")

VERSION: str = "espeak-ng " + _espeak.Info().decode()

_text_to_phonemes = _espeak.dll.espeak_TextToPhonemes
_text_to_phonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
_text_to_phonemes.restype = ctypes.c_char_p


class SynchronousDriver(EspeakDriver):  # type: ignore[misc]  # pyttsx3 has no type stubs
    """What pyttsx3 calls to set the voice and the rate and to save a WAV, within `runAndWait`.

    Keeps nothing but pyttsx3's proxy; the voice and the rate live in eSpeak itself. pyttsx3 turns
    whatever is raised here into its `error` event.
    """

    def __init__(self, proxy: Any) -> None:
        # Not the parent's: it would start eSpeak's thread.
        self._proxy = proxy

    @staticmethod
    def setProperty(name: str, value: Any) -> None:  # noqa: N802
        # The parent's would log the voice through `logging.debug`, which sets up root logging.
        if name == "voice":
            _set_voice(value)
        else:
            EspeakDriver.setProperty(name, value)

    def startLoop(self) -> None:  # noqa: N802
        self._proxy.setBusy(False)  # pyttsx3 now runs its queue, whose last entry ends the loop

    def say(self, text: str) -> None:
        raise NotImplementedError("this driver plays nothing: use save_to_file")

    def save_to_file(self, text: str, filename: str | BinaryIO) -> None:
        """Write `text` as mono 16-bit WAV to a path, or to a file open for writing bytes.

        Raises OSError when the path cannot be written, RuntimeError when eSpeak fails.
        """
        # A list: the parent appends to bytes, which takes quadratic time.
        chunks: list[bytes] = []

        def collect(samples: Any, count: int, _events: Any) -> int:
            if samples:
                chunks.append(ctypes.string_at(samples, count * 2))
            return 0

        # For each text anew, since another engine may have set its own.
        _espeak.SetSynthCallback(collect)
        if status := _espeak.Synth(text, flags=_espeak.CHARS_UTF8 | _espeak.ENDPAUSE):
            raise RuntimeError(f"eSpeak NG failed with status {status}: restart if this recurs")
        wav = io.BytesIO()
        with wave.open(wav, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(SAMPLE_RATE)
            out.writeframes(b"".join(chunks))
        chunks.clear()  # `_espeak` holds on to the callback
        if isinstance(filename, str):
            Path(filename).write_bytes(wav.getvalue())
        else:
            filename.write(wav.getvalue())


buildDriver = SynchronousDriver  # noqa: N816  # the name pyttsx3 looks for
sys.modules[f"pyttsx3.drivers.{NAME}"] = sys.modules[__name__]

# A stock engine in this process would otherwise start eSpeak again, with its thread.
EspeakDriver._moduleInitialized = True
EspeakDriver._defaultVoice = "en-us"

# No child begins in the midst of a sentence, or with a lock that nobody will release.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=LOCK.release
    )

_LONE_A = re.compile(r"\bA(?= [A-Z]\b)|(?<=\b[A-Z] )A\b")


def prepare(text: str, voice: str) -> str:
    """`text` in one line, without what eSpeak NG misreads.

    NUL cuts a text short, half a surrogate pair cannot be encoded, "<" and ">" become pauses, and
    an accent written as a character of its own is lost. English voices read the A of "A L S" as
    the article ("uh"), so there it is written as it sounds.
    """
    text = "".join(
        " " if char in "<>" or unicodedata.category(char) in {"Cc", "Cs"} else char
        for char in unicodedata.normalize("NFC", text)
    )
    if voice.lower().startswith("en"):
        text = _LONE_A.sub("eh", text)
    return " ".join(text.split())


def phonemes(text: str, voice: str) -> str:
    """How `voice` says `text`, in the International Phonetic Alphabet, stress marks included.

    Raises ValueError when there is no such voice.
    """
    rest = ctypes.c_char_p(prepare(text, voice).encode())
    clauses = []
    with LOCK:
        _set_voice(voice)
        while rest:  # eSpeak takes one clause, moves the pointer on, and at the end sets it to NULL
            clauses.append(_text_to_phonemes(ctypes.byref(rest), _espeak.CHARS_UTF8, _IPA).decode())
    return " ".join(clauses)


def _set_voice(voice: str) -> None:
    # eSpeak keeps the voice it had when it does not know the name.
    if _espeak.SetVoiceByName(voice.encode(errors="replace")):
        raise ValueError(f"eSpeak NG has no voice {voice!r}: name another, such as 'en-us' or 'es'")
