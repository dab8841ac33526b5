"""Spoil words as a speech recogniser does: like-sounding words, dropped words, merged words."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from random import Random

from jellyfish import metaphone
from rapidfuzz.distance import DamerauLevenshtein
from spellchecker import SpellChecker

_COMMON = 20_000
"""How many of the most frequent English words a recogniser is held to choose from."""
_SHORTEST = 3
_APART = 3
"""Letters by which two like-sounding spellings may differ."""


_DIGITS = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "twelve": "12",
    "fifteen": "15",
    "twenty": "20",
}
_NUMBER = re.compile(r"\b(?:nine one one|nine eleven|nine eight eight|[a-z]+)\b")
_LINES = {"nine one one": "911", "nine eleven": "911", "nine eight eight": "988"}


def typed(text: str) -> str:
    """The words as they are typed, and as some recognisers write them: numbers in digits."""
    return _NUMBER.sub(lambda found: (_LINES | _DIGITS).get(found[0], found[0]), text)


def spoiled(text: str, share: float, chance: Random) -> str:
    """The words of `text`, each spoiled with a chance of `share` (0 to 1); never none of them."""
    heard: list[str] = []
    joined = False
    for word in text.split():
        dice = chance.random()
        if joined:
            heard[-1] += word
        elif dice < share * 0.2 and len(text) > len(word):
            continue
        else:
            like = sounds_like(word) if share * 0.2 <= dice < share * 0.8 else ()
            heard.append(chance.choice(like) if like else word)
        joined = not joined and share * 0.8 <= dice < share
    return " ".join(heard) or text


@cache
def sounds_like(word: str) -> tuple[str, ...]:
    """Common words that sound nearly like this one, itself not among them."""
    if len(word) < _SHORTEST or not word.isalpha():
        return ()
    others = _by_sound().get(metaphone(word), ())
    return tuple(o for o in others if o != word and DamerauLevenshtein.distance(o, word) <= _APART)


@cache
def common_words() -> tuple[str, ...]:
    """English words, the most frequent first."""
    counts = SpellChecker(language="en").word_frequency.dictionary
    return tuple(sorted(counts, key=lambda word: (-counts[word], word)))


@cache
def _by_sound() -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for word in common_words()[:_COMMON]:
        if word.isalpha():
            groups[metaphone(word)].append(word)
    return {sound: tuple(words) for sound, words in groups.items()}
