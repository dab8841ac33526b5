"""Recordings for the tests: the voice's own words, in a quiet room, as a microphone hears them."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import wave
from array import array
from functools import cache
from pathlib import Path

from speech.asr import RATE

ROOT = Path(__file__).parent.parent
FLOOR = 48
"""Of 32,767: digital silence between words would be harder to recognise than a real room."""


def recording(samples: array[int]) -> bytes:
    """A WAV as the page sends it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    return file.getvalue()


_RENDER = """
import sys
from speech.tts import Spoken, Voice
text, voice, rate = sys.argv[1:]
sys.stdout.buffer.write(Voice(None).render(Spoken("", text, int(rate)), voice))
"""


@cache
def _rendered(text: str, voice: str, rate: int) -> bytes:
    """The voice's WAV, from a process of its own: only a first rendering is always the same."""
    command = [sys.executable, "-c", _RENDER, text, voice, str(rate)]
    return subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout


def said(text: str, voice: str = "en-us", rate: int = 150, before: float = 0.5) -> bytes:
    """Someone saying it, with half a second of the room before and after."""
    with wave.open(io.BytesIO(_rendered(text, voice, rate))) as file:
        spoken = array("h", file.readframes(file.getnframes()))
        step = file.getframerate() / RATE
    dice = random.Random(text)
    quiet, after = int(before * RATE), RATE // 2
    length = int(len(spoken) / step)
    samples = array("h", (round(dice.gauss(0, FLOOR)) for _ in range(quiet + length + after)))
    for i in range(length):
        at = i * step
        left = spoken[int(at)]
        right = spoken[min(int(at) + 1, len(spoken) - 1)]
        level = left + (right - left) * (at - int(at))
        samples[quiet + i] = max(-32_768, min(32_767, samples[quiet + i] + round(level * 0.7)))
    return recording(samples)


def noise(seconds: float, level: int) -> bytes:
    """A hiss, of 32,767."""
    dice = random.Random(level)
    return recording(array("h", (round(dice.gauss(0, level)) for _ in range(int(seconds * RATE)))))
