"""The second look: how the lexicon's finding and the encoder's reading are weighed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import listener_for
from skill.listener import Listener
from skill.messages import Strength
from skill.safety import Mention
from skill.understanding import Meaning
from speech.encoder import FORMS, READ_INTENTS, Reading
from speech.locale import LOCALES, Locale
from speech.quoted_yaml import read

DATA = Path(__file__).parent / "data/en-US"
CERTAIN, POSSIBLE = Strength.CERTAIN, Strength.POSSIBLE


def reading(
    form: str = "none", share: float = 1.0, certain: float = 1.0, **asked: float
) -> Reading:
    """What an encoder could have read: `share` of one form, the rest of none."""
    forms = dict.fromkeys(FORMS, 0.0) | {"none": 1 - share}
    forms[form] += share
    intents = dict.fromkeys(READ_INTENTS, 0.0) | (asked or {"out_of_scope": 1.0})
    return Reading(forms, certain, intents)


def found(form: str = "stroke", *, sure: bool = False, strength: Strength = CERTAIN) -> Mention:
    return Mention(form, strength, ("sign",), "", sure=sure)


@pytest.fixture(scope="module")
def listener(locale: Locale) -> Listener:
    return listener_for(locale, LOCALES / locale.tag)


@pytest.mark.parametrize(
    ("lexicon", "encoder", "expected"),
    [
        (None, reading(), None),
        (None, reading("stroke", 0.4), None),
        (None, reading("stroke", 0.6), ("stroke", CERTAIN)),
        (None, reading("stroke", 0.9, certain=0.1), ("stroke", POSSIBLE)),
        (None, reading("alone", 0.9), ("alone", POSSIBLE)),
        (None, reading("self_harm", 0.9, certain=0.0), ("self_harm", CERTAIN)),
        (found(), None, ("stroke", CERTAIN)),
        (found(), reading(), None),
        (found(sure=True), reading(), ("stroke", CERTAIN)),
        (found(), reading("stroke", 0.3), ("stroke", CERTAIN)),
        (found(), reading("stroke", 0.9, certain=0.01), ("stroke", POSSIBLE)),
        (found(), reading("stroke", 0.9, certain=0.2), ("stroke", CERTAIN)),
        (found(strength=POSSIBLE), reading("stroke", 0.9, certain=0.4), ("stroke", POSSIBLE)),
        (found(strength=POSSIBLE), reading("stroke", 0.9), ("stroke", CERTAIN)),
        (found("alone"), reading("stroke", 0.9), ("stroke", CERTAIN)),
        (found("other"), reading("stroke", 0.5), ("other", CERTAIN)),
        (found("self_harm"), reading("other", 0.3), ("self_harm", CERTAIN)),
    ],
)
def test_a_mention(
    listener: Listener,
    lexicon: Mention | None,
    encoder: Reading | None,
    expected: tuple[str, Strength] | None,
) -> None:
    mention = listener.mention("words", lexicon, encoder)
    assert (mention and (mention.form, mention.strength)) == expected


@pytest.mark.parametrize(
    ("text", "encoder", "expected"),
    [
        ("what causes muscle spasms", reading(relief=1), Meaning("causes", exact=True)),
        ("so what gives with that", reading(causes=0.9), Meaning("causes")),
        ("is it down to tetany then", reading(causes=0.9), Meaning("causes", "tetany")),
        ("well well", reading(out_of_scope=0.9), Meaning("out_of_scope")),
        ("well well", reading(no_question=0.9), Meaning("out_of_scope")),
        (
            "what about it in the night",
            reading(relief=0.45, prevention=0.4),
            Meaning("clarify", candidates=("relief", "prevention")),
        ),
        ("what about it in the night", reading(relief=0.3, yes=0.2), Meaning("out_of_scope")),
    ],
)
def test_a_question(listener: Listener, text: str, encoder: Reading, expected: Meaning) -> None:
    meaning = listener.asked(text, None, encoder)
    assert meaning is not None
    assert (meaning.intent, meaning.term, meaning.candidates, meaning.exact) == (
        expected.intent,
        expected.term,
        expected.candidates,
        expected.exact,
    )


@pytest.mark.parametrize(
    "text",
    ["slur reed speech and a cramp", "numb on won side", "he fane ted", "left size is weak today"],
)
def test_what_was_misheard_is_read_again_as_it_was_mended(listener: Listener, text: str) -> None:
    heard = mention(listener, text)
    assert heard is not None
    assert heard.strength is CERTAIN


def test_a_mention_that_asks_nothing(listener: Listener) -> None:
    assert listener.asked("his face droops", found(), reading("stroke", no_question=1)) is None
    assert listener.asked("his face droops stop it", found(), reading("stroke", stop=1)) is None
    asked = listener.asked("his face droops is that a spasm", found(), reading(causes=1))
    assert asked is not None
    assert asked.intent == "causes"


SAFETY: Any = read(DATA / "safety.yaml")
INTENTS: Any = read(DATA / "intents.yaml")["cases"]
OUTSIDE: Any = read(DATA / "out_of_scope.yaml")["cases"]
FLOORS = {"mentions": 0.97, "harmless": 0.97, "reported": 0.95, "intents": 0.93, "outside": 0.95}
"""Least share of the development set that must come out right, heard twice."""


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


def mention(listener: Listener, text: str) -> Mention | None:
    return listener.mention(text, listener.rule.mention(text), listener.read(text))


def asked(listener: Listener, text: str) -> str:
    meaning = listener.asked(text, None, listener.read(text))
    return meaning.intent if meaning else ""


def test_the_development_set(listener: Listener) -> None:
    heard = [(case, mention(listener, case["text"])) for case in SAFETY["mentions"]]
    assert share([m is not None for _, m in heard]) >= FLOORS["mentions"]
    reported = [m for case, m in heard if case["strength"] == "certain"]
    full = [m is not None and m.strength is CERTAIN for m in reported]
    assert share(full) >= FLOORS["reported"]
    quiet = [mention(listener, case["text"]) is None for case in SAFETY["no_mentions"]]
    assert share(quiet) >= FLOORS["harmless"]
    right = [asked(listener, case["text"]) == case["intent"] for case in INTENTS]
    assert share(right) >= FLOORS["intents"]
    kept = [asked(listener, case["text"]) == "out_of_scope" for case in OUTSIDE]
    assert share(kept) >= FLOORS["outside"]


@given(st.text(max_size=200))
def test_any_text_is_listened_to(listener: Listener, text: str) -> None:
    heard = listener.read(text)
    found = listener.mention(text, listener.rule.mention(text), heard)
    listener.asked(text, found, heard)
