"""One function per intent: what to say next, and where that leaves the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from skill.messages import Session
from skill.understanding import Meaning
from speech.locale import CONTENT_INTENTS, FACETS, Locale

RATES = (100, 120, 135, 150, 175, 200, 235, 275, 320, 370)
"""The steps of "slower" and "faster", in words a minute."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a handler decides from."""

    locale: Locale
    session: Session
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler decided: ids of parts to voice, a closing question, the session after."""

    ids: tuple[str, ...]
    session: Session
    question: str = ""
    """Id of the question that closes the answer; empty where the parts ask for themselves."""


Handler = Callable[[Turn], Answer]


def handle(turn: Turn) -> Answer:
    """The answer to what was meant."""
    return HANDLERS[turn.meaning.intent](turn)


def tell(turn: Turn) -> Answer:
    """A content intent: the term asked about by name, or else the section, short form first."""
    intent, topic = turn.meaning.intent, turn.meaning.topic or turn.locale.topic
    article = turn.locale.articles[topic]
    term = article.terms.get(turn.meaning.term)
    facet = next((f for f, i in FACETS.items() if i == intent), "what")
    if term and (
        turn.meaning.by_name or (facet not in term.says and intent in (term.section, "causes"))
    ):
        facet = "what"
    if term and facet in term.says:
        place = replace(
            turn.session, topic=topic, section=intent, part=f"terms.{turn.meaning.term}.{facet}"
        )
        return _voiced(turn.locale, place)
    return _brief(turn.locale, replace(turn.session, topic=topic), intent)


def symptom_check(turn: Turn) -> Answer:
    """For now: which signs are an emergency, then when to see a doctor."""
    topic = turn.meaning.topic or turn.locale.topic
    place = replace(turn.session, topic=topic, section="see_doctor", part="brief", pending="more")
    ids = (f"{topic}.emergency.brief", f"{topic}.see_doctor.brief")
    # Beside a reported sign "see a doctor" would be too little.
    return Answer(ids[: 1 if place.reported else 2], place, "prompts.want_more")


def more(turn: Turn) -> Answer:
    """The longer form of the section in hand, or else the next section."""
    session = turn.session
    if session.withheld:
        return _voiced(turn.locale, replace(session, guided=(*session.guided, "released")))
    if session.pending.startswith("waiting."):
        return yes(turn)
    if not session.section:
        if session.reported:
            return repeat(turn)
        return _ask(session, "prompts.nothing_yet")
    if session.part.startswith("terms."):
        return _brief(turn.locale, session, session.section)
    if session.part == "brief":
        return _voiced(turn.locale, replace(session, part="more"))
    return next_section(turn)


def next_section(turn: Turn) -> Answer:
    """The section after the one in hand; the first where none is."""
    if turn.session.withheld:
        return more(turn)
    return _step(turn, +1, "prompts.last_part")


def previous_section(turn: Turn) -> Answer:
    """The section before the one in hand."""
    return _step(turn, -1, "prompts.first_part")


def repeat(turn: Turn) -> Answer:
    """What was voiced last, at the rate of now, with the question it closed with."""
    if not turn.session.last:
        return _ask(turn.session, "prompts.nothing_yet")
    return Answer(turn.session.last, turn.session, _QUESTIONS.get(turn.session.pending, ""))


def slower(turn: Turn) -> Answer:
    """One step slower, and the last answer again."""
    rate = max((r for r in RATES if r < turn.session.rate), default=None)
    return _at_rate(turn, rate, "prompts.slower", "prompts.slowest")


def faster(turn: Turn) -> Answer:
    """One step faster, and the last answer again."""
    rate = min((r for r in RATES if r > turn.session.rate), default=None)
    return _at_rate(turn, rate, "prompts.faster", "prompts.fastest")


def yes(turn: Turn) -> Answer:
    """The answer to the last question asked."""
    pending, session = turn.session.pending, replace(turn.session, pending="")
    if pending.startswith("waiting."):
        return Answer((f"emergency.{pending}",), replace(session, pending="ask"), _ANYTHING_ELSE)
    if pending in ("more", "next"):
        return HANDLERS[pending](replace(turn, session=session))
    return _ask(session, "prompts.ask" if pending else "prompts.nothing_asked")


def no(turn: Turn) -> Answer:
    """Nothing more of this; goodbye where that was already the question."""
    if turn.session.pending == "ask":
        return stop(turn)
    return _ask(turn.session, "prompts.okay" if turn.session.pending else "prompts.nothing_asked")


def stop(turn: Turn) -> Answer:
    """Goodbye. How the user likes to listen is kept; all else, the next person begins anew.

    After a reported sign only a plain "stop" is one: "it stopped" is what the guidance speaks of.
    """
    if turn.session.reported and not turn.meaning.exact:
        waiting = _waiting(turn.session)
        guidance = waiting.replace("waiting", "emergency") + ".certain"
        return Answer((guidance,), replace(turn.session, pending=waiting), _QUESTIONS[waiting])
    return Answer(("prompts.goodbye",), replace(turn.session.without_place(), guided=()))


def out_of_scope(turn: Turn) -> Answer:
    """What it can answer; right after guidance, what to do while waiting ("can i drive him")."""
    if turn.session.pending.startswith("waiting."):
        return yes(turn)
    return _ask(turn.session, "prompts.out_of_scope")


def clarify(turn: Turn) -> Answer:
    """Ask which of two intents was meant."""
    prompt = f"prompts.clarify:{','.join(turn.meaning.candidates)}"
    return Answer((prompt,), replace(turn.session, pending="ask"))


def _prompt(key: str) -> Handler:
    return lambda turn: _ask(turn.session, f"prompts.{key}")


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(CONTENT_INTENTS, tell),
    "list_topics": _prompt("list_topics"),
    "symptom_check": symptom_check,
    "repeat": repeat,
    "slower": slower,
    "faster": faster,
    "next": next_section,
    "previous": previous_section,
    "more": more,
    "stop": stop,
    "help": _prompt("help"),
    "yes": yes,
    "no": no,
    "launch": _prompt("welcome"),
    "clarify": clarify,
    "out_of_scope": out_of_scope,
}

_ANYTHING_ELSE = "prompts.anything_else"
_QUESTIONS = {
    "more": "prompts.want_more",
    "next": "prompts.want_next",
    "ask": _ANYTHING_ELSE,
    "waiting.stroke": "prompts.want_waiting",
    "waiting.other": "prompts.want_waiting",
}
"""What is pending → the question that asks for it."""


def _ask(session: Session, prompt: str) -> Answer:
    """A prompt that asks its own open question."""
    return Answer((prompt,), replace(session, pending="ask"))


def _brief(locale: Locale, session: Session, section: str) -> Answer:
    return _voiced(locale, replace(session, section=section, part="brief"))


def _voiced(locale: Locale, place: Session) -> Answer:
    """The passage that the session stands at, and the question what should follow it.

    A calming passage waits after a reported sign, until the user says "go on".
    """
    if place.reported and _is_calming(locale, place):
        waiting = _waiting(place)
        place = replace(place, withheld=place.part_id, pending=waiting)
        return Answer(("emergency.withheld",), place, _QUESTIONS[waiting])
    pending = "next" if place.part == "more" else "more"
    if pending == "next" and place.section == CONTENT_INTENTS[-1]:
        pending = "ask"
    place = replace(place, withheld="", pending=pending)
    return Answer((place.part_id,), place, _QUESTIONS[pending])


def _waiting(session: Session) -> str:
    """What to do while help is on its way, for the sign that was reported."""
    return "waiting.stroke" if "stroke.certain" in session.guided else "waiting.other"


def _is_calming(locale: Locale, place: Session) -> bool:
    """Whether the passage in hand could reassure: a harmless cause for what was reported, too."""
    article = locale.articles[place.topic]
    if place.part.startswith("terms."):
        _, term, facet = place.part.split(".")
        return article.terms[term].calming or facet == "cause"
    return article.sections[place.section].calming


def _step(turn: Turn, step: int, end: str) -> Answer:
    session = turn.session
    if not session.section and step < 0:
        return _ask(session, "prompts.nothing_yet")
    at = CONTENT_INTENTS.index(session.section) if session.section else -1
    if not 0 <= at + step < len(CONTENT_INTENTS):
        return _ask(session, end)
    placed = replace(session, topic=session.topic or turn.locale.topic)
    return _brief(turn.locale, placed, CONTENT_INTENTS[at + step])


def _at_rate(turn: Turn, rate: int | None, done: str, end: str) -> Answer:
    prompt = done if rate else end
    session = replace(turn.session, rate=rate or turn.session.rate)
    if not session.last:
        return Answer((prompt, "prompts.ask"), replace(session, pending="ask"))
    again = repeat(replace(turn, session=session))
    return replace(again, ids=(prompt, *again.ids))
