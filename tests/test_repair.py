"""Repair: misheard and misspelt words are mended, words that stand for themselves are left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.repair import Repair

WORDS = ["drooping", "fainted", "headache", "numbness", "seizure", "slurred", "stroke", "vomiting"]
REPAIR = Repair([*WORDS, "doubl", "double", "numb"], known=["slurd"])


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("siezure", "seizure"),  # two letters exchanged
        ("vomitting", "vomiting"),  # one letter too many
        ("headche", "headache"),  # one too few
        ("nummness", "numbness"),  # as it sounds
        ("head ache", "headache"),  # one word heard in two
        ("numb ness", "numbness"),
        ("my sezure today", "my seizure today"),
        ("dubble", "double"),  # never the stem "doubl"
        ("stroke", "stroke"),
        ("strike", "strike"),  # a word already
        ("dropping", "dropping"),
        ("slurd", "slurd"),  # known as it is
        ("nub", "nub"),  # too short to say
        ("stroke2", "stroke2"),  # no word at all
        ("", ""),
    ],
)
def test_text(heard: str, meant: str) -> None:
    assert REPAIR.text(heard) == meant


def test_words_say_how_many_they_stand_for() -> None:
    assert list(REPAIR.words(["my", "head", "ache", "now"])) == [
        ("my", 1),
        ("headache", 2),
        ("now", 1),
    ]


def test_the_longest_words_are_left_alone() -> None:
    assert REPAIR.text("s" * 60_000) == "s" * 60_000


@given(st.lists(st.text("abdehknorstuvz'2", min_size=1, max_size=12), max_size=8))
def test_no_word_is_lost(heard: list[str]) -> None:
    assert sum(length for _, length in REPAIR.words(heard)) == len(heard)


@given(st.lists(st.sampled_from(WORDS), max_size=6))
def test_its_own_words_are_kept(heard: list[str]) -> None:
    assert REPAIR.text(" ".join(heard)) == " ".join(heard)


@given(st.text("abdehknorstuvz ", max_size=40))
def test_mending_twice_mends_no_more(heard: str) -> None:
    words = [word for word, _ in REPAIR.words(heard.split())]
    assert [REPAIR.word(word) for word in words] == words
