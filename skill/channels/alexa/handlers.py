"""Alexa's envelopes: a request into an Utterance and a Session, a Response into Alexa's own.

The handlers decide nothing: which request types may be answered in speech is Alexa's rule, and
what is said is the conversation's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ask_sdk_core.dispatch_components import AbstractExceptionHandler, AbstractRequestHandler
from ask_sdk_core.handler_input import HandlerInput
from ask_sdk_core.skill import CustomSkill, SkillConfiguration
from ask_sdk_core.skill_builder import SkillBuilder
from ask_sdk_core.utils import is_request_type
from ask_sdk_model import Intent, IntentRequest, LaunchRequest, RequestEnvelope, SessionEndedRequest
from ask_sdk_model import Response as AlexaResponse
from ask_sdk_model import Session as AlexaSession
from ask_sdk_model.interfaces.system import ExceptionEncounteredRequest
from ask_sdk_model.request import Request
from ask_sdk_model.ui import PlainTextOutputSpeech, Reprompt, SimpleCard, SsmlOutputSpeech

from skill.channels.alexa import screen
from skill.conversation import Conversation, log_fault
from skill.messages import Response, Session, Utterance
from speech.locale import Locale
from speech.ssml import ssml

_log = logging.getLogger("spasm_guide")

MAX_CARD = 8_000
"""Characters of a card, title included, that Alexa accepts."""


@dataclass(frozen=True, slots=True)
class Names:
    """How Alexa's intents map onto ours, in one locale."""

    intents: Mapping[str, str]
    """Alexa's name → our intent."""
    carriers: Mapping[str, str]
    """Alexa's name → the carrier that it stripped from free speech."""
    mentions: Mapping[str, str]
    """Alexa's name of a sign intent → words that stand for whatever it heard."""


@dataclass(slots=True)
class Turn:
    """What a handler gets from the door beside the SDK's own input, and gives back beside it."""

    envelope: Mapping[str, Any]
    """The request as it came, plain."""
    locale: str
    elsewhere: bool
    user: str = ""
    """Under which key the user's preferences are kept; empty where Alexa names no user."""
    directives: list[dict[str, Any]] = field(default_factory=list)
    """Kept out of the SDK's response, whose serialiser would walk each by reflection."""


def build_skill(conversation: Conversation, names: Mapping[str, Names]) -> CustomSkill:
    """ask-sdk-core's skill over our conversation. Keeps no state of a request: share it."""
    builder = SkillBuilder()
    answer = _Answer(conversation, names)
    for request_type, handle in (
        ("LaunchRequest", answer.launch),
        ("IntentRequest", answer.intent),
        ("SessionEndedRequest", answer.nothing),
        ("System.ExceptionEncountered", answer.exception),
    ):
        builder.add_request_handler(_Handler(is_request_type(request_type), handle))
    builder.add_request_handler(_Handler(lambda _: True, answer.nothing))  # first match wins
    builder.add_exception_handler(_Fault(answer))
    configuration: SkillConfiguration = builder.skill_configuration
    return CustomSkill(skill_configuration=configuration)


def to_envelope(plain: Mapping[str, Any]) -> RequestEnvelope:
    """The SDK's envelope, with what its dispatcher and our handlers read, and no more.

    Its own deserialiser walks the whole request by reflection and costs most of an answer.
    """
    request = _mapping(plain.get("request"))
    kind = _text(request.get("type"))
    session = plain.get("session")
    return RequestEnvelope(
        version="1.0",
        session=AlexaSession(attributes=dict(_mapping(session.get("attributes"))))
        if isinstance(session, dict)
        else None,
        request=_REQUESTS.get(kind, _OtherRequest)(request),
    )


