"""Someone who talks through one door for a while: the door keeps the place, as for any user."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from flask import Flask
from flask.testing import FlaskClient

from skill.conversation import Conversation
from skill.messages import Session, Utterance
from speech.text import normalise
from tests.alexa_certificates import envelope
from tests.drivers import signed_request, split_carrier, spoken_words, words_on_page

MODEL: Any = json.loads(
    (Path(__file__).parents[1] / "interaction_models/en-US.json").read_text(encoding="utf-8")
)
ALEXA_INTENTS: dict[str, str] = {
    normalise(sample): intent["name"]
    for intent in MODEL["interactionModel"]["languageModel"]["intents"]
    for sample in intent.get("samples", [])
    if "{" not in sample
}
"""What Alexa recognises word for word, of which the skill then hears the intent alone."""
for _word in ("yes", "no", "stop", "cancel", "repeat", "next", "previous", "help", "start over"):
    ALEXA_INTENTS.setdefault(_word, f"AMAZON.{_word.title().replace(' ', '')}Intent")


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer, as far as its door tells."""

    speech: str
    ids: list[str] | None = None
    intent: str | None = None
    guidance: str | None = None
    rate: int | None = None
    ended: bool | None = None
    kept: str = ""
    """The session as the door keeps it."""


class Talker(Protocol):
    """One user at one door."""

    def say(self, text: str) -> Seen: ...

    def leave(self) -> None:
        """End the session; the next words begin another of the same user."""


@dataclass
class CoreTalker:
    """No door: the conversation itself."""

    conversation: Conversation
    session: Session = field(default_factory=Session)

    def say(self, text: str) -> Seen:
        utterance = Utterance(text, "en-US", "test")
        response, self.session = self.conversation.respond(utterance, self.session)
        return Seen(
            response.speech,
            [part.id for part in response.parts],
            response.intent,
            response.guidance,
            response.rate,
            response.end_session,
            json.dumps(self.session.to_dict()),
        )

    def leave(self) -> None:
        self.session = Session()


def seen_in_json(body: dict[str, Any], kept: str = "") -> Seen:
    """What an answer of the JSON API says."""
    return Seen(
        body["speech"],
        [part["id"] for part in body["parts"]],
        body["intent"],
        body["guidance"],
        body["rate"],
        body["end_session"],
        kept,
    )


@dataclass
class JsonTalker:
    """A program that keeps the cookie."""

    client: FlaskClient

    def say(self, text: str) -> Seen:
        answer = self.client.post("/api/ask", json={"text": text})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return seen_in_json(answer.get_json(), _cookie(self.client))

    def leave(self) -> None:
        self.client.delete_cookie("spasm_guide")


@dataclass
class PageTalker:
    """A browser without JavaScript."""

    client: FlaskClient

    def say(self, text: str) -> Seen:
        answer = self.client.post("/", data={"text": text})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200, page
        return Seen(words_on_page(page), kept=_cookie(self.client))

    def leave(self) -> None:
        self.client.delete_cookie("spasm_guide")


@dataclass
class AlexaTalker:
    """An Echo: words that are a sample of the model's arrive as their intent alone."""

    app: Flask
    user: str
    attributes: dict[str, Any] = field(default_factory=dict)

    def say(self, text: str) -> Seen:
        heard = normalise(text)
        if heard in ("hello", "open spasm guide"):
            return self.send(type="LaunchRequest")
        if name := ALEXA_INTENTS.get(heard):
            return self.send(type="IntentRequest", intent={"name": name, "slots": {}})
        name, query = split_carrier(heard)
        slots = {"query": {"name": "query", "value": query}}
        return self.send(type="IntentRequest", intent={"name": name, "slots": slots})

    def send(self, **request: Any) -> Seen:
        """One request of Alexa's own shape."""
        body = envelope(**request)
        body["context"]["System"]["user"] = {"userId": self.user}
        body["session"]["attributes"] = self.attributes
        answer = self.app.test_client().post("/alexa", **signed_request(body))
        assert answer.status_code == 200, answer.status
        found: dict[str, Any] = answer.get_json()
        ended = bool(found["response"]["shouldEndSession"])
        kept = found["sessionAttributes"]
        assert ("reprompt" in found["response"]) is not ended
        self.attributes = {} if ended else kept  # Alexa keeps nothing beyond the session
        return Seen(spoken_words(found), rate=kept.get("rate"), ended=ended, kept=json.dumps(kept))

    def leave(self) -> None:
        self.attributes = {}


def at_terminal(app: Flask, said: Sequence[str]) -> list[Seen]:
    """A whole conversation read from standard input by `flask ask`."""
    lines = "".join(f"{text}\n" for text in said)
    result = app.test_cli_runner().invoke(args=["ask", "--json", "--quiet"], input=lines)
    assert result.exit_code == 0, (result.output, result.exception)
    return [seen_in_json(json.loads(line)) for line in result.stdout.splitlines()]


def _cookie(client: FlaskClient) -> str:
    cookie = client.get_cookie("spasm_guide")
    return cookie.value if cookie else ""
