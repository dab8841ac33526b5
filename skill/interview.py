"""The symptom check, turn by turn: where it stands is in the session, what is said in the data."""

from __future__ import annotations

import re
from dataclasses import replace

from skill.answers import ANYTHING_ELSE, QUESTIONS, Answer, Turn
from skill.messages import Session, Strength
from skill.safety import Mention
from skill.understanding import Meaning
from speech.locale import Locale
from speech.text import normalise

ASKED, PAUSED = "answer", "check"
"""What is pending while a question waits for its answer, and while the check itself waits."""
_AGAIN = "again"
"""Marks a question that was not understood once."""
_YES, _NO = ("yes", "unsure"), "no"
_RESUME = QUESTIONS[PAUSED]


def start(turn: Turn) -> Answer:
    """Open with the possible form of the guidance, say what this is, and ask the first question.

    Beside or after a reported sign there is nothing left to check: that is an emergency.
    """
    topic = turn.meaning.topic or turn.locale.topic
    if turn.session.reported:
        place = replace(turn.session, topic=topic, section="emergency", part="brief", withheld="")
        return Answer((place.part_id,), replace(place, pending="more"), "prompts.want_more")
    first = turn.locale.interview.questions[0].name
    asked = _ask(turn.session, first)
    return replace(asked, ids=("emergency.stroke.possible", "interview.opening", *asked.ids))


def is_pause(locale: Locale, session: Session, text: str) -> bool:
    """Whether the words say nothing yet ("um, hold on"), or ask what the question was."""
    words, heard = normalise(text), locale.interview.heard
    pause = _any_of(heard["pauses"])
    if re.fullmatch(rf"{pause}(?: {pause})*", words):
        return True
    asking = session.pending == ASKED and bool(session.interview)
    return asking and bool(re.search(rf"\b{_any_of(heard['unclear'])}\b", words))


def put_again(session: Session) -> Answer:
    """The last question alone: nothing was said, so nothing is lost by it."""
    if session.pending == ASKED and session.interview:
        return Answer((f"interview.ask.{session.interview[0]}",), session)
    question = "" if session.pending == "ask" else QUESTIONS.get(session.pending)
    return Answer((question or "prompts.reprompt",), session)


def replied(locale: Locale, session: Session, text: str, meaning: Meaning | None) -> Meaning | None:
    """What was meant by words that answer a question of the check, or that follow a report.

    A sign that came and went is a sign, so "it stopped" is neither a no nor a wish to stop.
    """
    words, heard = normalise(text), locale.interview.heard
    if session.pending.startswith("waiting.") and re.match(
        rf"{_any_of(heard['what_now'])}\b", words
    ):
        return Meaning("yes")
    if meaning and meaning.exact and meaning.intent != _NO:
        return meaning
    went = _went(locale, words)
    if session.pending == ASKED and session.interview:
        said_yes = re.match(rf"{_any_of(heard['yes'])}\b", words)
        return Meaning("yes") if went or said_yes else meaning
    unclear = meaning is None or not meaning.exact or meaning.intent == _NO
    return Meaning("stop") if went and session.ever_reported and unclear else meaning


def is_over(locale: Locale, session: Session, text: str) -> bool:
    """Whether the words say that what was reported is over; the guidance is then repeated."""
    return session.ever_reported and _went(locale, normalise(text))


def _went(locale: Locale, words: str) -> bool:
    """Whether the words say that something came and went: "it stopped", not "it didn't stop"."""
    heard = locale.interview.heard
    denied, passed = _any_of(heard["denied"]), _any_of(heard["came_and_went"])
    return bool(re.search(rf"\b{passed}\b", re.sub(rf"\b{denied} {passed}\b", "", words)))


def _any_of(phrases: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(map(re.escape, phrases))})"


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


_LOST = ("out_of_scope", "more", "next", "thanks", "clarify")
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
        return _ask(session, following) if following else _nothing_heard(session)
    if intent == "repeat":
        return put_again(session)
    if intent == "emergency":  # it names a sign, and answers neither yes nor no
        return Answer(("interview.again", f"interview.ask.{question.name}"), session)
    if intent == "previous":  # to mend an answer
        return _ask(session, interview.before(question.name))
    if intent in _LOST:
        asked = _ask(replace(session, interview=(question.name, _AGAIN)), question.name)
        again = replace(asked.session, interview=(question.name, _AGAIN))
        return Answer(("interview.again", *asked.ids), again)
    return None


def paused(turn: Turn, other: Answer) -> Answer:
    """Another answer given in the middle of the check, which then offers to go on."""
    asking = bool(other.ids) and other.ids[-1].startswith("interview.ask.")
    if asking or not (turn.session.interview and other.session.interview):
        return other
    ids = tuple(i for i in other.ids if i != "prompts.ask") or (_RESUME,)
    return Answer(ids, replace(other.session, pending=PAUSED), _RESUME)


def _resumed(session: Session, name: str, intent: str) -> Answer | None:
    if intent in ("yes", "more", "next", "repeat"):
        return _ask(session, name)
    if intent == _NO:
        return _end(session, "interview.left")
    return None


def _ask(session: Session, name: str) -> Answer:
    return Answer((f"interview.ask.{name}",), replace(session, interview=(name,), pending=ASKED))


def _nothing_heard(session: Session) -> Answer:
    """No sign in the check; but one that was named beside it is not forgotten."""
    named = any(g.startswith(("stroke.", "other.", "alone.")) for g in session.guided)
    return _end(session, "interview.mentioned" if named else "interview.nothing_heard")


def _end(session: Session, part_id: str) -> Answer:
    return Answer((part_id,), replace(session, interview=(), pending="ask"), ANYTHING_ELSE)
