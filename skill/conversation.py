"""The one door: an Utterance and a Session in, a Response and the Session after it out.

The safety rule runs first, in a try of its own, where a fault counts as a mention; the guard runs
last and places the guidance. Nothing that understanding or a handler does, or fails to do, can
come between the two.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from skill import interview
from skill.answers import QUESTIONS, Answer, Turn
from skill.handlers import VERBOSITIES, handle
from skill.listener import Listener
from skill.messages import Guidance, Part, Response, Session, Strength, Utterance
from skill.preferences import Careful
from skill.safety import Mention
from skill.understanding import Meaning
from speech.encoder import Reading
from speech.locale import CONTENT_INTENTS, INTENTS, Locale

_log = logging.getLogger("spasm_guide")

_ENDS = tuple(
    (f"prompts.{name}",)
    for name in ("first_part", "last_part", "goodbye", "nothing_yet", "nothing_asked")
)
"""What is not itself what "repeat" repeats."""

_NEEDED = (QUESTIONS["waiting.stroke"], QUESTIONS[interview.PAUSED])
"""Questions that "shorter answers" does not drop: what they offer would end with the session."""

GUIDANCE_RATES = (140, 170)
"""First guidance keeps within these, in words a minute, whatever rate is set."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the safety rule made of an utterance."""

    mention: Mention | None
    reading: Reading | None = None
    fault: bool = False

    @property
    def certain(self) -> bool:
        return self.mention is not None and self.mention.strength is Strength.CERTAIN


