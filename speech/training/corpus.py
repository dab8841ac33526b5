"""Read the labelled utterances that a locale's encoder is learnt from.

`training/` of a locale holds plain text, one utterance a line; a file's name is their label:
`<form>.<strength>.txt` for mentions, `none.txt` for what only sounds like one, `intent.<name>.txt`
for questions and wishes. `… || <intent>` ends a mention that also asks something. `public.jsonl`
holds utterances of strangers, each with its source and licence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from speech.encoder import FORMS, NO_QUESTION, READ_INTENTS
from speech.text import normalise

_STRENGTHS = ("certain", "possible")
_ASKS = " || "


class CorpusError(ValueError):
    """A line or file that has no meaning, named, with what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance and what an attentive person would make of it."""

    text: str
    form: str = "none"
    """One of speech.encoder.FORMS."""
    certain: bool | None = None
    """Whether a mention is reported, in doubt as happening now. None: not learnt from here."""
    intent: str | None = None
    """One of speech.encoder.READ_INTENTS. None: not learnt from here."""


def files(folder: Path) -> list[Path]:
    """Every file of a training folder that is learnt from, in a fixed order."""
    return sorted([*folder.glob("*.txt"), *folder.glob("*.jsonl")])


def digest(folder: Path) -> str:
    """SHA-256 over every file's name and bytes: which data an encoder was learnt from."""
    whole = sha256()
    for path in files(folder):
        whole.update(path.name.encode() + b"\0" + sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def read(folder: Path, only: str = "*") -> list[Line]:
    """All lines, each text once (the first label stands). Raises CorpusError.

    only: the files to read, as a pattern of their names.
    """
    lines: dict[str, Line] = {}
    for path in files(folder):
        if not path.match(only):
            continue
        for line in _public(path) if path.suffix == ".jsonl" else _labelled(path):
            lines.setdefault(line.text, line)
    return list(lines.values())


def _labelled(path: Path) -> Iterator[Line]:
    label, _, detail = path.stem.partition(".")
    for number, whole in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text, _, asked = whole.partition(_ASKS)
        asked, text = asked.strip(), normalise(text)
        place = f"{path.name}, line {number}"
        if not text:
            raise CorpusError(f"{place}: has no words; take it out")
        if asked and asked not in READ_INTENTS:
            raise CorpusError(f"{place}: there is no intent {asked!r}")
        if label == "intent" and detail in READ_INTENTS:
            yield Line(text, intent=detail)
        elif label == "none":
            yield Line(text, intent=asked or "out_of_scope")
        elif label in FORMS and detail in _STRENGTHS:
            known = None if label == "alone" else detail == "certain"
            yield Line(text, label, known, asked or NO_QUESTION)
        else:
            raise CorpusError(f"{path.name}: no label is called {path.stem!r}")


def _public(path: Path) -> Iterator[Line]:
    for number, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            kept = json.loads(row)
            yield Line(normalise(kept["text"]), kept["form"], kept["certain"], kept["intent"])
        except (ValueError, KeyError) as fault:
            raise CorpusError(f"{path.name}, line {number}: {fault!r}") from None
