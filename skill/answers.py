"""What a handler is given and what it gives back, and the questions that close an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from skill.messages import Session
from skill.understanding import Meaning
from speech.locale import Locale


@dataclass(frozen=True, slots=True)
class Turn:
    """What a handler decides from."""

    locale: Locale
    session: Session
    meaning: Meaning
    forget: Callable[[], bool] = field(default=lambda: True)
    """Deletes what is kept of the user; returns whether nothing is kept any more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler decided: ids of parts to voice, a closing question, the session after."""

    ids: tuple[str, ...]
    session: Session
    question: str = ""
    """Id of the question that closes the answer; empty where the parts ask for themselves."""


ANYTHING_ELSE = "prompts.anything_else"
QUESTIONS = {
    "more": "prompts.want_more",
    "next": "prompts.want_next",
    "ask": ANYTHING_ELSE,
    "check": "interview.resume",
    "waiting.stroke": "prompts.want_waiting",
    "waiting.other": "prompts.want_waiting",
}
"""What is pending → the question that asks for it."""