@dataclass
class Conversation:
    """Answers in every locale it was given. Keeps no state of any user: safe to share."""

    listeners: Mapping[str, Listener] = field(repr=False)
    default: str
    """Tag of the locale used where a door names none."""
    memory: Careful | None = None
    """What users asked us to remember; None where nothing is kept."""
    _names_sign: dict[tuple[str, str], bool] = field(default_factory=dict, repr=False)

    def respond(self, utterance: Utterance, session: Session) -> tuple[Response, Session]:
        """Answer one turn. Never raises: a fault is answered, with the guidance if it is due."""
        listener = self._listener(utterance.locale, elsewhere=utterance.elsewhere)
        heard = _listen(listener, utterance)
        try:
            response, after = self._answer(listener, utterance, heard, session)
            if response.intent != "forget_me":
                self._remember(utterance.user, session, after)
            return response, after
        except Exception as error:  # noqa: BLE001 – whatever broke, the guidance is voiced
            log_fault("the guard", error)
            return _last_resort(listener.locale, heard), session

    def begin(self, user: str) -> Session:
        """A first session of a user: how they asked to be spoken to, where that is known."""
        try:
            known = self.memory.load(user) if self.memory else None
        except Exception as error:  # noqa: BLE001 – a memory that fails costs what it held, no more
            log_fault("memory", error)
            known = None
        if known is None:
            return Session()
        return Session(rate=known.rate, verbosity=known.verbosity, met=int(known.met))

    def mentions(self, text: str, locale: str) -> bool:
        """Whether the safety rule hears a mention in these words. A fault counts as one."""
        heard = _listen(self._listener(locale, elsewhere=False), Utterance(text))
        return heard.mention is not None

    def _remember(self, user: str, before: Session, after: Session) -> None:
        if not self.memory or not user or after.likes == before.likes:
            return
        try:
            self.memory.change(user, **after.likes)
        except Exception as error:  # noqa: BLE001 – never at the cost of the answer
            log_fault("memory", error)

    def warm_up(self) -> None:
        """Do once what first answers would otherwise wait for."""
        for tag, listener in self.listeners.items():
            self.respond(Utterance(listener.locale.name, tag), Session())
            for part_id in listener.locale.parts:
                if not part_id.startswith(("prompts.", "emergency.")):
                    self._part_names_sign(listener, part_id)

    def refuse(
        self, reason: str, text: str = "", locale: str = "", *, elsewhere: bool = False
    ) -> Response:
        """What to voice for input that a door refuses: the safety rule still runs on its words.

        reason: key of the prompt that says what was wrong.
        """
        listener = self._listener(locale, elsewhere=elsewhere)
        heard = _listen(listener, Utterance(text=text))
        said = listener.locale
        ids = [f"prompts.{reason}"]
        if said.emergency.number not in said.text(ids[0]):
            ids.append("prompts.in_an_emergency")
        parts = [Part(i, said.text(i)) for i in ids]
        if heard.mention is None:
            return _closed(said, parts, Guidance.NONE)
        if heard.mention.form.startswith("self_harm"):
            parts = []  # nothing follows that form
        first, _ = _guidance(heard.mention, Session())
        guidance = _part(said, first, Session().rate, fresh=True)
        return _closed(said, [guidance, *parts], Guidance(heard.mention.strength))

    def _listener(self, locale: str, *, elsewhere: bool) -> Listener:
        listener = self.listeners.get(locale) or self.listeners[self.default]
        return replace(listener, locale=listener.locale.elsewhere) if elsewhere else listener

    def _answer(
        self, listener: Listener, utterance: Utterance, heard: _Heard, session: Session
    ) -> tuple[Response, Session]:
        session = _placed(replace(session, locale=listener.locale.tag), listener.locale)
        meaning, broken = None, False
        try:
            meaning = _understand(listener, utterance, heard)
        except Exception as error:  # noqa: BLE001 – an answer that breaks never costs the guidance
            log_fault("understanding", error)
            broken = True
        vague = heard.mention and not heard.mention.signs and not heard.fault
        if vague and interview.is_over(listener.locale, session, utterance.text):
            heard = _Heard(None)  # "he is fine now": the guidance that was given comes again
        pause = not heard.mention and interview.is_pause(listener.locale, session, utterance.text)
        if pause:
            meaning = Meaning("repeat")
        elif not heard.certain and not broken:
            meaning = interview.replied(listener.locale, session, utterance.text, meaning)
        said = "" if broken else meaning.intent if meaning else "out_of_scope"
        beside = heard.mention is not None and said not in ("yes", "unsure")
        if not (heard.certain or beside) and (
            sign := interview.reported(listener.locale, session, said)
        ):
            heard, meaning = _Heard(sign), None  # a yes to "is that happening"
        first = ""
        if heard.mention:
            first, session = _guidance(heard.mention, session)
        meaning = meaning or Meaning("emergency" if heard.mention else "out_of_scope")
        try:
            if broken:
                answer = Answer(("prompts.error",), replace(session, pending="ask"))
            elif heard.certain and (said == "symptom_check" or meaning.intent != said):
                answer = Answer((), session)  # nothing was asked beside it, or is left to check
            elif pause:
                answer = interview.put_again(session)
            else:
                answer = handle(
                    Turn(listener.locale, session, meaning, lambda: self._forget(utterance.user))
                )
        except Exception as error:  # noqa: BLE001 – nor does one that breaks later
            log_fault("an answer", error)
            answer = Answer(("prompts.error",), replace(session, pending="ask"))
        return self._guard(listener, meaning, answer, heard, first)

    def _forget(self, user: str) -> bool:
        return self.memory.forget(user) if self.memory else True

    def _guard(
        self, listener: Listener, meaning: Meaning, answer: Answer, heard: _Heard, first: str
    ) -> tuple[Response, Session]:
        """Place the guidance by its strength, close with a question, and keep what was said."""
        locale, session, mention = listener.locale, answer.session, heard.mention
        ids, question, guidance = answer.ids, answer.question, Guidance.NONE
        closing: tuple[str, ...] = ()
        if mention:
            guidance = Guidance(mention.strength)
            if mention.form.startswith("self_harm"):
                ids, question, session = (), "", replace(session, pending="")
            elif heard.certain:
                question, form = "prompts.want_waiting", mention.form
                waiting = "waiting.stroke" if form == "stroke" else "waiting.other"
                session = replace(session, pending=waiting)
            if heard.fault:
                ids = ("prompts.safety_fault", *ids)
        elif naming := self._naming_a_sign(listener, ids):
            guidance = Guidance.CLOSING
            said = locale.text("emergency.closing")
            if not any(i.startswith("interview.") or said in locale.text(i) for i in naming):
                closing = ("emergency.closing",)
        ids = tuple(i for i in ids if i != first.removesuffix("_again"))  # once is enough
        asks_already = bool(ids) and locale.text(ids[-1]).endswith("?")
        if not heard.certain and (
            asks_already or (session.verbosity == "short" and question not in _NEEDED)
        ):
            question = ""
        last = (first, *ids) if first else ids
        fresh = {first, *closing} - set(answer.ids)
        voiced = [i for i in (*last, *closing, question) if i]
        parts = tuple(_part(locale, i, session.rate, fresh=i in fresh) for i in voiced)
        open_ended = parts[-1].text.endswith("?")
        title, source = _about(locale, ids)
        response = Response(
            parts=parts,
            intent=meaning.intent,
            guidance=guidance,
            topic=session.topic or None,
            title=title,
            source=source,
            reprompt=_part(locale, self._reprompt(session, voiced), session.rate)
            if open_ended
            else None,
            end_session=not open_ended,
            rate=session.rate,
            candidates=meaning.candidates,
        )
        keeps = meaning.intent in ("repeat", "slower", "faster", "stop") or ids in _ENDS
        return response, session if keeps else replace(session, last=last)

    def _reprompt(self, session: Session, voiced: list[str]) -> str:
        """Id of what is voiced once after silence: a question that must not be lost, again."""
        needed = session.pending.startswith("waiting.") or session.interview
        return voiced[-1] if needed else "prompts.reprompt"

    def _naming_a_sign(self, listener: Listener, ids: tuple[str, ...]) -> list[str]:
        """Which passages of an answer name a sign, and so are due the closing sentence."""
        checking = any(i.startswith("interview.") for i in ids)
        if not checking and any(i.startswith("emergency.") for i in ids):
            return []  # it already carries its guidance
        answering = [i for i in ids if not i.startswith(("prompts.", "emergency."))]
        return [i for i in answering if self._part_names_sign(listener, i)]

    def _part_names_sign(self, listener: Listener, part_id: str) -> bool:
        """Whether a passage of ours names a stroke sign. Taken once; a fault counts as yes."""
        key = (listener.locale.tag, part_id)
        if key not in self._names_sign:
            try:
                self._names_sign[key] = listener.rule.names_sign(listener.locale.text(part_id))
            except Exception as error:  # noqa: BLE001 – in doubt the sentence is voiced
                log_fault("the safety rule", error)
                return True
        return self._names_sign[key]