class _OtherRequest(Request):
    """A request of a kind that this skill has no words for, new ones included."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        super().__init__(object_type=_text(request.get("type")) or "unknown")


_REQUESTS: Mapping[str, Callable[[Mapping[str, Any]], Request]] = {
    "LaunchRequest": lambda _: LaunchRequest(),
    "IntentRequest": lambda request: IntentRequest(
        intent=Intent(name=_text(_mapping(request.get("intent")).get("name")))
    ),
    "SessionEndedRequest": lambda _: SessionEndedRequest(),
    "System.ExceptionEncountered": lambda _: ExceptionEncounteredRequest(),
}


@dataclass(frozen=True, slots=True)
class _Answer:
    """One function per kind of request."""

    conversation: Conversation
    names: Mapping[str, Names]

    def launch(self, handler_input: HandlerInput) -> AlexaResponse:
        return self._respond(handler_input, Utterance(intent="launch"))

    def intent(self, handler_input: HandlerInput) -> AlexaResponse:
        turn: Turn = handler_input.context
        name = _intent_name(turn.envelope)
        slots = dict(spoken_slots(turn.envelope))
        return self._respond(handler_input, utterance(self.names[turn.locale], name, slots))

    def nothing(self, handler_input: HandlerInput) -> AlexaResponse:
        """Alexa takes no speech for this kind of request."""
        return handler_input.response_builder.response

    def exception(self, handler_input: HandlerInput) -> AlexaResponse:
        """Alexa refused a response of ours, and tells why; no speech can be given."""
        turn: Turn = handler_input.context
        error = _mapping(_mapping(turn.envelope.get("request")).get("error"))
        _log.error("Alexa refused a response: %s", _word(error.get("type")))
        return self.nothing(handler_input)

    def fault(self, handler_input: HandlerInput) -> AlexaResponse:
        """The door itself broke: the safety rule on what words there are, and that it broke."""
        turn: Turn = handler_input.context
        words = " ".join(value for _, value in spoken_slots(turn.envelope))
        sign = self.names[turn.locale].mentions.get(_intent_name(turn.envelope), "")
        words = f"{words} {sign}"
        response = self.conversation.refuse("error", words, turn.locale, elsewhere=turn.elsewhere)
        return _plain(response)

    def _respond(self, handler_input: HandlerInput, said: Utterance) -> AlexaResponse:
        turn: Turn = handler_input.context
        said = replace(
            said, locale=turn.locale, channel="alexa", elsewhere=turn.elsewhere, user=turn.user
        )
        attributes = _attributes(handler_input)
        kept = Session.from_dict(attributes) if attributes else self.conversation.begin(turn.user)
        response, session = self.conversation.respond(said, kept)
        if attributes is not None:
            handler_input.attributes_manager.session_attributes = session.to_dict()
        locale = self.conversation.listeners[turn.locale].locale
        locale = locale.elsewhere if turn.elsewhere else locale
        if screen.supports_apl(turn.envelope) and (shown := screen.directive(response, locale)):
            turn.directives.append(shown)
        return to_alexa(response, locale)


def utterance(names: Names, name: str, slots: Mapping[str, str]) -> Utterance:
    """What was said, as far as Alexa tells: an intent, free words with their carrier, a sign."""
    if name in names.mentions:
        return Utterance(" ".join((names.mentions[name], *slots.values())))
    if name in names.intents:
        return Utterance(intent=names.intents[name], slots=slots)
    carrier = names.carriers.get(name, "{query}")
    return Utterance(carrier.replace("{query}", " ".join(slots.values())))


def user_id(envelope: Mapping[str, Any]) -> str:
    """Alexa's name for the user, the same for one skill until it is disabled; "" where absent."""
    system = _mapping(_mapping(envelope.get("context")).get("System"))
    return _text(_mapping(system.get("user")).get("userId"))


def spoken_slots(envelope: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each slot's name and its words as spoken, of every shape that Alexa gives a slot."""
    slots = _mapping(_mapping(_mapping(envelope.get("request")).get("intent")).get("slots"))
    for name, slot in slots.items():
        words = _values(_mapping(slot).get("slotValue")) or _values(slot)
        if words:
            yield str(name), " ".join(dict.fromkeys(words))


def to_alexa(response: Response, locale: Locale) -> AlexaResponse:
    """Speech, card, and reprompt."""
    passages = [(part.text, part.rate or response.rate) for part in response.parts]
    answer = AlexaResponse(
        output_speech=SsmlOutputSpeech(ssml=ssml(passages, locale.say_as)),
        card=SimpleCard(title=_title(response, locale), content=_card(response)),
        should_end_session=response.end_session,
    )
    if again := response.reprompt:
        words = [(again.text, response.rate)]
        answer.reprompt = Reprompt(SsmlOutputSpeech(ssml=ssml(words, locale.say_as)))
    return answer


def _plain(response: Response) -> AlexaResponse:
    """The least that can be said, with nothing on the way that could break."""
    return AlexaResponse(
        output_speech=PlainTextOutputSpeech(text=response.speech),
        card=SimpleCard(title=response.title, content=response.speech),
        should_end_session=response.end_session,
    )


def _title(response: Response, locale: Locale) -> str:
    return locale.page["title_guided"] if response.emergency else response.title


def _card(response: Response) -> str:
    """The guidance first, then the answer, its source, and its date."""
    parts = sorted(response.parts, key=lambda part: not part.id.startswith("emergency."))
    lines = [part.text for part in parts] + ([response.source] if response.source else [])
    return "\n\n".join(lines)[:MAX_CARD]


def _attributes(handler_input: HandlerInput) -> Mapping[str, Any] | None:
    session = handler_input.request_envelope.session
    return session.attributes if session else None


def _values(slot: object) -> list[str]:
    """The spoken values in a slot or slot value: one, or a list of them."""
    slot = _mapping(slot)
    if isinstance(value := slot.get("value"), str):
        return [value]
    several = slot.get("values")
    found = several if isinstance(several, list) else []
    return [value for one in found for value in _values(one)]


def _intent_name(envelope: Mapping[str, Any]) -> str:
    return _text(_mapping(_mapping(envelope.get("request")).get("intent")).get("name"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _word(value: object) -> str:
    """A code of Alexa's, fit for a log: never free text."""
    text = _text(value)
    return text if text.isascii() and text.replace("_", "").isalnum() and len(text) < 60 else "?"


@dataclass(frozen=True, slots=True)
class _Handler(AbstractRequestHandler):
    accepts: Callable[[HandlerInput], bool]
    answer: Callable[[HandlerInput], AlexaResponse]

    def can_handle(self, handler_input: HandlerInput) -> bool:
        return self.accepts(handler_input)

    def handle(self, handler_input: HandlerInput) -> AlexaResponse:
        return self.answer(handler_input)


@dataclass(frozen=True, slots=True)
class _Fault(AbstractExceptionHandler):
    answer: _Answer

    def can_handle(self, handler_input: HandlerInput, exception: Exception) -> bool:  # noqa: ARG002
        return True

    def handle(self, handler_input: HandlerInput, exception: Exception) -> AlexaResponse:
        log_fault("the Alexa channel", exception)
        return self.answer.fault(handler_input)
