"""The page, the JSON API, the audio, and the health check."""

from __future__ import annotations

import json
import logging
import re
from threading import BoundedSemaphore
from typing import Any

from flask import Blueprint, Flask, current_app, render_template, request, session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from skill.channels.wire import passages, readable, to_json
from skill.conversation import Conversation, log_fault
from skill.messages import MAX_TEXT, Response, Session, Utterance
from speech.locale import Locale
from speech.tts import MAX_RATE, MIN_RATE, Spoken, Voice, spoken_form

MAX_PARTS = 8
"""Most parts that one audio address may name."""
_REASONS = {404: "not_found", 413: "too_big", 503: "busy"}
"""Status → the prompt that says what was wrong; any other: that way of asking."""
MAX_AUDIO = 3
"""Most audio answers made at once: an emergency must always find a free thread."""
_KEY = "place"
_QUERY = re.compile(r"\?\S*")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; "
    "media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class _InputError(Exception):
    """Input that is no question. reason: key of the prompt that says so."""

    def __init__(self, reason: str, words: str = "") -> None:
        super().__init__(reason)
        self.reason, self.words = reason, words


def mount(app: Flask, conversation: Conversation, voice: Voice) -> None:
    """Add the page, the API, and their error answers to the app."""
    app.register_blueprint(_blueprint(conversation, voice))
    logging.getLogger("werkzeug").addFilter(_without_query)
    app.logger.addFilter(_without_message)

    @app.after_request
    def headers(response: Any) -> Any:
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        response.headers.extend(_HEADERS)
        return response

    @app.errorhandler(_InputError)
    def refused(error: _InputError) -> ResponseReturnValue:
        return _refuse(conversation, error.reason, error.words, 400)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        code = error.code or 500
        if code < 400:  # a redirect
            return error
        reason = "error" if code == 500 else _REASONS.get(code, "not_allowed")
        body, _, headers = _refuse(conversation, reason, _words_of_request(), code)
        allowed = getattr(error, "valid_methods", None)
        return body, code, {**headers, **({"Allow": ", ".join(allowed)} if allowed else {})}

    @app.errorhandler(Exception)
    def fault(error: Exception) -> ResponseReturnValue:
        log_fault("the web channel", error)
        return _refuse(conversation, "error", _words_of_request(), 500)


def _words_of_request() -> str:
    """What words came with a request that is refused as a whole; none where it was too big."""
    try:
        return readable(request.get_data(cache=True))
    except HTTPException:
        return ""


def _blueprint(conversation: Conversation, voice: Voice) -> Blueprint:
    blueprint = Blueprint("web", __name__)
    desks = BoundedSemaphore(MAX_AUDIO)

    def respond(text: str, locale: str) -> Response:
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            raise _InputError("not_allowed", text)  # another site's page must not move the place
        place = Session.from_dict(session.get(_KEY))
        response, place = conversation.respond(Utterance(text, locale, "web"), place)
        session[_KEY] = place.to_dict()
        return response

    @blueprint.post("/api/ask")
    def ask() -> ResponseReturnValue:
        text, locale = _question(_json_fields(request.get_data()), conversation)
        response = respond(text, locale)
        return to_json(response, _audio(response, locale, voice))

    @blueprint.get("/")
    def page() -> ResponseReturnValue:
        return _page(conversation.listeners[conversation.default].locale)

    @blueprint.post("/")
    def ask_page() -> ResponseReturnValue:
        raw = request.get_data(cache=True)
        fields = request.form.to_dict()
        if len(request.form.getlist("text")) != 1:
            raise _InputError("no_words", readable(raw))
        text, locale = _question(fields, conversation)
        response = respond(text, locale)
        audio = _audio(response, locale, voice)
        return _page(conversation.listeners[locale].locale, response, audio)

    @blueprint.get("/api/speech/<locale>/<int:rate>/<passages>.wav")
    def speech(locale: str, rate: int, passages: str) -> ResponseReturnValue:
        listener = conversation.listeners.get(locale)
        spoken = _spoken(listener.locale, rate, passages) if listener else None
        if not spoken or not listener:
            return _refuse(conversation, "not_found", "", 404)
        if not desks.acquire(blocking=False):
            return _refuse(conversation, "busy", "", 503)
        try:
            wav = voice.speak(spoken, listener.locale.voice)
        except Exception as error:  # noqa: BLE001 – a voice that breaks costs the audio, no more
            log_fault("the voice", error)
            return _refuse(conversation, "voice_failed", "", 503)
        finally:
            desks.release()
        answer = current_app.response_class(wav, mimetype="audio/wav")
        answer.add_etag()
        answer.headers["Cache-Control"] = "private, no-cache"  # keep it, but ask again
        return answer.make_conditional(request, accept_ranges=True, complete_length=len(wav))

    @blueprint.get("/healthz")
    def healthz() -> ResponseReturnValue:
        problem = voice.problem()
        lexical = [tag for tag, heard in conversation.listeners.items() if heard.encoder is None]
        by = f"lexicon alone ({', '.join(lexical)})" if lexical else "lexicon and encoder"
        parts = {
            "words": ", ".join(conversation.listeners),
            "understanding": by,
            "safety": by,
            "voice": problem or voice.engine,
        }
        doors = current_app.extensions["spasm_guide_health"]
        parts |= {name: state() for name, state in doors.items()}
        return {"status": "degraded" if problem or lexical else "ok", "parts": parts}

    return blueprint


