"""One function per intent: what to say next, and where that leaves the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from skill import interview
from skill.answers import ANYTHING_ELSE, QUESTIONS, Answer, Turn
from skill.messages import Session
from speech.locale import CONTENT_INTENTS, FACETS, Locale

RATES = (100, 120, 135, 150, 175, 200, 235, 275, 320, 370)
"""The steps of "slower" and "faster", in words a minute."""
VERBOSITIES = ("short", "normal", "long")
"""The steps of "shorter answers" and "longer answers": without a closing question, as usual, and
with the longer form at once."""


Handler = Callable[[Turn], Answer]


def handle(turn: Turn) -> Answer:
    """The answer to what was meant: the next step of the check, or one of its own."""
    answered = interview.answer(turn)
    return answered or interview.paused(turn, HANDLERS[turn.meaning.intent](turn))


def tell(turn: Turn) -> Answer:
    """A content intent: the term asked about by name, or else the section, short form first."""
    intent, topic = turn.meaning.intent, turn.meaning.topic or turn.locale.topic
    if intent == "emergency" and turn.session.pending.startswith("waiting."):
        return yes(turn)  # "should i drive him": they know by now that it is one
    article = turn.locale.articles[topic]
    term = article.terms.get(turn.meaning.term)
    facet = next((f for f, i in FACETS.items() if i == intent), "what")
    if term and (
        turn.meaning.by_name or (facet not in term.says and intent in (term.section, "causes"))
    ):
        facet = "what"
    if term and facet in term.says:
        place = replace(
            _holding(turn.session),
            topic=topic,
            section=intent,
            part=f"terms.{turn.meaning.term}.{facet}",
        )
        return _voiced(turn.locale, place)
    return _brief(turn.locale, replace(_holding(turn.session), topic=topic), intent)


def more(turn: Turn) -> Answer:
    """The longer form of the section in hand, or else the next section."""
    session = turn.session
    if session.withheld:
        return _voiced(turn.locale, replace(session, guided=(*session.guided, "released")))
    if session.pending.startswith("waiting."):
        return yes(turn)
    if not session.section:
        return repeat(turn)
    if session.part.startswith("terms."):
        return _brief(turn.locale, session, session.section)
    if session.part == "brief":
        return _voiced(turn.locale, replace(session, part="more"))
    return next_section(turn)


def next_section(turn: Turn) -> Answer:
    """The section after the one in hand; the first where none is."""
    if turn.session.withheld and turn.session.pending.startswith("waiting."):
        return more(turn)  # said to what was withheld; after a no to it, what waits still waits
    return _step(turn, +1, "prompts.last_part")


def previous_section(turn: Turn) -> Answer:
    """The section before the one in hand."""
    return _step(turn, -1, "prompts.first_part")


def repeat(turn: Turn) -> Answer:
    """What was voiced last, at the rate of now, with the question it closed with."""
    if not turn.session.last:
        return _ask(turn.session, "prompts.nothing_yet")
    return Answer(turn.session.last, turn.session, QUESTIONS.get(turn.session.pending, ""))


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
    if pending == "place":
        return _voiced(turn.locale, session)
    if pending.startswith("waiting."):
        return Answer((f"emergency.{pending}",), replace(session, pending="ask"), ANYTHING_ELSE)
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
    if turn.session.ever_reported and not turn.meaning.exact:
        waiting = _waiting(turn.session)
        guidance = waiting.replace("waiting", "emergency") + ".certain"
        return Answer((guidance,), replace(turn.session, pending=waiting), QUESTIONS[waiting])
    fresh = turn.session.without_place()
    plain = turn.meaning.intent == "stop"  # a no to "anything else?" forgets no reported sign
    return Answer(("prompts.goodbye",), replace(fresh, guided=()) if plain else fresh)


def unsure(turn: Turn) -> Answer:
    """Neither yes nor no: in doubt what to do while waiting, else what it can do instead."""
    return yes(turn) if turn.session.pending.startswith("waiting.") else no(turn)


def where_was_i(turn: Turn) -> Answer:
    """The place in hand, or the one that a question in between led away from."""
    session = turn.session
    if session.interview:
        return Answer(("interview.place",), session)
    if not session.section:
        return repeat(turn)
    if session.held:
        section, part = session.held
        session = replace(session, section=section, part=part, held=())
    named = session.part.split(".")[1] if session.part.startswith("terms.") else session.section
    return Answer((f"prompts.place:{named}",), replace(session, pending="place"))


def start_over(turn: Turn) -> Answer:
    """From the first section on; in the check, from its first question."""
    if turn.session.interview:
        return interview.start(turn)
    place = replace(turn.session, topic=turn.session.topic or turn.locale.topic, held=())
    first = _brief(turn.locale, replace(place, interview=()), CONTENT_INTENTS[0])
    return replace(first, ids=("prompts.from_the_start", *first.ids))


def spell(turn: Turn) -> Answer:
    """The letters of the term that is asked for or in hand; else those of the topic's name."""
    topic = turn.meaning.topic or turn.locale.topic
    in_hand = turn.session.part.split(".")[1] if turn.session.part.startswith("terms.") else ""
    term = turn.meaning.term or in_hand
    part_id = f"{topic}.terms.{term}.spelled" if term else f"{topic}.spelled"
    pending = turn.session.pending if turn.session.pending in QUESTIONS else "ask"
    return Answer((part_id,), replace(turn.session, pending=pending), QUESTIONS[pending])