def log_fault(where: str, error: BaseException) -> None:
    """Log what broke by its type and place alone: a message could hold what a user said."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    file = trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1] if trace else "?"
    line = trace.tb_lineno if trace else 0
    _log.error("%s failed: %s at %s:%d", where, type(error).__name__, file, line)


def _placed(session: Session, locale: Locale) -> Session:
    """The session, less a place that this locale does not hold (another version's, say)."""
    if session.verbosity not in VERBOSITIES:
        session = replace(session, verbosity=Session().verbosity)
    asking = [question.name for question in locale.interview.questions]
    pending = {"", interview.ASKED, *QUESTIONS} | ({"place"} if session.section else set())
    known = (
        {session.part_id, session.held_id} - {""} <= locale.parts.keys()
        and all(_is_said(locale, part_id) for part_id in session.last)
        and session.topic in ("", *locale.articles)
        and session.section in ("", *CONTENT_INTENTS)
        and session.pending in pending
        and len(session.held) in (0, 2)
        and session.withheld in ("", session.part_id)
        and (not session.interview or session.interview[0] in asking)
    )
    return session if known else session.without_place()


def _is_said(locale: Locale, part_id: str) -> bool:
    try:
        return bool(locale.text(part_id))
    except (KeyError, IndexError):
        return False


def _listen(listener: Listener, utterance: Utterance) -> _Heard:
    words = " ".join((utterance.text, *utterance.slots.values()))
    if not words:
        return _Heard(None)  # a platform's own intent: it kept the words
    found: Mention | None = None
    try:
        if utterance.slots:  # what a slot holds was said of the topic: "chest" of "chest cramps"
            article = listener.locale.articles[listener.locale.topic]
            words = f"{words} {article.names[0]}"
        found = listener.rule.mention(words)
        reading = listener.read(words, *filter(None, (utterance.text, *utterance.slots.values())))
        return _Heard(listener.mention(words, found, reading), reading)
    except Exception as error:  # noqa: BLE001 – a fault inside safety counts as a mention
        log_fault("the safety rule", error)
        if found:  # before the second look broke
            return _Heard(found)
        return _Heard(Mention("stroke", Strength.CERTAIN, (), utterance.text), fault=True)


def _guidance(mention: Mention, session: Session) -> tuple[str, Session]:
    """Id of the guidance that a mention is due, and the session that remembers it."""
    form, strength = mention.form, mention.strength
    covers = {f"{form}.certain", f"{form}.{strength}"}
    again = not covers.isdisjoint(session.guided)
    guided = [g for g in session.guided if g != "released" or strength is not Strength.CERTAIN]
    given = f"{form}.{strength}"
    session = replace(session, guided=tuple(dict.fromkeys((*guided, given))))
    if strength is Strength.CERTAIN:
        session = replace(session, interview=())  # guidance ends the check
    return f"emergency.{given}{'_again' if again else ''}", session


def _understand(listener: Listener, utterance: Utterance, heard: _Heard) -> Meaning | None:
    """What was asked. None for a mention with no question in it."""
    if utterance.intent in INTENTS:
        return _recognised(listener, utterance.intent, utterance.slots)
    mention = None if heard.fault else heard.mention
    return listener.asked(utterance.text, mention, heard.reading)


def _recognised(listener: Listener, intent: str, slots: Mapping[str, str]) -> Meaning:
    """An intent that the door's platform recognised; what its slots hold is understood here."""
    values = {name: listener.recogniser.understand(value) for name, value in slots.items()}
    if (topic := values.get("topic")) and topic.intent == "out_of_scope":
        return topic  # the platform fills a slot with any word: "what causes mortgages"
    term = next((v.term for v in values.values() if v.term), "")
    if intent == "definition" and term:
        article = listener.locale.articles[listener.locale.topic]
        return Meaning(article.terms[term].section, term=term, by_name=True, exact=True)
    return Meaning(intent, term=term, exact=True)


def _part(locale: Locale, part_id: str, rate: int, *, fresh: bool = False) -> Part:
    """fresh: guidance voiced for the first time, at a rate that anyone can follow."""
    if not fresh or part_id.endswith("_again"):
        return Part(part_id, locale.text(part_id))
    slowest, fastest = GUIDANCE_RATES
    return Part(part_id, locale.text(part_id), min(max(rate, slowest), fastest))


def _about(locale: Locale, ids: tuple[str, ...]) -> tuple[str, str]:
    """Title and source of the first passage that an article holds."""
    for part_id in ids:
        topic, _, rest = part_id.partition(".")
        if article := locale.articles.get(topic):
            name, _, detail = rest.partition(".")
            if name == "terms":
                term = article.terms[detail.partition(".")[0]]
                return term.name[:1].upper() + term.name[1:], str(article.sources[term.source])
            if section := article.sections.get(name):
                return section.title, str(article.sources[section.source])
            return article.title, ""
        if topic == "interview" and (source := locale.interview.sources.get(rest)):
            return locale.name, str(locale.articles[locale.topic].sources[source])
    return locale.name, ""


def _last_resort(locale: Locale, heard: _Heard) -> Response:
    """When even the guard broke: the full form where a mention is due, and that it broke."""
    parts = [Part("prompts.error", locale.text("prompts.error"))]
    if heard.mention is None:
        return _closed(locale, parts, Guidance.NONE)
    form = f"emergency.{heard.mention.form}.certain"
    return _closed(
        locale, [Part(form, locale.text(form), GUIDANCE_RATES[0]), *parts], Guidance.CERTAIN
    )


def _closed(locale: Locale, parts: list[Part], guidance: Guidance) -> Response:
    """A response beside the road, open only where its last words ask."""
    return Response(
        parts=tuple(parts),
        intent="out_of_scope" if guidance is Guidance.NONE else "emergency",
        guidance=guidance,
        title=locale.name,
        end_session=not parts[-1].text.endswith("?"),
    )
