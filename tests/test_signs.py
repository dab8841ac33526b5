"""Forms of words: what the notation of signs.yaml means, and how a fault in it is named."""

from __future__ import annotations

import re
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.safety import LexicalRule
from speech.quoted_yaml import WordsError, read
from speech.signs import Forms, Heard, compile_signs

CONCEPTS = {
    "limb": ["arm|leg", "left|right <hand>"],
    "hand": ["hand|fist"],
    "round": ["a|an [big] <limb>"],
}
ENDINGS = ["", "s", "red"]
SMALL: Any = {
    "endings": [""],
    "clitics": ["'s"],
    "same": {"numb": ["num", "none b"], "left arm": ["lift arm"]},
    "concepts": {"side": ["left|right"]},
    "sure": ["numb numb"],
    "other_senses": ["numb the_song"],
    "look_alikes": ["numb thumb"],
    "signs": {"numb": {"kind": "stroke", "forms": ["<side> ~ numb"]}},
    "strength": {"certain": ["now @"], "possible": ["if ~ @"]},
}


def said(form: str, text: str) -> str:
    """The words of the text that say the form."""
    forms = Forms(CONCEPTS, ENDINGS)
    compiled = forms.form(form)
    words = text.split()
    cover = forms.hear(words).find(compiled)
    return " ".join(word for n, word in enumerate(words) if cover >> n & 1)


@pytest.mark.parametrize(
    ("form", "text", "found"),
    [
        ("numb", "my arm is numb", "numb"),
        ("numb", "my arm is number", ""),
        ("slur*", "she slurred and slurs", "slurred slurs"),
        ("arm|leg", "arm and leg", "arm leg"),
        ("in_the_brain", "a bleed in the brain", "in the brain"),
        ("<limb> is", "her left hand is cold", "left hand is"),
        ("<round>", "a big right fist", "a big right fist"),
        ("my [left] arm", "my arm", "my arm"),
        ("my [left] arm", "my left arm", "my left arm"),
        ("arm ~ numb", "arm is very very numb", "arm numb"),
        ("arm ~ numb", "arm is very very very numb", ""),
        ("arm ~6 numb", "arm is very very very numb", "arm numb"),
        ("arm ~0 numb", "arm is numb", ""),
        ("is !not numb", "is numb", "is numb"),
        ("is !not ~1 numb", "is not numb", ""),
        ("arm + numb", "numb they say is my arm", "numb arm"),
        ("arm + numb", "arm a b c d e f g h i numb", ""),
        ("arm - song", "an arm", "arm"),
        ("arm - song", "an arm in a song", ""),
        ("arm - song", "arm a b c d e f g h i j k l song", "arm"),
        ("arm + numb - song|book", "numb arm book", ""),
        ("arm", "", ""),
    ],
)
def test_a_form(form: str, text: str, found: str) -> None:
    assert said(form, text) == found


def test_a_mention_is_a_place_of_its_own() -> None:
    forms = Forms({}, [""])
    weak, strong = forms.form("if ~ @"), forms.form("!@ never ~ @")
    heard = forms.hear(["if", "i", "never", "faint"])
    assert heard.find(weak) == 0
    assert heard.at(0b1000).find(weak) == 0b1001
    assert heard.at(0b1000).find(strong) == 0b1100
    assert heard.at(0b1100).find(strong) == 0


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ("arm (numb", "'(numb' cannot be read"),
        ("Arm", "'Arm' cannot be read"),
        ("arm|", "'arm|' cannot be read"),
        ("<> arm", "'<>' cannot be read"),
        ("!", "'!' cannot be read"),
        ("*", "'*' cannot be read"),
        ("[arm", "'[arm' cannot be read"),
        ("<toe>", "<toe> is no concept"),
        ("~ [arm]", "needs a word that must be said"),
        ("arm +  ", "needs a word that must be said"),
        ("", "needs a word that must be said"),
    ],
)
def test_a_form_that_cannot_be_read(form: str, fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)):
        Forms(CONCEPTS, ENDINGS).form(form)


