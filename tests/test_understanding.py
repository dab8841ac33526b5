"""Text → intent: every sample, the development sets, and what must never change a meaning."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from skill.understanding import LexicalRecogniser, Meaning
from speech.locale import CONTENT_INTENTS, INTENTS, Locale

DATA = Path(__file__).parent / "data" / "en-US"
FLOORS = {"in scope": 0.85, "out of scope, near": 0.93, "out of scope, far": 0.98}
"""Least share of each development set that must come out right."""
MOST_CLARIFIED = 0.02
"""Share of questions in scope that may be asked back."""
FILLINGS = {
    "{topic}": ("muscle spasms", "cramps"),
    "{body_part}": ("calf", "eyelid"),
    "{term}": ("charley horse", "twitch"),
}
"""Slot → what fills it in the samples; kinds of the trouble, of which anything may be asked."""


@pytest.fixture(scope="module")
def recogniser(locale: Locale) -> LexicalRecogniser:
    return LexicalRecogniser(locale)


def filled(sample: str) -> Iterator[str]:
    slots = [slot for slot in FILLINGS if slot in sample]
    for values in product(*(FILLINGS[slot] for slot in slots)):
        text = sample
        for slot, value in zip(slots, values, strict=True):
            text = text.replace(slot, value)
        yield text


def cases(name: str) -> list[dict[str, str]]:
    read: dict[str, list[dict[str, str]]] = yaml.safe_load((DATA / name).read_text())
    return read["cases"]


def right(meaning: Meaning, intent: str, locale: Locale) -> bool:
    """Whether it is the intent, or a term by name, answered under its own section."""
    terms = locale.articles[locale.topic].terms
    by_name = intent == "definition" and bool(meaning.term)
    return meaning.intent == intent or (by_name and meaning.intent == terms[meaning.term].section)


def test_every_sample_reaches_its_own_intent(recogniser: LexicalRecogniser, locale: Locale) -> None:
    wrong = [
        (text, meaning.intent)
        for intent, samples in locale.intents.samples.items()
        for sample in samples
        for text in filled(sample)
        for meaning in [recogniser.understand(text)]
        if not (right(meaning, intent, locale) and meaning.exact)
    ]
    assert not wrong


def test_no_sample_stands_under_two_intents(locale: Locale) -> None:
    samples = [sample for group in locale.intents.samples.values() for sample in group]
    assert len(samples) == len(set(samples))


def test_samples_use_only_characters_that_an_interaction_model_takes(locale: Locale) -> None:
    allowed = set("abcdefghijklmnopqrstuvwxyz '.-_{}")
    assert not [s for group in locale.intents.samples.values() for s in group if set(s) - allowed]


def test_development_questions_find_their_intent(
    recogniser: LexicalRecogniser, locale: Locale
) -> None:
    asked = cases("intents.yaml")
    meanings = [recogniser.understand(case["text"]) for case in asked]
    hits = [right(m, case["intent"], locale) for m, case in zip(meanings, asked, strict=True)]
    assert sum(hits) / len(hits) >= FLOORS["in scope"]
    assert sum(m.intent == "clarify" for m in meanings) / len(hits) <= MOST_CLARIFIED


@pytest.mark.parametrize(("near", "floor"), [("yes", "near"), ("no", "far")])
def test_what_lies_outside_is_kept_out(
    recogniser: LexicalRecogniser, near: str, floor: str
) -> None:
    asked = [case["text"] for case in cases("out_of_scope.yaml") if case["near"] == near]
    kept = [recogniser.understand(text).intent == "out_of_scope" for text in asked]
    assert sum(kept) / len(kept) >= FLOORS[f"out of scope, {floor}"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("cramps", "definition"),
        ("what is it", "definition"),
        ("what causes it", "causes"),
        ("how do i stop a cramp", "relief"),
        ("how do i stop getting cramps", "prevention"),
        ("say that again slower please", "slower"),
        ("you're going too fast", "slower"),
        ("that's too slow", "faster"),
        ("sure go ahead", "yes"),
        ("go on", "more"),
        ("no thanks", "no"),
        ("stop", "stop"),
        ("is there no cure for cramps", "relief"),
        ("what causes mortgages", "out_of_scope"),
        ("what causes migraines", "out_of_scope"),
        ("how do i treat a sprained ankle", "out_of_scope"),
        ("symptoms of kidney disease", "out_of_scope"),
        ("can moon rays cause muscle spasms", "causes"),
        ("wat causis mussle spazms", "causes"),
        ("", "out_of_scope"),
    ],
)
def test_meanings_agreed_on(recogniser: LexicalRecogniser, text: str, intent: str) -> None:
    assert recogniser.understand(text).intent == intent


@pytest.mark.parametrize(
    ("text", "term", "intent"),
    [
        ("tetany", "tetany", None),
        ("what is tetany", "tetany", None),
        ("can dehydration cause it", "dehydration", "causes"),
        ("does magnesium help", "magnesium", "relief"),
        ("eyelid twitching", "eyelid", None),
    ],
)
def test_a_term_is_found_by_name(
    recogniser: LexicalRecogniser, locale: Locale, text: str, term: str, intent: str | None
) -> None:
    section = locale.articles[locale.topic].terms[term].section
    assert recogniser.understand(text) == Meaning(
        intent or section, term=term, topic=locale.topic, by_name=intent is None, exact=True
    )


SAMPLED = st.sampled_from(
    ["what causes muscle spasms", "how do i prevent cramps", "repeat that", "what is a twitch",
     "how long do they last", "what causes mortgages", "stop", "slow down", "my calf is cramping"]
)  # fmt: skip


@given(
    text=SAMPLED,
    case=st.sampled_from([str.upper, str.title, str.lower]),
    before=st.sampled_from(["", "um ", "hey ", "please ", "¿ ", "okay so "]),
    after=st.sampled_from(["", "?", "!!", " ...", ", please", " please.", " thank you"]),
)
def test_case_punctuation_and_politeness_change_nothing(
    recogniser: LexicalRecogniser, text: str, case: object, before: str, after: str
) -> None:
    assert callable(case)
    said = case(f"{before}{text}{after}")
    assert recogniser.understand(said).intent == recogniser.understand(text).intent


@given(text=st.one_of(st.text(max_size=300), st.text(alphabet="{} cramps'wh\x00", max_size=300)))
def test_any_text_has_a_known_meaning(recogniser: LexicalRecogniser, text: str) -> None:
    meaning = recogniser.understand(text)
    assert meaning.intent in INTENTS
    assert set(meaning.candidates) <= set(CONTENT_INTENTS)


@given(data=st.data())
def test_any_order_of_known_words_has_a_known_meaning(
    recogniser: LexicalRecogniser, locale: Locale, data: st.DataObject
) -> None:
    terms = locale.articles[locale.topic].terms.values()
    lists = [*locale.intents.words.values(), *(term.heard for term in terms)]
    phrases = [phrase for values in lists for phrase in values]
    said = data.draw(st.lists(st.sampled_from(phrases), max_size=8))
    assert recogniser.understand(" ".join(said)).intent in INTENTS


def test_no_text_is_too_long(recogniser: LexicalRecogniser) -> None:
    for text in ("a" * 65_536, "cramp " * 11_000, "what is " * 8_000, "\ud800" * 65_536):
        assert recogniser.understand(text).intent in INTENTS
