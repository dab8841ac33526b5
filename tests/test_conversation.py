"""Scripted conversations as data, and what holds in every conversation."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.conversation import GUIDANCE_RATES, Conversation
from skill.messages import Guidance, Response, Session, Utterance
from speech.locale import CONTENT_INTENTS, INTENTS, Locale, load_all
from speech.quoted_yaml import read

DATA = Path(__file__).parent / "data/en-US"
SCRIPTS: Any = read(DATA / "conversations.yaml")["conversations"]
LOCALE = load_all()["en-US"]


def say(conversation: Conversation, text: str, session: Session) -> tuple[Response, Session]:
    return conversation.respond(Utterance(text, "en-US", "test"), session)


def questions() -> list[str]:
    """Many things said: every sample, development lines, and every sign phrase."""
    data = [read(DATA / name) for name in ("intents.yaml", "out_of_scope.yaml", "matrix.yaml")]
    cases: list[Any] = [*data[0]["cases"], *data[1]["cases"], *data[2]["phrases"]]
    bare = [s for samples in LOCALE.intents.samples.values() for s in samples if "{" not in s]
    return [case["text"] for case in cases] + bare


SAID = st.one_of(st.sampled_from(questions()), st.text(max_size=60))


def check_response(response: Response, session: Session, locale: Locale) -> None:
    """What holds for every response, whatever was said."""
    assert response.parts
    for part in (*response.parts, *filter(None, [response.reprompt])):
        assert part.text == locale.text(part.id), "only locale data is ever voiced"
        assert part.text
    assert response.speech == " ".join(locale.text(p.id) for p in response.parts)
    assert response.intent in INTENTS
    assert response.end_session != response.speech.endswith("?")
    assert (response.reprompt is None) == response.end_session
    if response.guidance in (Guidance.CERTAIN, Guidance.POSSIBLE):
        assert response.parts[0].id.startswith("emergency.")
        assert response.emergency
    if response.guidance is Guidance.CLOSING:
        ids = [p.id for p in response.parts]
        assert "emergency.closing" in ids or any(i.startswith("interview.") for i in ids)
    assert session.section in ("", *CONTENT_INTENTS)
    assert session.topic in ("", *locale.articles)
    assert Session.from_dict(session.to_dict()) == session


@settings(max_examples=60)
@given(st.lists(SAID, min_size=1, max_size=40))
def test_every_conversation(conversation: Conversation, said: list[str]) -> None:
    """A large random conversation: only locale data is voiced, and the place stays real."""
    session = Session()
    for text in said:
        response, session = say(conversation, text, session)
        check_response(response, session, LOCALE)


IDS = st.sampled_from(["", *LOCALE.parts, "muscle_spasms.gone.brief", "prompts.gone"])
SECTIONS = st.sampled_from(["", *CONTENT_INTENTS, "gone"])


@given(
    SAID,
    st.builds(
        Session,
        topic=st.sampled_from(["", "muscle_spasms", "gone"]),
        section=SECTIONS,
        part=st.sampled_from(["", "brief", "more", "terms.tetany.what", "terms.gone.what"]),
        pending=st.sampled_from(["", "more", "next", "waiting.stroke", "waiting.gone", "ask"]),
        last=st.lists(IDS, max_size=3).map(tuple),
        rate=st.integers(1, 1000),
        withheld=SECTIONS,
    ),
)
def test_a_session_from_another_version_is_answered(
    conversation: Conversation, said: str, session: Session
) -> None:
    """A stored session may name what is no longer there: it costs the place, never the answer."""
    response, _ = say(conversation, said, session)
    assert response.parts
    assert all(part.text for part in response.parts)


@pytest.mark.parametrize("rate", [80, 150, 200, 450])
def test_first_guidance_keeps_a_rate_that_anyone_can_follow(
    conversation: Conversation, rate: int
) -> None:
    session = replace(Session(), rate=rate)
    response, session = say(conversation, "my face is drooping", session)
    slowest, fastest = GUIDANCE_RATES
    assert slowest <= (response.parts[0].rate or 0) <= fastest
    assert response.rate == rate
    response, _ = say(conversation, "my face is drooping", session)
    assert response.parts[0].rate is None, "a repeat follows the user's rate"


def test_guidance_and_brief_stay_short(locale: Locale) -> None:
    """Under 60 words together; 911 is three words to the ear."""
    full = locale.text("emergency.stroke.certain").replace("911", "nine one one").split()
    for section in locale.articles[locale.topic].sections.values():
        assert len(full) + len(section.brief.replace("911", "nine one one").split()) < 60


def test_slots_are_heard_by_the_rule(conversation: Conversation) -> None:
    utterance = Utterance(intent="causes", slots={"body_part": "my face is drooping"})
    response, _ = conversation.respond(utterance, Session())
    assert response.guidance is Guidance.CERTAIN
    assert response.intent == "causes"


def test_a_fault_is_logged_without_words(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("what the user said")

    monkeypatch.setattr("skill.conversation.handle", broken)
    with caplog.at_level(logging.DEBUG):
        say(conversation, "what causes muscle spasms", Session())
    assert "ValueError" in caplog.text
    assert "user said" not in caplog.text


def test_what_the_check_ends_in_names_its_source(conversation: Conversation) -> None:
    session = Session()
    for text in ("check my symptoms", *["no"] * 5, "yes"):
        response, session = say(conversation, text, session)
    assert response.parts[0].id == "interview.yes.heat_or_urine"
    assert "Occupational Safety" in response.source


def test_no_end_of_the_check_lacks_a_source() -> None:
    ends = {key for key in LOCALE.interview.said if key.startswith("yes.")}
    assert LOCALE.interview.sources.keys() == ends | {"nothing_heard", "mentioned"}
