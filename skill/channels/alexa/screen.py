"""The screen of an Alexa device that has one: the words that are voiced, the guidance first.

How they look is data, in `screen.json`: an APL document that imports nothing and holds nothing to
touch, for the skill cannot call and nothing on its screen may look as if it could.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from skill.messages import Response
from speech.locale import GUIDANCE_FORMS, Locale
from speech.tts import spoken_form

APL = "Alexa.Presentation.APL"
TOKEN = "spasm_guide"  # noqa: S105 – names the document on the device, and is no secret
DOCUMENT: Mapping[str, Any] = json.loads(
    Path(__file__).with_name("screen.json").read_text(encoding="utf-8")
)

_GUIDANCE = tuple(f"emergency.{name}" for name in (*GUIDANCE_FORMS, "closing"))
"""How the ids of what belongs on the card begin; what to do while waiting is an answer."""


def supports_apl(envelope: Mapping[str, Any]) -> bool:
    """Whether the device that sent a request envelope has a screen for us. Takes any shape."""
    found: object = envelope
    for key in ("context", "System", "device", "supportedInterfaces", APL):
        found = found.get(key) if isinstance(found, Mapping) else None
    return isinstance(found, Mapping)


def directive(response: Response, locale: Locale) -> dict[str, Any] | None:
    """The directive that shows a response; only for a device that `supports_apl`.

    None for a goodbye, which leaves the screen to the device. The document in it is shared by
    every call: read it, never change it.
    """
    if response.intent == "stop" and not response.emergency:
        return None
    words = tuple(locale.say_as.items())
    shown = [_passage(kind, text, words) for kind, text in _passages(response, locale)]
    return {
        "type": f"{APL}.RenderDocument",
        "token": TOKEN,
        "document": {**DOCUMENT, "lang": locale.tag},
        "datasources": {"screen": {"passages": shown}},
    }


@lru_cache(maxsize=4_096)  # what is shown is fixed, so it is prepared once
def _passage(kind: str, text: str, say_as: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {
        "kind": kind,
        "text": escape(text, quote=False),  # a Text reads its words as markup
        "label": spoken_form(text, dict(say_as)),
    }


def _passages(response: Response, locale: Locale) -> Iterator[tuple[str, str]]:
    """Kind and words of each passage, in the order shown."""
    kinds = [("guidance" if p.id.startswith(_GUIDANCE) else "answer", p) for p in response.parts]
    yield from ((kind, part.text) for kind, part in kinds if kind == "guidance")
    if response.title:
        yield "title", response.title
    yield from ((kind, part.text) for kind, part in kinds if kind == "answer")
    if response.source:
        yield "source", f"{locale.page['source']} {response.source}"
