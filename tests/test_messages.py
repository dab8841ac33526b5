"""Session: small, wordless, and never an error to read back."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.messages import Session

FULL = Session(
    locale="en-US",
    topic="muscle_spasms",
    section="prevention",
    part="terms.restless_legs.cause",
    pending="waiting.stroke",
    last=("emergency.stroke.certain", "prompts.clarify:causes,relief"),
    rate=370,
    verbosity="short",
    guided=tuple(f"{f}.certain" for f in ("stroke", "other", "self_harm", "self_harm_done")),
    withheld="relief",
    interview=("q1.yes", "q2.no"),
)

JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def test_round_trip_is_small() -> None:
    stored = json.dumps(FULL.to_dict())
    assert Session.from_dict(json.loads(stored)) == FULL
    assert len(stored) <= 1024


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        "x",
        {},
        {"version": 0, "topic": "muscle_spasms"},
        {"version": 1, "rate": "fast"},
        {"version": 1, "rate": True},
        {"version": 1, "rate": -5},
        {"version": 1, "last": ["words a user said"]},
        {"version": 1, "last": ["x"] * 100},
        {"version": 1, "section": "x" * 200},
        {"version": 1, "section": ["causes"]},
    ],
)
def test_unreadable_is_fresh(stored: object) -> None:
    assert Session.from_dict(stored) == Session()


@given(JSON_VALUES)
def test_anything_can_be_read(stored: object) -> None:
    assert isinstance(Session.from_dict(stored), Session)


@given(st.sampled_from(sorted(FULL.to_dict())), JSON_VALUES)
def test_any_field_can_be_spoilt(name: str, value: object) -> None:
    session = Session.from_dict(FULL.to_dict() | {name: value})
    assert isinstance(session, Session)
    json.dumps(session.to_dict())


def test_reported_until_released() -> None:
    assert replace(Session(), guided=("stroke.certain",)).reported
    assert not replace(Session(), guided=("stroke.certain", "released")).reported
    assert not replace(Session(), guided=("stroke.possible",)).reported
