"""The safety rule: did the words mention a sign of an emergency, and how surely?

All that it listens for is data (signs.yaml of the locale); here is only how it is decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from skill.messages import Strength
from speech.quoted_yaml import Words, WordsError
from speech.repair import Repair
from speech.signs import Heard, Sign, around, compile_signs
from speech.text import normalise

STROKE, ALONE, OTHER, SELF_HARM, SELF_HARM_DONE = FORMS = (
    "stroke", "alone", "other", "self_harm", "self_harm_done",
)  # fmt: skip
"""The guidance that a mention takes; signs.yaml gives one to each sign as its kind."""

_URGENCY = (ALONE, OTHER, STROKE, SELF_HARM, SELF_HARM_DONE)
"""Which of two mentions of one strength is spoken to: the later one here."""

_SPAN = 10
"""How far, in words, a strength word speaks for the rest of its mention."""


@dataclass(frozen=True, slots=True)
class Mention:
    """That the words mentioned a sign."""

    form: str
    """Which guidance: one of FORMS. `alone`: vomiting or drowsiness and nothing more."""
    strength: Strength
    signs: tuple[str, ...]
    """Names of the signs found, for tests and counters only."""
    rest: str
    """The normalised words without the mention's own: is there still a question in it?"""
    heard: str = ""
    """The words as they were understood: misheard ones mended."""
    sure: bool = False
    """Whether it was said in words that can mean nothing else: no second look is needed."""


class Rule(Protocol):
    """What recognises mentions: the lexical rule here, or a stronger one beside it."""

    def mention(self, text: str) -> Mention | None:
        """The mention in a user's words; None where there is none. Accepts any string."""

    def names_sign(self, text: str) -> bool:
        """Whether an answer of ours names a stroke sign."""


class LexicalRule:
    """The rule on data alone: forms of words, with repair of misheard ones."""

    def __init__(self, signs: Mapping[str, Words]) -> None:
        """Compile the tree of signs.yaml. Raises WordsError naming the key at fault."""
        self._data = compile_signs(signs)
        for sign in self._data.signs:
            if sign.kind not in FORMS:
                remedy = f"must be one of {', '.join(FORMS)}"
                raise WordsError("signs.yaml", f"signs.{sign.name}.kind", remedy)
        self._repair = Repair(
            self._data.forms.vocabulary, (word for heard in self._data.same for word in heard)
        )

    def mention(self, text: str) -> Mention | None:
        """The mention in a user's words; None where there is none. Accepts any string."""
        spoken = normalise(text).split()
        words, sources = self._data.plain(self._mended(spoken))
        heard = self._heard(words)
        found = self._found(heard)
        if not found:
            return None
        kinds: dict[str, bool] = {}
        for sign, cover in found.items():
            kinds[sign.kind] = kinds.get(sign.kind, False) or self._certain(sign, heard, cover)
        form, strength = _decided(kinds)
        covered = 0
        for cover in found.values():
            covered |= cover
        taken = {n for place, source in enumerate(sources) if covered >> place & 1 for n in source}
        return Mention(
            form=form,
            strength=strength,
            signs=tuple(sign.name for sign in found),
            rest=" ".join(word for n, word in enumerate(spoken) if n not in taken),
            heard=" ".join(words),
            sure=bool(self._data.sure.cover(heard)),
        )

    def names_sign(self, text: str) -> bool:
        """Whether an answer of ours names a stroke sign: its own words, nothing mended."""
        spoken = normalise(text).split()
        words, _ = self._data.plain((word, range(n, n + 1)) for n, word in enumerate(spoken))
        return any(sign.kind == STROKE for sign in self._found(self._heard(words)))

    def _mended(self, spoken: list[str]) -> Iterator[tuple[str, range]]:
        place = 0
        for word, length in self._repair.words(spoken):
            yield word, range(place, place + length)
            place += length

    def _heard(self, words: list[str]) -> Heard:
        """What was heard, with other senses of a sign's words silenced."""
        heard = self._data.forms.hear(words)
        silent = self._data.other_senses.cover(heard)
        if not silent:
            return heard
        kept = ["" if silent >> n & 1 else word for n, word in enumerate(words)]
        return self._data.forms.hear(kept)

    def _found(self, heard: Heard) -> dict[Sign, int]:
        """Each sign mentioned, with the words that say it."""
        found: dict[Sign, int] = {}
        for place, cover in self._data.ways.among(heard):
            sign = self._data.signs[place]
            found[sign] = found.get(sign, 0) | cover
        return found

    def _certain(self, sign: Sign, heard: Heard, cover: int) -> bool:
        """Whether some part of the mention is reported, in doubt as happening now."""
        if sign.kind in (SELF_HARM, SELF_HARM_DONE):
            return True
        if sign.kind == ALONE:
            return False
        marked = heard.at(cover)
        if self._data.certain.cover(marked) & cover:
            return True
        weak = self._data.possible.cover(marked) & cover
        return bool(cover & ~around(weak, _SPAN))


def _decided(kinds: Mapping[str, bool]) -> tuple[str, Strength]:
    """Of the kinds mentioned, and whether each for certain: which guidance, and how surely."""
    certain = [kind for kind in kinds if kinds[kind]]
    form = max(certain or kinds, key=_URGENCY.index)
    if form == SELF_HARM and {OTHER, STROKE}.intersection(certain):
        form = SELF_HARM_DONE
    return form, Strength.CERTAIN if certain else Strength.POSSIBLE
