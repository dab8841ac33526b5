"""The safety rule: which guidance words take, what it never misses, and how often it is wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.messages import Strength
from skill.safety import FORMS, LexicalRule, Mention
from speech.quoted_yaml import read
from speech.text import normalise

ROOT = Path(__file__).parent.parent
DATA = Path(__file__).parent / "data/en-US"
PHRASES: Any = read(DATA / "matrix.yaml")["phrases"]
SET: Any = read(DATA / "safety.yaml")
RULE = LexicalRule(read(ROOT / "speech/locales/en-US/signs.yaml"))

CASES = [  # text, guidance, what remains for the question
    ("my face is drooping what causes spasms", "stroke.certain", "what causes spasms"),
    ("what causes slurred speech", "stroke.possible", "what causes"),
    ("her speech isn't slurred", "stroke.possible", ""),
    ("my speech isn't slurred but my arm went numb", "stroke.certain", ""),
    ("what if my left arm goes numb", "stroke.possible", "what if"),
    ("she had a stroke ten years ago", "stroke.possible", "ten years ago"),
    ("she had a stroke ten years ago and now her face droops", "stroke.certain", ""),
    ("is he having a stroke", "stroke.certain", "is he having a"),
    ("having a stroll and half my face went num", "stroke.certain", ""),
    ("he fane ted", "other.certain", "he"),
    ("she vomited twice", "alone.possible", "she twice"),
    ("she vomited and her speech is slurred", "stroke.certain", ""),
    ("can you faint from a cramp", "other.possible", "can you from a cramp"),
    ("he has chest pain and slurs his words", "stroke.certain", ""),
    ("i want to die", "self_harm.certain", ""),
    ("do people with als think of suicide", "self_harm.certain", ""),
    ("i have chest pain and i want to kill myself", "self_harm_done.certain", ""),
    ("i already swallowed all the pills to kill myself", "self_harm_done.certain", ""),
]

NO_MENTIONS = [
    "these cramps are killing me",
    "i hurt myself lifting boxes",
    "can a seizure cause spasms",
    "a spasm under my left ribs",
    "my right eyelid keeps twitching",
    "my neck won't turn it's in spasm",
    "stroke of luck",
    "backstroke drills",
    "she threw up a wall of excuses",
    "weak coffee",
    "troops were trooping the colour",
    "the group is grouping by age",
    "how many strokes under par",
    "they passed out flyers",
    "my tulips are drooping",
    "a week in the sun",
    "stop",
    "",
]

FLOORS = {"stroke": 0.97, "emergency": 0.95, "other": 0.95, "self_harm": 0.97}
"""Recall on the development set by kind; raise them as the data grows, never lower them."""

CEILINGS = {"idiom": 0.05, "homonym": 0.03}
"""False alarms on the development set by class; every other class: none at all."""

HARMLESS = ["okay", "so", "um", "please", "hello there", "thanks", "the kettle is on"]
"""Words that carry no sign and must not hide one."""


def guidance(mention: Mention | None) -> str:
    return f"{mention.form}.{mention.strength.value}" if mention else "none"


@pytest.mark.parametrize(("text", "expected", "rest"), CASES)
def test_a_case(text: str, expected: str, rest: str) -> None:
    found = RULE.mention(text)
    assert guidance(found) == expected
    assert found is not None
    assert set(rest.split()) <= set(found.rest.split())


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: str(phrase["text"]))
def test_the_matrix_gets_its_first_form(phrase: dict[str, str]) -> None:
    assert f"emergency.{guidance(RULE.mention(phrase['text']))}" == phrase["first"]


@pytest.mark.parametrize("text", NO_MENTIONS)
def test_no_mention(text: str) -> None:
    assert RULE.mention(text) is None


@pytest.mark.parametrize("kind", FLOORS)
def test_recall_by_kind(kind: str) -> None:
    texts = [case["text"] for case in SET["mentions"] if case["kind"] == kind]
    missed = [text for text in texts if not RULE.mention(text)]
    assert len(missed) <= (1 - FLOORS[kind]) * len(texts), missed


@pytest.mark.parametrize("why", sorted({case["why"] for case in SET["no_mentions"]}))
def test_false_alarms_by_class(why: str) -> None:
    texts = [case["text"] for case in SET["no_mentions"] if case["why"] == why]
    alarms = [text for text in texts if RULE.mention(text)]
    assert len(alarms) <= CEILINGS.get(why, 0) * len(texts), alarms


def test_strength_on_the_development_set() -> None:
    """Where the strength is clear, nine in ten are right; the dangerous error is rarer still."""
    wrong: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for case in SET["mentions"]:
        found = RULE.mention(case["text"])
        if found and case["strength"] != "either" and case["kind"] != "self_harm":
            total[case["strength"]] += 1
            wrong[case["strength"]] += found.strength.value != case["strength"]
    assert wrong["certain"] <= 0.02 * total["certain"]
    assert wrong["possible"] <= 0.10 * total["possible"]


def test_every_sign_of_the_data_takes_a_known_form() -> None:
    for case in SET["mentions"]:
        found = RULE.mention(case["text"])
        assert found is None or (found.form in FORMS and found.signs)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ("Call for help if one side feels weak.", True),
        ("A stroke can do that.", True),
        ("Drink water and stretch the calf.", False),
        ("Vomiting and chest pain need care.", False),
    ],
)
def test_an_answer_that_names_a_stroke_sign(answer: str, named: bool) -> None:
    assert RULE.names_sign(answer) is named


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    found = RULE.mention(text)
    assert found is None or found.form in FORMS
    RULE.names_sign(text)


@given(
    st.text(
        st.characters(categories=["Cs", "Cc", "Cf", "Mn", "So"], include_characters="stroke' \n"),
        max_size=300,
    )
)
def test_odd_text_is_answered(text: str) -> None:
    RULE.mention(text)


MENTIONED = [phrase["text"] for phrase in PHRASES] + [text for text, _, _ in CASES]


@given(
    st.sampled_from(MENTIONED),
    st.sampled_from(["{}", "{}!!!", "...{}?", "\u201c{}\u201d", "  {}\n", "um, {}", "{}, please"]),
    st.sampled_from([str.lower, str.upper, str.title, str.swapcase]),
)
def test_case_and_punctuation_never_lose_a_mention(text: str, frame: str, case: Any) -> None:
    assert RULE.mention(frame.format(case(text)))


@given(
    st.sampled_from(MENTIONED),
    st.lists(st.sampled_from(HARMLESS), max_size=12),
    st.lists(st.sampled_from(HARMLESS), max_size=12),
)
def test_harmless_words_around_never_lose_a_mention(
    text: str, before: list[str], after: list[str]
) -> None:
    assert RULE.mention(" ".join([*before, text, *after]))


@given(st.sampled_from([case["text"] for case in SET["mentions"] if case["kind"] == "self_harm"]))
def test_self_harm_is_always_certain(text: str) -> None:
    found = RULE.mention(text)
    assert found is None or found.strength is Strength.CERTAIN


@given(st.sampled_from(MENTIONED), st.sampled_from(MENTIONED))
def test_the_rest_holds_only_words_that_were_said(first: str, second: str) -> None:
    found = RULE.mention(f"{first} {second}")
    assert found is not None
    assert set(found.rest.split()) <= set(normalise(f"{first} {second}").split())


LONG = [
    "left arm numb ",
    "my husband ",
    "suddenly she can not see half ",
    "strok eslurd numm drewping ",
    "stroke of luck ",
    "what if not never no slurred ",
    "a" * 60_000,
    "'" * 60_000,
]


@pytest.mark.parametrize("words", LONG, ids=lambda words: words[:20])
def test_sixty_four_kibibytes_are_answered(words: str) -> None:
    text = (words * (65_536 // len(words) + 1))[:65_536]
    RULE.mention(text)
    assert RULE.mention("i'm having a stroke " + text[:60_000])
    assert RULE.mention(text[:60_000] + " i'm having a stroke")
