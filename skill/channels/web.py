"""The page, the JSON API, and the health check; mounts the audio, the listening, and the files."""

from __future__ import annotations

import json
import logging
import re
import secrets
from dataclasses import replace
from typing import Any

from flask import Blueprint, Flask, current_app, g, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from skill.channels import audio, listening, page, static_files
from skill.channels.wire import RefusedError, passages, readable, to_json
from skill.conversation import Conversation, log_fault
from skill.messages import MAX_TEXT, Response, Session, Utterance
from skill.preferences import user_key
from speech.tts import MAX_RATE, MIN_RATE, Voice

_REASONS = {404: "not_found", 413: "too_big", 503: "busy"}
"""Status → the prompt that says what was wrong; any other: that way of asking."""
_KEY = "place"
_VISITOR = "spasm_guide_visitor"
_A_YEAR = 365 * 24 * 60 * 60
_QUERY = re.compile(r"\?\S*")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def mount(app: Flask, conversation: Conversation, voice: Voice) -> None:
    """Add the page, the API, and their error answers to the app."""
    app.register_blueprint(_blueprint(conversation, voice))
    app.register_blueprint(audio.blueprint(conversation, voice))
    app.register_blueprint(listening.blueprint(app, conversation))
    app.register_blueprint(static_files.BLUEPRINT)
    logging.getLogger("werkzeug").addFilter(_without_query)
    app.logger.addFilter(_without_message)

    @app.after_request
    def headers(response: Any) -> Any:
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        response.headers.extend(_HEADERS)
        _mark(response)
        return response

    @app.errorhandler(RefusedError)
    def refused(error: RefusedError) -> ResponseReturnValue:
        body, code, headers = _refuse(conversation, error.reason, error.words, error.code)
        return body, code, {**headers, **({"Retry-After": "1"} if error.reason == "busy" else {})}

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

    def respond(text: str, locale: str, rate: int | None = None) -> Response:
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            raise RefusedError("not_allowed", text)  # another site's page must not move the place
        visitor = request.cookies.get(_VISITOR) or secrets.token_urlsafe(16)
        user = user_key("browser", visitor, str(current_app.secret_key))
        stored = session.get(_KEY)
        place = Session.from_dict(stored) if stored else conversation.begin(user)
        if rate:
            place = replace(place, rate=rate)
        said = Utterance(text, locale, "web", user=user)
        response, after = conversation.respond(said, place)
        session[_KEY] = after.to_dict()
        if response.intent == "forget_me":
            g.visitor = ""
        elif after.likes != place.likes:
            g.visitor = visitor
        return response

    @blueprint.post("/api/ask")
    def ask() -> ResponseReturnValue:
        fields = _json_fields(request.get_data())
        text, locale = _question(fields, conversation)
        response = respond(text, locale, _rate(fields, text))
        return to_json(response, _audio(response, locale, voice))

    @blueprint.get("/")
    def empty_page() -> ResponseReturnValue:
        return page.render(conversation.listeners[conversation.default].locale)

    @blueprint.post("/")
    def ask_page() -> ResponseReturnValue:
        raw = request.get_data(cache=True)
        fields = request.form.to_dict()
        if len(request.form.getlist("text")) != 1:
            raise RefusedError("no_words", readable(raw))
        text, locale = _question(fields, conversation)
        response = respond(text, locale)
        return page.render(
            conversation.listeners[locale].locale, response, _audio(response, locale, voice)
        )

    @blueprint.get("/healthz")
    def healthz() -> ResponseReturnValue:
        problem = voice.problem()
        lexical = [tag for tag, heard in conversation.listeners.items() if heard.encoder is None]
        forgetful = conversation.memory.problem() if conversation.memory else ""
        by = f"lexicon alone ({', '.join(lexical)})" if lexical else "lexicon and encoder"
        parts = {
            "words": ", ".join(conversation.listeners),
            "understanding": by,
            "safety": by,
            "voice": problem or voice.engine,
            "preferences": forgetful or "kept",
        }
        doors = current_app.extensions["spasm_guide_health"]
        parts |= {name: state() for name, state in doors.items()}
        return {"status": "degraded" if problem or lexical or forgetful else "ok", "parts": parts}

    return blueprint


def _mark(response: Any) -> None:
    """Set or delete the cookie by which a visitor's preferences are found.

    It is set only once there is one to keep, and says nothing but which visitor this is.
    """
    visitor = g.get("visitor")
    if visitor:
        response.set_cookie(
            _VISITOR,
            visitor,
            max_age=_A_YEAR,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )
    elif visitor == "":
        response.delete_cookie(_VISITOR)


def _audio(response: Response, locale: str, voice: Voice) -> str | None:
    """Where the spoken answer is; None where there is no voice. Never costs the text."""
    try:
        if voice.engine == "none":
            return None
        return url_for("audio.wav", locale=locale, rate=response.rate, passages=passages(response))
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
        raise RefusedError("not_json", readable(raw)) from None
    if not isinstance(fields, dict):
        raise RefusedError("not_json", _strings(fields))
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
        raise RefusedError("no_words", _strings(fields))
    if len(text) > MAX_TEXT:
        raise RefusedError("too_long", text)
    if locale is not None and (not isinstance(locale, str) or locale not in conversation.listeners):
        raise RefusedError("unknown_locale", text)
    return text, locale or conversation.default


def _rate(fields: dict[str, Any], text: str) -> int | None:
    """Words a minute that the asker's device remembers, if it says."""
    rate = fields.get("rate")
    if rate is None or (type(rate) is int and MIN_RATE <= rate <= MAX_RATE):
        return rate
    raise RefusedError("wrong_rate", text)


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
        return page.render(conversation.listeners[conversation.default].locale, response), code, {}
    except Exception as error:  # noqa: BLE001 – where the page itself broke, its words still stand
        log_fault("the page", error)
        return response.speech, code, {"Content-Type": "text/plain; charset=utf-8"}
