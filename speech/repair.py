"""Mend misheard and misspelt words: those no dictionary holds, towards a small vocabulary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache

from jellyfish import metaphone
from rapidfuzz.distance import DamerauLevenshtein
from spellchecker import SpellChecker

_SHORTEST = 4
"""Shorter words have too many neighbours to be mended by likeness."""
_LONGEST = 24
"""No word of any vocabulary is longer; the cost of mending one stays bounded."""
_RARE = 50
"""How often the dictionary's own source must hold a word; below, it is mostly misspellings."""


class Repair:
    """Mends words towards one vocabulary. Holds no words of its own."""

    def __init__(self, vocabulary: Iterable[str], known: Iterable[str] = ()) -> None:
        """Mend towards `vocabulary`; `known` words are right as they are, but nothing's mending."""
        self._vocabulary = frozenset(vocabulary)
        self._known = self._vocabulary.union(known)
        self._near: dict[str, set[str]] = defaultdict(set)
        self._sound: dict[str, set[str]] = defaultdict(set)
        for word in _whole(self._vocabulary):
            if len(word) >= _SHORTEST and word.isalpha():
                self._sound[metaphone(word)].add(word)
                for shorter in _shortened(word):
                    self._near[shorter].add(word)

    def text(self, text: str) -> str:
        """Mend normalised words one by one, and neighbours that are one word heard in two."""
        return " ".join(word for word, _ in self.words(text.split()))

    def words(self, heard: list[str]) -> Iterator[tuple[str, int]]:
        """Each mended word, with how many of the words heard it stands for."""
        place = 0
        while place < len(heard):
            joined = self._joined(*heard[place : place + 2]) if place + 1 < len(heard) else ""
            yield joined or self.word(heard[place]), 2 if joined else 1
            place += 2 if joined else 1

    def word(self, heard: str) -> str:
        """The nearest word of the vocabulary; the word itself where it is a word already."""
        if (
            heard in self._known
            or not _SHORTEST <= len(heard) <= _LONGEST
            or not heard.isalpha()
            or _is_word(heard)
        ):
            return heard
        return self._nearest(heard, 1 if len(heard) < 6 else 2) or heard

    def _joined(self, first: str, second: str) -> str:
        """The word that two neighbours are when joined; empty where they stand for themselves."""
        whole = first + second
        if not 6 <= len(whole) <= _LONGEST or not whole.isalpha():
            return ""
        known = first in self._vocabulary and second in self._vocabulary
        if whole in self._vocabulary and len(whole) >= 6 and not known:
            return whole
        if known or (_is_word(first) and _is_word(second)):
            return ""
        return self._nearest(whole, 1)

    def _nearest(self, heard: str, most: int) -> str:
        """The word within `most` edits that is nearest, or one that sounds just the same."""
        sound = metaphone(heard)
        likely = self._sound.get(sound, set()).union(
            *(self._near[shorter] for shorter in _shortened(heard) if shorter in self._near)
        )
        ranked = []
        for word in likely:
            edits = DamerauLevenshtein.distance(heard, word)
            same_sound = sound == metaphone(word)
            if edits <= most or (same_sound and edits <= most + 1 and heard[0] == word[0]):
                ranked.append((edits - same_sound, word))
        return min(ranked)[1] if ranked else ""


def _whole(vocabulary: frozenset[str]) -> Iterator[str]:
    """The vocabulary without stems ("doubl"), which would draw what was meant for whole words."""
    following = sorted(vocabulary)
    for word, after in zip(following, [*following[1:], ""], strict=True):
        if _is_word(word) or not after.startswith(word):
            yield word


def _shortened(word: str) -> set[str]:
    """The word, and the word less each of its letters."""
    return {word, *(word[:n] + word[n + 1 :] for n in range(len(word)))}


@cache
def _dictionary() -> frozenset[str]:
    counts = SpellChecker(language="en").word_frequency.dictionary
    return frozenset(word for word, count in counts.items() if count >= _RARE)


def _is_word(word: str) -> bool:
    return word in _dictionary()
