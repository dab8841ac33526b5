"""The page's HTML: everything it shows without scripts, and what its scripts must know."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for

from skill.channels import audio
from skill.handlers import RATES
from skill.messages import Response, Session
from speech.locale import Locale

_SPOKEN_ON_PAGE = ("not_heard", "not_sure", "cannot_listen", "mic_denied", "mic_missing", "busy")
"""Prompts that the page voices by itself, when listening fails."""
_SHOWN_BY_SCRIPT = (
    "answer_ready", "looking", "starting", "listening", "listener_first", "recognising", "stopped",
    "rate", "unreachable", "insecure", "important", "play", "pause", "answer", "source", "no_audio",
)  # fmt: skip
"""Words of the page that its scripts show, each when its time comes."""


def render(locale: Locale, response: Response | None = None, spoken: str | None = None) -> str:
    """The page, with an answer and where it can be heard, if there is one."""
    article = locale.articles[locale.topic]
    return render_template(
        "page.html",
        locale=locale,
        page=locale.page,
        response=response,
        audio=[(spoken.removesuffix("wav") + kind, kind) for kind in audio.FORMATS]
        if spoken
        else [],
        config=_config(locale),
        signed=(article.reviewed_by, article.reviewed_on)
        if locale.emergency.reviewed_by
        else ("", ""),
        sources=[str(source) for source in article.sources.values()],
        topics=[section.spoken for section in article.sections.values()],
    )


def _config(locale: Locale) -> dict[str, Any]:
    """What the page's scripts must know, put into the page as JSON."""
    return {
        "locale": locale.tag,
        "ask": url_for("web.ask"),
        "listen": url_for("listening.hear", locale=locale.tag),
        "formats": audio.FORMATS,
        "rate": Session().rate,
        "rates": RATES,
        "say_as": dict(locale.say_as),
        "words": {key: locale.page[key] for key in _SHOWN_BY_SCRIPT},
        "prompts": {
            key: {
                "text": locale.text(f"prompts.{key}"),
                "audio": url_for(
                    "audio.wav", locale=locale.tag, rate=Session().rate, passages=f"prompts.{key}"
                ),
            }
            for key in _SPOKEN_ON_PAGE
        },
    }