def test_a_concept_that_holds_itself() -> None:
    with pytest.raises(ValueError, match="<a> holds itself"):
        Forms({"a": ["<b>"], "b": ["x|<a>"]}, [""]).form("<a>")


def test_misheard_words_keep_their_place() -> None:
    signs = compile_signs(SMALL)
    heard = ["her", "arm's", "none", "b"]
    words, sources = signs.plain((word, range(n, n + 1)) for n, word in enumerate(heard))
    assert words == ["her", "arm", "numb"]
    assert sources == [range(0, 1), range(1, 2), range(2, 4)]


def changed(path: str, value: Any) -> Any:
    """The small tree with the value at the path replaced, or taken out where None."""
    tree = deepcopy(SMALL)
    *keys, last = path.split(".")
    node = tree
    for key in keys:
        node = node[key]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return tree


@pytest.mark.parametrize(
    ("path", "value", "key", "remedy"),
    [
        ("endings", None, "endings", "is missing"),
        ("signs", None, "signs", "is missing"),
        ("signs", ["x"], "signs", "must be a mapping of names"),
        ("same.numb", "num", "same.numb", "must be a list of quoted texts"),
        ("other_senses", "numb", "other_senses", "must be a list of quoted texts"),
        ("other_senses", ["numb ?"], "other_senses", "'?' cannot be read"),
        ("look_alikes", ["<toe>"], "look_alikes", "<toe> is no concept"),
        ("concepts.side", ["~"], "concepts.side", "'~' cannot be read in a concept"),
        ("concepts.side", ["<side>"], "concepts.side", "<side> holds itself"),
        ("concepts.unused", ["<toe>"], "concepts.unused", "<toe> is no concept"),
        ("concepts.side", "left", "concepts.side", "must be a list of quoted texts"),
        ("signs.numb.forms", ["<toe> numb"], "signs.numb.forms", "<toe> is no concept"),
        ("signs.numb.forms", None, "signs.numb.forms", "is missing"),
        ("signs.numb.kind", ["stroke"], "signs.numb.kind", "must be a quoted text"),
        ("signs.numb.kind", "strok", "signs.numb.kind", "must be one of stroke, alone, other"),
        ("strength.possible", None, "strength.possible", "is missing"),
        ("strength.certain", ["[now]"], "strength.certain", "needs a word that must be said"),
    ],
)
def test_a_fault_is_named_with_its_key(path: str, value: Any, key: str, remedy: str) -> None:
    with pytest.raises(WordsError) as caught:
        LexicalRule(changed(path, value))
    assert caught.value.path == "signs.yaml"
    assert caught.value.key == key
    assert remedy in caught.value.remedy


def test_the_small_tree_works() -> None:
    rule = LexicalRule(SMALL)
    assert rule.mention("his left side is num") is not None
    assert rule.mention("the left numb thumb") is None


def test_no_shipped_form_stands_there_twice() -> None:
    tree = read(Path(__file__).parent.parent / "speech/locales/en-US/signs.yaml")
    signs = compile_signs(tree)
    forms = [form.source for form in signs.ways.forms]
    assert not [form for form, times in Counter(forms).items() if times > 1]


WORDS = st.lists(st.sampled_from(["arm", "left", "numb", "is", "not", "x"]), max_size=40)


@given(WORDS, st.sampled_from(["arm ~2 numb", "left [arm] is", "arm + numb - not", "!x arm"]))
def test_a_form_covers_only_its_own_words(words: list[str], form: str) -> None:
    forms = Forms({}, [""])
    compiled = forms.form(form)
    heard: Heard = forms.hear(words)
    cover = heard.find(compiled)
    assert cover >> len(words) == 0
    named = {"arm", "left", "numb", "is"}
    assert all(word in named for n, word in enumerate(words) if cover >> n & 1)


@given(WORDS, WORDS)
def test_what_stands_far_off_changes_nothing(before: list[str], after: list[str]) -> None:
    forms = Forms({}, [""])
    compiled = forms.form("arm ~2 numb + left - not")
    far = ["o"] * 30
    alone = forms.hear(before).find(compiled)
    both = forms.hear([*before, *far, *after]).find(compiled)
    assert both & ((1 << len(before)) - 1) == alone
