"""Speakable samples of the signs: the forms of signs.yaml said out in full, widely spread."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import cycle, zip_longest
from typing import Any, TypeVar, cast

from spellchecker import SpellChecker

from speech.quoted_yaml import Words
from speech.signs import Phrase

PER_FORM = 60
"""Ways of saying one form that are looked at."""

_T = TypeVar("_T")
_CLAUSE = re.compile(r"(?:^|\s)([+-])\s")
_BEATS = (0.618034, 0.414214, 0.732051, 0.236068, 0.645751)
"""No two keep time, so that the choice made at one step does not follow another's."""
_RARE = 50
"""How often the dictionary's own source must hold a word; below, it is mostly misspellings."""


def sign_samples(
    tree: Mapping[str, Words], language: str, most: int, keep: Callable[[str, str], bool]
) -> dict[str, list[str]]:
    """Kind of sign → samples, `most` in all: every sign has its turn, and in it every form.

    keep: whether a sample (first) of a kind (second) is one to teach.
    """
    said = _Said(tree, language)
    kinds: dict[str, list[str]] = {}
    signs: Any = tree["signs"]
    turns = _in_turn(
        _in_turn([(sign["kind"], sample) for sample in said.form(form)] for form in sign["forms"])
        for sign in signs.values()
    )
    seen: set[str] = set()
    for kind, sample in turns:
        if len(seen) < most and sample not in seen and keep(sample, kind):
            seen.add(sample)
            kinds.setdefault(kind, []).append(sample)
    return kinds


def _in_turn(rows: Iterable[Iterable[_T]]) -> list[_T]:
    """The first of each row, the second of each, …"""
    absent = object()
    columns = zip_longest(*rows, fillvalue=absent)
    return [cast(_T, item) for column in columns for item in column if item is not absent]


class _Said:
    """Says the notation of speech/signs.py, where that module listens for it."""

    def __init__(self, tree: Mapping[str, Words], language: str) -> None:
        self._counts = SpellChecker(language=language).word_frequency.dictionary
        self._concepts = cast(Mapping[str, Sequence[str]], tree["concepts"])
        self._endings = cast(Sequence[str], tree["endings"])

    def form(self, source: str) -> Iterator[str]:
        """Some ways to say a form: gaps left empty, what must be near said after it."""
        clause, *others = _CLAUSE.split(source)
        near = [c for mark, c in zip(others[::2], others[1::2], strict=True) if mark == "+"]
        steps = [
            self._step(token)
            for token in " ".join((clause, *near)).split()
            if token[0] not in "~!@"
        ]
        for phrases in _spread(steps):
            yield " ".join(word for phrase in phrases for word in phrase)

    def _step(self, token: str) -> list[Phrase]:
        said = [p for one in token.strip("[]").split("|") for p in self._one(one)]
        return [*said, ()] if token[0] == "[" else said

    @cache  # noqa: B019 – lives as long as the forms are being said
    def _one(self, one: str) -> tuple[Phrase, ...]:
        return tuple(self._ways(one))

    def _ways(self, one: str) -> Iterator[Phrase]:
        if one[0] == "<":
            for entry in self._concepts[one[1:-1]]:
                for phrases in _spread([self._step(token) for token in entry.split()]):
                    yield tuple(word for phrase in phrases for word in phrase)
        else:
            yield from _spread([self._endless(word) for word in one.split("_")])

    def _endless(self, word: str) -> list[str]:
        if word[-1:] != "*":
            return [word]
        ended = [word[:-1] + end for end in self._endings]
        return [word for word in ended if self._counts.get(word, 0) >= _RARE]


def _spread(steps: Sequence[Sequence[_T]]) -> Iterator[tuple[_T, ...]]:
    """Combinations of one choice from each step, far apart, the first choices first."""
    widest = max(map(len, steps))
    seen: set[tuple[int, ...]] = set()
    for n in range(max(widest, PER_FORM) if all(steps) else 0):
        places = tuple(
            n % widest if len(step) == widest else int(n * beat % 1 * len(step))
            for step, beat in zip(steps, cycle(_BEATS), strict=False)
        )
        if places not in seen:
            seen.add(places)
            yield tuple(step[place] for step, place in zip(steps, places, strict=True))
