"""One locale with what listens in it: the lexicon's first hearing, the encoder's second look.

The lexicon knows exactly what it knows; the encoder knows roughly everything. So what the lexicon
finds in plain words stands; what it finds in words that can mean something else, the encoder can
overrule when it is sure; and what only the encoder finds counts when that is likely. Without an
encoder the lexicon decides alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from skill.messages import Strength
from skill.safety import ALONE, SELF_HARM, SELF_HARM_DONE, Mention, Rule
from skill.understanding import Meaning, Recogniser
from speech.encoder import NO_QUESTION, Encoder, Reading
from speech.locale import CONTENT_INTENTS, CONTROL_INTENTS, Locale
from speech.text import normalise

HEARD = 0.5
"""Share of mention from which the encoder's word alone is enough."""
OVERRULED = 0.3
"""Share of mention below which a hit on ambiguous words is held to mean something else."""
CERTAIN = 0.3
"""Share from which a mention counts as reported: in doubt it does."""
REPORTED, ASKED_ABOUT = 0.1, 0.6
"""The same share where the lexicon took it for reported, or for asked about, past, or denied."""
SURE = 0.9
"""Share from which the encoder's word goes before the lexicon's plain one."""
ASKED = 0.5
"""Share from which an intent is answered; below it, two that come near are asked back about."""
NEAR, AGREED = 0.25, 0.2
"""Share of a second intent from which it is offered, too; and from which, where the lexicon names
it as well, a story before it does not hide it."""
_FINAL = ("forget_me",)
"""What cannot be taken back, and so must be said in a sample's own words."""
_BARE = frozenset(CONTROL_INTENTS) - {"list_topics", "symptom_check", "spell"}
"""Controls that never name the trouble ("i'm done with cramps" is no goodbye)."""
_QUESTIONS = (*CONTENT_INTENTS, "symptom_check")
"""What can be asked beside a mention; anything else there is part of the story."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One locale with what listens in it."""

    locale: Locale
    rule: Rule
    recogniser: Recogniser
    encoder: Encoder | None = None

    def read(self, words: str, *said: str) -> Reading | None:
        """What the encoder makes of the words; None where there is none, or nothing to find out.

        said: what the words were made of, if not one text. A sample word for word hides nothing.
        """
        if self.encoder is None or all(map(self._is_sample, said or (words,))):
            return None
        return self.encoder.read(words)

    def _is_sample(self, text: str) -> bool:
        try:
            return self.recogniser.understand(text).exact
        except Exception:  # noqa: BLE001 – then the encoder reads it, and understanding tells
            return False

    def mention(self, text: str, found: Mention | None, reading: Reading | None) -> Mention | None:
        """The emergency that the words mention, if any. found: what the rule found in them."""
        if reading is None:
            return found
        if found and _doubted(found, reading):  # it may have been misheard
            mended = self.encoder.read(found.heard) if self.encoder else reading
            reading = max(reading, mended, key=lambda r: (r.mention >= OVERRULED, r.certain))
        return _second_look(found, reading, text)

    def asked(self, text: str, mention: Mention | None, reading: Reading | None) -> Meaning | None:
        """What the words ask for. None for a mention with no question in it.

        The words of a mention may look like a question themselves, so without an encoder one
        counts beside a certain mention only where it stands without those words.
        """
        meaning = self.recogniser.understand(text)
        if reading is not None and not meaning.exact:
            meaning = self._weighed(text, meaning, reading)
        if mention is None or meaning.exact:
            return meaning
        if meaning.intent not in _QUESTIONS:
            return None
        if reading is None and mention.strength is Strength.CERTAIN:
            alone = self.recogniser.understand(mention.rest)
            return meaning if alone.intent == meaning.intent else None
        return meaning

    def _weighed(self, text: str, first: Meaning, reading: Reading) -> Meaning:
        """The meaning by both: the encoder's intent, with the term that the lexicon knows."""
        (intent, share), (second, less), *_ = sorted(
            reading.intents.items(), key=lambda pair: pair[1], reverse=True
        )
        if intent == first.intent != "emergency":
            return first
        if intent == NO_QUESTION and second == first.intent and less >= AGREED:
            return first
        if share >= ASKED:
            untrue = intent in _FINAL or (intent in _BARE and self.recogniser.names_topic(text))
            chosen = "out_of_scope" if intent == NO_QUESTION or untrue else intent
            return self.recogniser.about(text, chosen)
        if intent in CONTENT_INTENTS and second in CONTENT_INTENTS and less >= NEAR:
            return Meaning("clarify", topic=first.topic, candidates=(intent, second))
        return first if first.intent == second else self.recogniser.about(text, "out_of_scope")


def _second_look(found: Mention | None, reading: Reading, text: str) -> Mention | None:
    """The lexicon's finding and the encoder's reading, weighed together."""
    form = max((f for f in reading.forms if f != "none"), key=reading.forms.__getitem__)
    if found is None:
        if reading.mention < HEARD:
            return None
        return Mention(form, _strength(form, reading.certain >= CERTAIN), (), normalise(text))
    if reading.mention < OVERRULED and not found.sure:
        return None
    if reading.forms[form] >= SURE and form != ALONE:  # it may raise a form, never lower one
        found = replace(found, form=form)
    return replace(found, strength=_strength(found.form, reading.certain >= _enough(found)))


def _doubted(found: Mention, reading: Reading) -> bool:
    """Whether the encoder would overrule the lexicon, or make less of what it found."""
    lesser = found.strength is Strength.CERTAIN and reading.certain < CERTAIN
    return lesser or (reading.mention < OVERRULED and not found.sure)


def _enough(found: Mention) -> float:
    """The share from which a mention counts as reported, given what the lexicon made of it."""
    if found.strength is Strength.CERTAIN:
        return 0 if found.sure else REPORTED
    return SURE if found.sure else ASKED_ABOUT


def _strength(form: str, certain: bool) -> Strength:
    if form in (SELF_HARM, SELF_HARM_DONE):
        return Strength.CERTAIN
    return Strength.CERTAIN if certain and form != ALONE else Strength.POSSIBLE
