"""What flows between a door and the conversation: Utterance, Response, and Session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

MAX_TEXT = 1_000
"""Longest utterance a door hands in, in characters (README, the programs' contract)."""


class Strength(StrEnum):
    """How sure the safety rule is that a sign is happening now."""

    POSSIBLE = "possible"
    CERTAIN = "certain"


class Guidance(StrEnum):
    """Which emergency guidance a response voices, and so where it stands."""

    NONE = "none"
    CLOSING = "closing"
    """Only the answer names a sign: one short sentence after it."""
    POSSIBLE = "possible"
    CERTAIN = "certain"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn of the user's: words, or an intent that the door's own platform recognised."""

    text: str = ""
    """The words as heard; empty where the platform kept them to itself."""
    locale: str = "en-US"
    channel: str = ""
    """Name of the door, for its own use; nothing is decided by it."""
    elsewhere: bool = False
    """Whether the user is known to be in another place than the locale's."""
    intent: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    """Slot name → the value as spoken."""
    user: str = ""
    """Under which key the user's preferences are kept (`user_key`); empty where none is known."""


@dataclass(frozen=True, slots=True)
class Part:
    """One passage to voice. `id` names the locale data that `text` was read from."""

    id: str
    text: str
    rate: int | None = None
    """Words a minute where the passage must not follow the session's rate (first guidance)."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a door voices, in order, and what it may show beside it."""

    parts: tuple[Part, ...]
    intent: str
    guidance: Guidance = Guidance.NONE
    topic: str | None = None
    title: str = ""
    source: str = ""
    """Where the answer's facts come from, with the date, for captions and cards."""
    reprompt: Part | None = None
    """Voiced once if the user stays silent; None where nothing was asked."""
    end_session: bool = False
    rate: int = 150
    """Words a minute for every part that has no rate of its own."""
    candidates: tuple[str, ...] = ()
    """The intents that a `clarify` offers."""

    @property
    def speech(self) -> str:
        """The plain text of all that is voiced, in order."""
        return " ".join(part.text for part in self.parts)

    @property
    def emergency(self) -> bool:
        """Whether the user's own words mentioned a sign, another emergency or self-harm."""
        return self.guidance in (Guidance.POSSIBLE, Guidance.CERTAIN)


_ID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:-")
_MAX_IDS, _MAX_ID = 8, 80


@dataclass(frozen=True, slots=True)
class Session:
    """Where one conversation stands. Names and numbers only, never a word the user said.

    The same small dict is the web cookie and Alexa's session attributes: `to_dict` and `from_dict`.
    """

    version: int = 1
    locale: str = ""
    topic: str = ""
    """The article in hand."""
    section: str = ""
    """The section in hand; empty before the first answer."""
    part: str = ""
    """How far into the section: "brief", "more", or a term's passage ("terms.tetany.what")."""
    pending: str = ""
    """What a yes would answer: "more", "next", "ask", "place", "answer" (to a question of the
    check), "check", "waiting.stroke", "waiting.other", or ""."""
    last: tuple[str, ...] = ()
    """Ids of the parts voiced last, for "repeat"."""
    rate: int = 150
    """Words a minute."""
    verbosity: str = "normal"
    """"normal"; "short": no closing question, and the session closes; "long": in full at once."""
    met: int = 0
    """1 where the user was welcomed before."""
    guided: tuple[str, ...] = ()
    """The guidance forms voiced so far; a repeated one gets its shorter form."""
    withheld: str = ""
    """Id of the calming passage in hand that waits until the user says "go on"."""
    held: tuple[str, ...] = ()
    """Section and part that a question in between led away from."""
    interview: tuple[str, ...] = ()
    """How far the symptom check has come: its question, and "again" where it was put twice."""

    @property
    def part_id(self) -> str:
        """Id of the passage in hand; empty before the first answer."""
        return self._id(self.section, self.part)

    @property
    def held_id(self) -> str:
        """Id of the passage that a question led away from; empty where there is none."""
        return self._id(*(*self.held, "", "")[:2])

    def _id(self, section: str, part: str) -> str:
        if not section:
            return ""
        return (
            f"{self.topic}.{part}"
            if part.startswith("terms.")
            else f"{self.topic}.{section}.{part}"
        )

    @property
    def ever_reported(self) -> bool:
        """Whether a sign was reported in this session."""
        return not {"stroke.certain", "other.certain", "self_harm_done.certain"}.isdisjoint(
            self.guided
        )

    @property
    def reported(self) -> bool:
        """Whether a sign was reported and the user has not yet said "go on"."""
        return self.ever_reported and "released" not in self.guided

    @property
    def likes(self) -> dict[str, Any]:
        """What outlasts the session, named as in Preferences."""
        return {"rate": self.rate, "verbosity": self.verbosity, "met": bool(self.met)}

    def without_place(self) -> Session:
        """Afresh, but for how the user likes to listen and which guidance was given."""
        return Session(
            locale=self.locale,
            rate=self.rate,
            verbosity=self.verbosity,
            met=self.met,
            guided=self.guided,
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready values, without those that say nothing."""
        values = {name: getattr(self, name) for name in _FIELDS}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value or name == "version"
        }

    @classmethod
    def from_dict(cls, stored: object) -> Session:
        """Read back what a door kept. Unreadable, foreign, or old: a fresh one, never an error."""
        fresh = cls()
        if not isinstance(stored, Mapping) or stored.get("version") != fresh.version:
            return fresh
        known = {name: stored[name] for name in _FIELDS if name in stored}
        try:
            values: dict[str, Any] = {n: _checked(getattr(fresh, n), v) for n, v in known.items()}
            return cls(**values)
        except ValueError:
            return fresh


_FIELDS = tuple(field.name for field in fields(Session))


def _checked(default: object, value: object) -> object:
    """`value` where it is of the default's kind and small; ValueError where not."""
    if isinstance(default, tuple) and isinstance(value, list | tuple) and len(value) <= _MAX_IDS:
        return tuple(_checked("", item) for item in value)
    if isinstance(default, str) and isinstance(value, str) and _is_id(value):
        return value
    if type(default) is int and type(value) is int and 0 < value <= 1_000:
        return value
    raise ValueError("not a session value")


def _is_id(value: str) -> bool:
    return len(value) <= _MAX_ID and _ID.issuperset(value)
