"""A Response as JSON, as an audio address, as what the voice is to say; and its refusal."""

import re
from typing import Any
from urllib.parse import unquote_plus

from skill.messages import Response
from speech.locale import Locale
from speech.tts import Spoken, spoken_form


class RefusedError(Exception):
    """A request that gets no answer of its own. reason: key of the prompt that says why.

    words: what could be read in it, for the safety rule.
    """

    def __init__(self, reason: str, words: str = "", code: int = 400) -> None:
        super().__init__(reason)
        self.reason, self.words, self.code = reason, words, code


_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def readable(raw: bytes) -> str:
    """The words in bytes of whatever kind, to be searched for signs and nothing else.

    UTF-8, UTF-16, and otherwise byte by byte; escapes of JSON and of forms are read beside them.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in raw[:64]:
        raw = raw.replace(b"\0", b"")
    text = raw.decode("utf-8", errors="ignore")
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return text if "%" not in text else f"{text} {unquote_plus(text)}"


def to_json(response: Response, audio: str | None) -> dict[str, Any]:
    """The body of an answer (README, the programs' contract)."""
    body: dict[str, Any] = {
        "intent": response.intent,
        "topic": response.topic,
        "speech": response.speech,
        "parts": [{"id": part.id, "text": part.text} for part in response.parts],
        "reprompt": response.reprompt.text if response.reprompt else None,
        "guidance": response.guidance,
        "emergency": response.emergency,
        "end_session": response.end_session,
        "title": response.title,
        "source": response.source,
        "rate": response.rate,
        "audio": audio,
    }
    return body | ({"candidates": list(response.candidates)} if response.candidates else {})


def passages(response: Response) -> str:
    """The parts as an audio address names them, "id+id@rate": any machine can speak it."""
    return "+".join(p.id if p.rate is None else f"{p.id}@{p.rate}" for p in response.parts)


def spoken(response: Response, locale: Locale) -> list[Spoken]:
    """What the voice is to say, each part at its own rate in words a minute."""
    return [
        Spoken(p.id, spoken_form(p.text, locale.say_as), p.rate or response.rate)
        for p in response.parts
    ]
