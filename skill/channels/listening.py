"""What the page's microphone heard: POST /api/listen takes a recording and gives its words.

The recording is neither stored nor logged. The answer is asked for apart, with the words, so that
the safety rule hears them as it hears typed ones.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from threading import BoundedSemaphore

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue

from skill.channels.alexa.interaction_model import read_alexa
from skill.channels.alexa.sign_samples import sign_samples
from skill.channels.wire import RefusedError
from skill.conversation import Conversation, log_fault
from speech.asr import (
    MAX_BYTES,
    Heard,
    PocketSphinx,
    Recogniser,
    RecordingError,
    samples,
    sentences,
)
from speech.locale import LOCALES, Locale

MAX_LISTENING = 2
"""Most recordings in hand at once: an emergency must always find a free thread."""
_SIGNS = 1_500
"""Ways of saying a sign that are listened for."""

_ENOUGH = 3
"""Words that noise does not make into a question."""


def blueprint(app: Flask, conversation: Conversation) -> Blueprint:
    """The addresses that listen, and what they tell /healthz."""
    words = Path(str(app.config.get("LOCALES") or LOCALES))
    ears: dict[str, Recogniser] = {
        tag: PocketSphinx(partial(_expected, listener.locale, words / tag), listener.locale.sounds)
        for tag, listener in conversation.listeners.items()
    }
    desks = BoundedSemaphore(MAX_LISTENING)
    listen = Blueprint("listening", __name__)
    default = ears[conversation.default]
    app.extensions["spasm_guide_health"]["listening"] = lambda: default.problem() or default.engine

    @listen.get("/api/listen")
    def ready() -> ResponseReturnValue:
        """Get ready while the user speaks."""
        return {"ready": _asked_for(ears, conversation).prepare()}

    @listen.post("/api/listen")
    def hear() -> ResponseReturnValue:
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            raise RefusedError("not_allowed")
        request.max_content_length = MAX_BYTES
        try:
            recording = samples(request.get_data(cache=False))
        except RecordingError:
            raise RefusedError("not_wav") from None
        listening = _asked_for(ears, conversation)
        if not desks.acquire(blocking=False):
            raise RefusedError("busy", code=503)
        try:
            heard = listening.transcribe(recording)
            tag = request.args.get("locale") or conversation.default
            return _judged(heard, conversation, tag)
        except Exception as error:  # noqa: BLE001 – whatever breaks, typing still works
            log_fault("the recogniser", error)
            raise RefusedError("cannot_listen", code=503) from None
        finally:
            desks.release()

    return listen


def _asked_for(ears: dict[str, Recogniser], conversation: Conversation) -> Recogniser:
    found = ears.get(request.args.get("locale") or conversation.default)
    if not found:
        raise RefusedError("unknown_locale")
    return found


def _judged(heard: Heard, conversation: Conversation, tag: str) -> dict[str, object]:
    """The words, and whether to answer them at once.

    Sure where a sign was heard, since to ask again costs time; where the words are just what people
    say; and where both ways of listening mean the same.
    """
    if not heard.words:
        return {"heard": heard.sentence, "sure": False}
    if conversation.mentions(heard.words, tag):
        return {"heard": heard.words, "sure": True}
    understand = conversation.listeners[tag].recogniser.understand
    meant, again = understand(heard.words), understand(heard.sentence)
    sure = (meant.exact and len(heard.words.split()) >= _ENOUGH) or (
        bool(heard.sentence) and meant.intent == again.intent != "out_of_scope"
    )
    return {"heard": heard.words, "sure": sure}


def _expected(locale: Locale, folder: Path) -> tuple[list[str], list[str]]:
    """What to listen for: how questions are asked and how signs are said."""
    signs = sign_samples(
        locale.emergency.signs, locale.tag.partition("-")[0], _SIGNS, lambda *_: True
    )
    written = read_alexa(folder).signs if (folder / "alexa.yaml").is_file() else {}
    natural = [sample for sign in written.values() for sample in sign.samples]
    said, likely = sentences(locale, [s for kind in signs.values() for s in kind] + 3 * natural)
    return said, [*likely, *natural]