def _spoken(locale: Locale, rate: int, named: str) -> list[Spoken] | None:
    """The passages of an audio address; None where it names one that is not there to say."""
    spoken = []
    for passage in named.split("+")[: MAX_PARTS + 1]:
        part_id, _, own = passage.partition("@")
        try:
            wanted, text = int(own or rate), locale.text(part_id)
        except (ValueError, KeyError):
            return None
        if not MIN_RATE <= wanted <= MAX_RATE:
            return None
        spoken.append(Spoken(part_id, spoken_form(text, locale.say_as), wanted))
    return spoken if len(spoken) <= MAX_PARTS else None


def _audio(response: Response, locale: str, voice: Voice) -> str | None:
    """Where the spoken answer is; None where there is no voice. Never costs the text."""
    try:
        if voice.engine == "none":
            return None
        return current_app.url_for(
            "web.speech", locale=locale, rate=response.rate, passages=passages(response)
        )
    except Exception as error:  # noqa: BLE001 – a voice that breaks never blocks the text
        log_fault("the voice", error)
        return None


def _without_message(record: logging.LogRecord) -> bool:
    """Of a fault that Flask logs keep the type: its message could hold what a user said."""
    if record.exc_info and record.exc_info[0]:
        record.msg = f"{record.msg} ({record.exc_info[0].__name__})"
        record.exc_info = None
    return True


def _without_query(record: logging.LogRecord) -> bool:
    """Keep what follows a "?" out of the development server's access log: it may be words."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            _QUERY.sub("?", arg) if isinstance(arg, str) else arg for arg in record.args
        )
    return True


def _json_fields(raw: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(raw.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _InputError("not_json", readable(raw)) from None
    if not isinstance(fields, dict):
        raise _InputError("not_json", _strings(fields))
    return fields


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object with each name once: of two texts, which would be the question?"""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name is there twice")
    return dict(pairs)


def _question(fields: dict[str, Any], conversation: Conversation) -> tuple[str, str]:
    """Text and locale of a question; refuses what is none, with the words it could read."""
    text, locale = fields.get("text"), fields.get("locale")
    if not isinstance(text, str) or not any(c.isalnum() for c in text):
        raise _InputError("no_words", _strings(fields))
    if len(text) > MAX_TEXT:
        raise _InputError("too_long", text)
    if locale is not None and (not isinstance(locale, str) or locale not in conversation.listeners):
        raise _InputError("unknown_locale", text)
    return text, locale or conversation.default


def _strings(value: object) -> str:
    """Every string in a JSON value, names included, in one text."""
    found: list[str] = []
    stack: list[object] = [value]
    while stack:
        match stack.pop():
            case str(text):
                found.append(text)
            case dict(mapping):
                stack += [*mapping.values(), *mapping]
            case list(items):
                stack += items
    return " ".join(reversed(found))


def _refuse(
    conversation: Conversation, reason: str, words: str, code: int
) -> tuple[Any, int, dict[str, str]]:
    response = conversation.refuse(reason, words)
    if request.path.startswith(("/api/", "/healthz")):
        return (
            {
                "error": conversation.refuse(reason).speech,  # also where nothing may follow
                "speech": response.speech,
                "guidance": response.guidance,
                "emergency": response.emergency,
            },
            code,
            {},
        )
    try:
        return _page(conversation.listeners[conversation.default].locale, response), code, {}
    except Exception as error:  # noqa: BLE001 – where the page itself broke, its words still stand
        log_fault("the page", error)
        return response.speech, code, {"Content-Type": "text/plain; charset=utf-8"}


def _page(locale: Locale, response: Response | None = None, audio: str | None = None) -> str:
    article = locale.articles[locale.topic]
    return render_template(
        "page.html",
        locale=locale,
        page=locale.page,
        response=response,
        audio=audio,
        signed=(article.reviewed_by, article.reviewed_on)
        if locale.emergency.reviewed_by
        else ("", ""),
        topics=[section.spoken for section in article.sections.values()],
    )
