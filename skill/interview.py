"""The symptom check, turn by turn: where it stands is in the session, what is said in the data."""

from __future__ import annotations

from dataclasses import replace

from skill.answers import ANYTHING_ELSE, Answer, Turn
from skill.messages import Session, Strength
from skill.safety import Mention
from speech.locale import Locale

ASKED, PAUSED = "answer", "check"
"""What is pending while a question waits for its answer, and while the check itself waits."""
_AGAIN = "again"
"""Marks a question that was not understood once."""
_YES, _NO = ("yes", "unsure"), "no"


def start(turn: Turn) -> Answer:
    """Open with the possible form of the guidance, say what this is, and ask the first question.

    Beside or after a reported sign there is nothing left to check: that is an emergency.
    """
    topic = turn.meaning.topic or turn.locale.topic
    if turn.session.reported:
        place = replace(turn.session, topic=topic, section="emergency", part="brief")
        return Answer((place.part_id,), replace(place, pending="more"), "prompts.want_more")
    first = turn.locale.interview.questions[0].name
    asked = _ask(turn.session, first)
    return replace(asked, ids=("emergency.stroke.possible", "interview.opening", *asked.ids))


def reported(locale: Locale, session: Session, intent: str) -> Mention | None:
    """The sign that an answer reports: a yes or a maybe, or twice not understood; else None.

    intent: what the answer was understood as; empty where understanding broke, which is a yes.
    """
    if session.pending != ASKED or not session.interview:
        return None
    question = locale.interview.question(session.interview[0])
    if question is None or not question.form:
        return None
    lost = intent in _LOST and _AGAIN in session.interview
    if intent and intent not in _YES and not lost:
        return None
    return Mention(question.form, Strength.CERTAIN, (question.name,), "")


_LOST = ("out_of_scope", "more", "next", "previous", "thanks", "clarify")
"""What is no answer to a question, and asks for nothing that could be given in its place."""


def answer(turn: Turn) -> Answer | None:
    """The next step of the check; None where the turn is no answer to it but a wish of its own."""
    session, intent = turn.session, turn.meaning.intent
    interview = turn.locale.interview
    question = interview.question(session.interview[0]) if session.interview else None
    if question is None or session.pending not in (ASKED, PAUSED):
        return None
    if session.pending == PAUSED:
        return _resumed(session, question.name, intent)
    if intent in _YES:
        return _end(session, f"interview.yes.{question.name}")
    if intent == _NO or (intent in _LOST and _AGAIN in session.interview):
        following = interview.after(question.name)
        return _ask(session, following) if following else _end(session, "interview.nothing_heard")
    if intent in _LOST:
        asked = _ask(replace(session, interview=(question.name, _AGAIN)), question.name)
        again = replace(asked.session, interview=(question.name, _AGAIN))
        return Answer(("interview.again", *asked.ids), again)
    return None


def paused(turn: Turn, other: Answer) -> Answer:
    """Another answer given in the middle of the check, which then offers to go on."""
    held = turn.session.interview
    if not held or other.session.pending in (ASKED, PAUSED) or not other.session.interview:
        return other
    return replace(
        other, session=replace(other.session, pending=PAUSED), question="interview.resume"
    )


def _resumed(session: Session, name: str, intent: str) -> Answer | None:
    if intent in ("yes", "more", "next"):
        return _ask(session, name)
    if intent == _NO:
        return _end(session, "interview.left")
    return None


def _ask(session: Session, name: str) -> Answer:
    return Answer((f"interview.ask.{name}",), replace(session, interview=(name,), pending=ASKED))


def _end(session: Session, part_id: str) -> Answer:
    return Answer((part_id,), replace(session, interview=(), pending="ask"), ANYTHING_ELSE)
