"""Read an utterance with the learnt encoder: which emergency it mentions, and what it asks.

One small MiniLM network (Apache-2.0; see README), fine-tuned on `training/` by `make train` and
kept in `model/` of the locale: int8 weights as ONNX, with its labels and vocabulary beside it. The
words are cut into pieces here, in a few lines, because they are already bare lower-case letters,
and the usual tokenizer package brings a network client with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from speech.locale import INTENTS
from speech.text import normalise

FORMS = ("none", "stroke", "alone", "other", "self_harm", "self_harm_done")
"""What an utterance may mention; names are those of the guidance, and none."""
NO_QUESTION = "no_question"
READ_INTENTS = (*(i for i in INTENTS if i not in ("launch", "clarify")), NO_QUESTION)
"""What an utterance may ask for; a mention that asks nothing is NO_QUESTION."""

NETWORK, MANIFEST, VOCABULARY = "encoder.onnx", "manifest.json", "vocabulary.txt"
WINDOW, STRIDE = 40, 28
"""Words read at a time, and how far the next reading of a longer utterance begins after it."""
MAX_WINDOWS = 12
"""Windows read at all: more than any question has. Of longer texts, the beginning and the end."""
MAX_PIECES = 96
"""Pieces read at a time: what the network has places for."""
_LONGEST_WORD = 24
"""Longer words are read as unknown: none of any vocabulary is."""
_BEGIN, _END, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"


class EncoderError(Exception):
    """The encoder cannot be used, and why."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How likely each meaning of one utterance is (0 to 1)."""

    forms: Mapping[str, float]
    """For each of FORMS. Of a long utterance, those of the window that mentions most."""
    certain: float
    """That what is mentioned is reported, in doubt as happening now."""
    intents: Mapping[str, float]
    """For each of READ_INTENTS."""

    @property
    def mention(self) -> float:
        """That any emergency is mentioned."""
        return 1 - self.forms["none"]


class Pieces:
    """Cuts words into the longest pieces of a vocabulary (WordPiece)."""

    def __init__(self, vocabulary: list[str]) -> None:
        self._number = {piece: n for n, piece in enumerate(vocabulary)}
        self._begin, self._end, self._unknown = (
            self._number[mark] for mark in (_BEGIN, _END, _UNKNOWN)
        )

    def numbers(self, words: list[str]) -> list[int]:
        """The pieces of normalised words by number, between the marks of beginning and end."""
        inner = [n for word in words for part in _split(word) for n in self._word(part)]
        return [self._begin, *inner[: MAX_PIECES - 2], self._end]

    def _word(self, word: str) -> list[int]:
        found: list[int] = []
        start = 0
        while start < len(word) <= _LONGEST_WORD:
            lead = "##" if start else ""
            for end in range(len(word), start, -1):
                if (number := self._number.get(lead + word[start:end])) is not None:
                    found.append(number)
                    start = end
                    break
            else:
                break
        return found if start >= len(word) else [self._unknown]


def _split(word: str) -> Iterator[str]:
    """A word at its apostrophes, as the network first learnt words: "can't" → can, ', t."""
    first, *rest = word.split("'")
    yield first
    for part in rest:
        yield from ("'", part)


class Encoder:
    """The learnt network of one locale. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Load it from a `model/` folder. Raises EncoderError where it is missing or not itself."""
        try:
            manifest: Any = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            content = {name: (folder / name).read_bytes() for name in (NETWORK, VOCABULARY)}
            labels = (tuple(manifest["forms"]), tuple(manifest["intents"]))
            hashes = dict(manifest["sha256"])
            self.data = str(manifest["data"])
            """SHA-256 of the utterances that it was learnt from."""
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EncoderError(f"{folder.name}/ cannot be read ({type(error).__name__})") from error
        for name, held in content.items():
            if hashes.get(name) != sha256(held).hexdigest():
                raise EncoderError(f"{name} is not the one that {MANIFEST} names")
        if labels != (FORMS, READ_INTENTS):
            raise EncoderError(f"{MANIFEST} names other labels than this version reads")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._pieces = Pieces(content[VOCABULARY].decode().splitlines())
            self._session = onnxruntime.InferenceSession(
                content[NETWORK], options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has an exception of its own for every fault
            raise EncoderError(f"{NETWORK} cannot be run ({type(error).__name__})") from error

    def read(self, text: str) -> Reading:
        """Read any text; what has no words mentions nothing and asks nothing."""
        words = normalise(text).split()
        if not words:
            return Reading(_all("none", FORMS), 0, _all("out_of_scope", READ_INTENTS))
        readings = [self._window(window) for window in _windows(words)]
        asked = max(readings, key=lambda r: 1 - r.intents["out_of_scope"] - r.intents[NO_QUESTION])
        if len(readings) == 1:
            return asked
        worst = min(readings, key=lambda r: r.forms["none"])
        return Reading(worst.forms, worst.certain, asked.intents)

    def _window(self, words: list[str]) -> Reading:
        numbers = np.array([self._pieces.numbers(words)], dtype=np.int32)
        forms, certain, intents = self._session.run(None, {"pieces": numbers})
        return Reading(
            dict(zip(FORMS, _shares(forms[0]), strict=True)),
            float(1 / (1 + np.exp(-certain[0, 0]))),
            dict(zip(READ_INTENTS, _shares(intents[0]), strict=True)),
        )


def _windows(words: list[str]) -> Iterator[list[str]]:
    """The words, cut where there are more than a WINDOW of them, with overlap."""
    starts = list(range(0, max(len(words) - WINDOW + STRIDE, 1), STRIDE))
    for start in starts[: MAX_WINDOWS - 1] + starts[MAX_WINDOWS - 1 :][-1:]:
        yield words[start : start + WINDOW]


def _all(one: str, labels: tuple[str, ...]) -> dict[str, float]:
    return {label: float(label == one) for label in labels}


def _shares(scores: Any) -> list[float]:
    odds = np.exp(scores - scores.max())
    return [float(share) for share in odds / odds.sum()]
