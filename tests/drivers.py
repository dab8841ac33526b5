"""How the tests talk through each door: a question in, what was voiced or shown out."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from flask import Flask

from skill.channels.alexa import interaction_model
from skill.channels.alexa.request_verifier import RequestVerifier
from speech.locale import LOCALES
from speech.text import normalise
from tests.alexa_certificates import NOW, SKILL_ID, Authority, envelope, signed


@dataclass(frozen=True, slots=True)
class Heard:
    """What came out of a door."""

    speech: str
    """The words voiced or shown as the answer, in order."""
    refused: bool = False


Driver = Callable[..., Heard]


def ask_json(app: Flask, text: str, locale: str | None = None) -> Heard:
    body = {"text": text} | ({"locale": locale} if locale else {})
    answer = app.test_client().post("/api/ask", json=body)
    assert answer.status_code in (200, 400), answer.get_data(as_text=True)
    return Heard(answer.get_json()["speech"], answer.status_code == 400)


def ask_page(app: Flask, text: str, locale: str | None = None) -> Heard:
    form = {"text": text} | ({"locale": locale} if locale else {})
    answer = app.test_client().post("/", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code in (200, 400), page
    return Heard(words_on_page(page), answer.status_code == 400)


def words_on_page(page: str) -> str:
    """The words of the answer that a page shows."""
    found = re.search(r'<section aria-labelledby="answer".*?</h2>(.*?)</section>', page, re.S)
    assert found, page
    shown = re.split(r'<div id="native"|<p class="note"', found[1])[0]
    shown = re.sub(r'<span class="unseen">.*?</span>', "", shown)  # "Important:"
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def ask_terminal(app: Flask, text: str, locale: str | None = None) -> Heard:
    options = ["--locale", locale] if locale else []
    result = app.test_cli_runner().invoke(args=["ask", *options, "--wav", "/dev/null", "--", text])
    assert result.exit_code in (0, 2), (result.output, result.exception)
    return Heard(" ".join(result.stdout.split()), result.exit_code == 2)


AMAZON = Authority()
CARRIERS = interaction_model.carriers(interaction_model.read_alexa(LOCALES / "en-US"))


def verifier() -> RequestVerifier:
    """The real verifier, trusting a throw-away authority in Amazon's place."""
    chain = AMAZON.chain()
    return RequestVerifier([SKILL_ID], roots=[AMAZON.root], fetch=lambda _: chain, now=lambda: NOW)


def signed_request(body: dict[str, Any] | bytes) -> dict[str, Any]:
    """What a client posts: the body, and the headers that sign it."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return {"data": raw, "headers": signed(raw)}


def split_carrier(text: str) -> tuple[str, str]:
    """As Alexa passes free speech on: the intent of the longest carrier, and the rest."""
    fitting = {n: c.partition("{")[0] for n, c in CARRIERS.items() if text.startswith(c[:-7])}
    name = max(fitting, key=lambda n: len(fitting[n]), default="")
    if not name:  # someone who says it as a question to the skill
        name = next(n for n, c in CARRIERS.items() if c == "i have a question {query}")
        return name, text
    return name, text[len(fitting[name]) :]


def ask_alexa(app: Flask, text: str, locale: str | None = None) -> Heard:
    name, query = split_carrier(normalise(text))
    slots = {"query": {"name": "query", "value": query, "confirmationStatus": "NONE"}}
    intent = {"name": name, "slots": slots, "confirmationStatus": "NONE"}
    place: dict[str, Any] = {"locale": locale} if locale else {}
    body = envelope(type="IntentRequest", intent=intent, **place)
    answer = app.test_client().post("/alexa", **signed_request(body))
    assert answer.status_code == 200, answer.status
    return Heard(spoken_words(answer.get_json()))


def spoken_words(body: dict[str, Any]) -> str:
    """The words of an Alexa response's speech; where it is SSML it must be well-formed."""
    speech = body["response"]["outputSpeech"]
    if speech["type"] == "PlainText":
        return str(speech["text"])
    spoken = ElementTree.fromstring(speech["ssml"])
    paragraphs = ["".join(paragraph.itertext()) for paragraph in spoken.iter("p")]
    return " ".join(" ".join(paragraphs).split())


DRIVERS: dict[str, dict[str, Driver]] = {
    "web": {"json": ask_json, "page": ask_page},
    "terminal": {"terminal": ask_terminal},
    "alexa": {"alexa": ask_alexa},
}
"""Channel module → its doors."""

DOORS = {name: driver for doors in DRIVERS.values() for name, driver in doors.items()}