def shorter(turn: Turn) -> Answer:
    """One step shorter from now on."""
    return _as_long(turn, -1)


def longer(turn: Turn) -> Answer:
    """One step longer from now on."""
    return _as_long(turn, +1)


def normal_speed(turn: Turn) -> Answer:
    """The usual rate, and the last answer again."""
    return _at_rate(turn, Session().rate, "prompts.normal_speed", "")


def forget_me(turn: Turn) -> Answer:
    """Delete what is kept of the user, at once, and say whether that was done."""
    done = turn.forget()
    fresh = Session()
    session = replace(turn.session, rate=fresh.rate, verbosity=fresh.verbosity, met=0)
    prompt = "prompts.forgotten" if done else "prompts.not_forgotten"
    if session.pending.startswith("waiting."):
        return Answer((prompt,), session, QUESTIONS[session.pending])
    return Answer((prompt,), replace(session, pending="ask"), ANYTHING_ELSE)


def thanks(turn: Turn) -> Answer:
    """A word back, and whatever was asked before."""
    pending = turn.session.pending if turn.session.pending.startswith("waiting.") else "ask"
    return Answer(("prompts.thanks",), replace(turn.session, pending=pending), QUESTIONS[pending])


def launch(turn: Turn) -> Answer:
    """A welcome: in full the first time that the user comes, short from then on."""
    prompt = "prompts.welcome_back" if turn.session.met else "prompts.welcome"
    return _ask(replace(turn.session, met=1), prompt)


def assist(turn: Turn) -> Answer:
    """What can be said here, by where the conversation stands."""
    session = turn.session
    if session.pending.startswith("waiting."):
        return Answer(("prompts.help_waiting",), session)
    if session.interview:
        return Answer(("prompts.help_check",), replace(session, pending=interview.PAUSED))
    return _ask(session, "prompts.help_reading" if session.section else "prompts.help")


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
    "symptom_check": interview.start,
    "repeat": repeat,
    "slower": slower,
    "faster": faster,
    "next": next_section,
    "previous": previous_section,
    "more": more,
    "stop": stop,
    "help": assist,
    "yes": yes,
    "no": no,
    "unsure": unsure,
    "where_was_i": where_was_i,
    "start_over": start_over,
    "spell": spell,
    "shorter": shorter,
    "longer": longer,
    "normal_speed": normal_speed,
    "forget_me": forget_me,
    "thanks": thanks,
    "launch": launch,
    "clarify": clarify,
    "out_of_scope": out_of_scope,
}


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
        return Answer(("emergency.withheld",), place, QUESTIONS[waiting])
    ids: tuple[str, ...] = (place.part_id,)
    if place.part == "brief" and place.verbosity == "long" and not place.reported:
        place = replace(place, part="more")
        ids = (*ids, place.part_id)
    pending = "next" if place.part == "more" else "more"
    if pending == "next" and place.section == CONTENT_INTENTS[-1]:
        pending = "ask"
    place = replace(place, withheld="", pending=pending)
    return Answer(ids, place, QUESTIONS[pending])


def _holding(session: Session) -> Session:
    """The session about to be led elsewhere by a question, which keeps where it stood."""
    aside = session.part.startswith("terms.")
    if not session.section or aside or session.pending not in ("more", "next"):
        return session
    return replace(session, held=(session.section, session.part))


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
        waiting = session.pending.startswith("waiting.")
        return repeat(turn) if waiting else _ask(session, "prompts.nothing_yet")
    aside = session.part.startswith("terms.") and session.held
    section = session.held[0] if aside else session.section
    at = CONTENT_INTENTS.index(section) if section else -1
    if not 0 <= at + step < len(CONTENT_INTENTS):
        return _ask(session, end)
    placed = replace(session, topic=session.topic or turn.locale.topic, held=())
    return _brief(turn.locale, placed, CONTENT_INTENTS[at + step])


def _as_long(turn: Turn, step: int) -> Answer:
    at = VERBOSITIES.index(turn.session.verbosity) + step
    if not 0 <= at < len(VERBOSITIES):
        return _more_to_ask(turn.session, "prompts.shortest" if step < 0 else "prompts.longest")
    session = replace(turn.session, verbosity=VERBOSITIES[at])
    return _more_to_ask(session, "prompts.shorter" if step < 0 else "prompts.longer")


def _more_to_ask(session: Session, prompt: str) -> Answer:
    """A prompt that asks nothing itself; after a report, what was offered is offered still."""
    if session.pending.startswith("waiting."):
        return Answer((prompt,), session, QUESTIONS[session.pending])
    return Answer((prompt, "prompts.ask"), replace(session, pending="ask"))


def _at_rate(turn: Turn, rate: int | None, done: str, end: str) -> Answer:
    prompt = done if rate else end
    session = replace(turn.session, rate=rate or turn.session.rate)
    if not session.last:
        return _more_to_ask(session, prompt)
    again = repeat(replace(turn, session=session))
    return replace(again, ids=(prompt, *again.ids))
