"""POST /alexa, over HTTP, with signed requests of the shapes that real devices send."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app import create_app
from skill.channels.alexa import interaction_model, place
from skill.conversation import Conversation
from speech.locale import LOCALES, Locale
from speech.quoted_yaml import read
from tests.alexa_certificates import SKILL_ID, envelope
from tests.drivers import CARRIERS, ask_alexa, signed_request, split_carrier, spoken_words

DATA = Path(__file__).parent / "data/alexa"
DEVICES: dict[str, Any] = json.loads((DATA / "devices.json").read_text(encoding="utf-8"))
TURNS: Any = read(DATA / "conversation.yaml")["turns"]


def post(app: Flask, body: dict[str, Any] | bytes) -> Any:
    return app.test_client().post("/alexa", **signed_request(body))


def ask(app: Flask, body: dict[str, Any]) -> dict[str, Any]:
    answer = post(app, body)
    assert answer.status_code == 200
    assert len(answer.data) <= 24_000
    found: dict[str, Any] = answer.get_json()
    if "outputSpeech" in found["response"]:
        assert len(json.dumps(found["response"]["outputSpeech"])) <= 8_000
        spoken_words(found)
        assert found["response"]["card"]["content"]
    return found


def intent_request(turn: dict[str, Any]) -> dict[str, Any]:
    if "query" in turn:
        name, query = split_carrier(turn["query"])
        slots = {"query": query}
    else:
        name, slots = turn.get("intent", ""), turn.get("slots", {})
    if not name:
        return {"type": turn["type"]}
    filled = {
        slot: {
            "name": slot,
            "value": value,
            "confirmationStatus": "NONE",
            "source": "USER",
            "slotValue": {"type": "Simple", "value": value},
        }
        for slot, value in slots.items()
    }
    return {
        "type": "IntentRequest",
        "dialogState": "STARTED",
        "intent": {"name": name, "confirmationStatus": "NONE", "slots": filled},
    }


def device_envelope(device: str, attributes: dict[str, Any], **request: Any) -> dict[str, Any]:
    body: dict[str, Any] = copy.deepcopy(DEVICES[device])
    body["request"] = envelope()["request"] | request
    body["session"]["attributes"] = attributes
    body["context"]["System"]["user"] = {"userId": f"amzn1.ask.account.{device}"}
    return body


@pytest.mark.parametrize("device", DEVICES)
def test_a_conversation(app: Flask, locale: Locale, device: str) -> None:
    attributes: dict[str, Any] = {}
    stranger = uuid4().hex  # whom the skill has not met
    for turn in TURNS:
        body = device_envelope(device, attributes, **intent_request(turn))
        body["context"]["System"]["user"]["userId"] = stranger
        found = ask(app, body)
        response = found["response"]
        words = spoken_words(found)
        for part_id in turn["has"]:
            assert locale.text(part_id) in words, (turn, words)
        assert response["shouldEndSession"] is (turn["open"] == "no")
        assert words.endswith("?") is (turn["open"] == "yes"), "open exactly where it asks"
        assert ("reprompt" in response) is (turn["open"] == "yes")
        if turn.get("guided"):
            assert words.startswith("Call ")
            assert response["card"]["content"].startswith("Call ")
            assert response["card"]["title"] == "Call 911"
        shows = device != "echo_dot" and "prompts.goodbye" not in turn["has"]
        assert ("directives" in response) is shows, "a screen where there is one"
        attributes = found["sessionAttributes"]
        assert len(json.dumps(attributes)) < 1024
        assert attributes.get("rate", 150) == int(turn.get("rate", attributes.get("rate", 150)))


@pytest.mark.parametrize(
    "request_type",
    [
        "SessionEndedRequest",
        "System.ExceptionEncountered",
        "AudioPlayer.PlaybackStarted",
        "Alexa.Presentation.APL.UserEvent",
        "AlexaSkillEvent.SkillEnabled",
        "CanFulfillIntentRequest",
        "Something.New",
    ],
)
def test_what_takes_no_speech_gets_an_empty_200(app: Flask, request_type: str) -> None:
    error = {"type": "INVALID_RESPONSE", "message": "words a user said"}
    found = ask(app, envelope(type=request_type, error=error, reason="USER_INITIATED"))
    assert "outputSpeech" not in found["response"]


def test_what_alexa_says_of_a_response_is_logged_by_its_code(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    error = {"type": "INVALID_RESPONSE", "message": "words a user said"}
    ask(app, envelope(type="System.ExceptionEncountered", error=error))
    assert "INVALID_RESPONSE" in caplog.text
    assert "words" not in caplog.text


PARTIAL: list[dict[str, Any]] = [
    {"type": "IntentRequest"},
    {"type": "IntentRequest", "intent": None},
    {"type": "IntentRequest", "intent": {}},
    {"type": "IntentRequest", "intent": {"name": None}},
    {"type": "IntentRequest", "intent": {"name": "CausesIntent", "slots": None}},
    {"type": "IntentRequest", "intent": {"name": "CausesIntent", "slots": {"topic": None}}},
    {"type": "IntentRequest", "intent": {"name": "CausesIntent", "slots": {"topic": {}}}},
    {"type": "IntentRequest", "intent": {"name": "CausesIntent"}, "unknown": {"field": [1]}},
    {"type": "LaunchRequest", "task": {"name": "x"}, "locale": 5},
    {"type": "LaunchRequest", "locale": None},
]


@pytest.mark.parametrize("request_fields", PARTIAL)
def test_partial_envelopes_are_answered(app: Flask, request_fields: dict[str, Any]) -> None:
    assert "outputSpeech" in ask(app, envelope(**request_fields))["response"]


@pytest.mark.parametrize(
    "session",
    [None, {}, [], "x", {"attributes": None}, {"attributes": [1]}, {"attributes": {"version": 9}}],
)
def test_any_session_is_answered(app: Flask, session: object) -> None:
    body = envelope() | {"session": session}
    assert "outputSpeech" in ask(app, body)["response"]


DROOPING = {"type": "Simple", "value": "my face is drooping"}
CRAMP = {"type": "Simple", "value": "cramp"}


@pytest.mark.parametrize(
    "slot",
    [
        {"value": "my face is drooping"},
        {"slotValue": DROOPING},
        {
            "slotValue": {
                "type": "List",
                "values": [
                    {"type": "Simple", "value": "cramp"},
                    {"type": "Simple", "value": "my face is drooping"},
                ],
            }
        },
        {"value": "my face is drooping", "resolutions": {"resolutionsPerAuthority": []}},
    ],
)
def test_every_slot_goes_through_the_rule(app: Flask, slot: dict[str, Any]) -> None:
    intent = {"name": "CausesIntent", "slots": {"topic": {"name": "topic"} | slot}}
    words = spoken_words(ask(app, envelope(type="IntentRequest", intent=intent)))
    assert words.startswith("Call 911")


def test_stripped_carriers_are_put_back(app: Flask) -> None:
    """ "she {query}": the sign is in neither half."""
    name = next(n for n, c in CARRIERS.items() if c == "she {query}")
    slots = {"query": {"name": "query", "value": "can't lift her left arm"}}
    body = envelope(type="IntentRequest", intent={"name": name, "slots": slots})
    assert spoken_words(ask(app, body)).startswith("Call 911 or your local")


def test_no_carrier_mentions_a_sign(conversation: Conversation) -> None:
    rule = conversation.listeners["en-US"].rule
    assert not [c for c in CARRIERS.values() if rule.mention(c.replace("{query}", ""))]


def test_sign_intents_are_certain_mentions(conversation: Conversation) -> None:
    rule = conversation.listeners["en-US"].rule
    words = interaction_model.mentions(interaction_model.read_alexa(LOCALES / "en-US"))
    for name, stands_for in words.items():
        mention = rule.mention(stands_for)
        assert mention is not None, name
        assert mention.strength == "certain", name


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en-US", ("en-US", False)),
        ("en-GB", ("en-US", True)),
        ("fr-FR", ("en-US", True)),
        ("", ("en-US", True)),
        (None, ("en-US", False)),
    ],
)
def test_place(locale: Locale, tag: str | None, expected: tuple[str, bool]) -> None:
    assert place({"request": {"locale": tag}}, {"en-US": locale}, "en-US") == expected


@pytest.mark.parametrize("tag", ["en-GB", "fr-FR", "xx"])
@pytest.mark.parametrize(
    "said",
    [
        "can a stroke cause spasms",
        "i want to kill myself",
        "what causes spasms",
        "help",
        "zebra crossing",
    ],
)
def test_elsewhere_no_number_stands_alone(app: Flask, tag: str, said: str) -> None:
    words = ask_alexa(app, said, tag).speech
    assert "988" not in words
    assert words.count("911") == words.count("911 or your local emergency number")


def test_wordless_requests_name_the_number(app: Flask) -> None:
    for name in ("AMAZON.HelpIntent", "AMAZON.FallbackIntent"):
        found = ask(app, envelope(type="IntentRequest", intent={"name": name, "slots": {}}))
        assert "call 911" in spoken_words(found)


def test_a_broken_door_still_gives_the_guidance(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("skill.channels.alexa.handlers.to_alexa", broken)
    words = ask_alexa(app, "my husband is slurring his words").speech
    assert words.startswith("Call 911")
    assert "secret" not in words
    sign = envelope(type="IntentRequest", intent={"name": "SignIntent"})
    assert spoken_words(post(app, sign).get_json()).startswith("Call 911")
    assert "something broke" in ask_alexa(app, "what causes spasms").speech


BAD_BODIES: dict[str, bytes] = {
    "empty": b"",
    "malformed": b'{"request": ',
    "array": b"[]",
    "deep": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "not UTF-8": b'{"request": "\xff"}',
    "no request": b"{}",
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_bad_bodies_get_an_empty_400(app: Flask, name: str) -> None:
    answer = post(app, BAD_BODIES[name])
    assert (answer.status_code, answer.data) == (400, b"")


def test_unsigned_and_too_big(app: Flask, client: FlaskClient) -> None:
    assert client.post("/alexa", json=envelope()).status_code == 400
    assert client.post("/alexa", data=b"x" * 1_000_000).status_code == 413
    assert client.get("/alexa").status_code == 405
    wrong = signed_request(envelope(skill_id="amzn1.ask.skill.other"))
    assert client.post("/alexa", **wrong).status_code == 400


def test_without_skill_ids_every_request_is_refused() -> None:
    app = create_app({"SECRET_KEY": "x"})
    assert post(app, envelope()).status_code == 400
    health = app.test_client().get("/healthz").get_json()
    assert "SPASM_GUIDE_ALEXA_SKILL_IDS" in health["parts"]["alexa"]


def test_development_serves_only_this_machine(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app({"SECRET_KEY": "x", "ALEXA_VERIFY_REQUESTS": False})
    assert "NOT VERIFIED" in caplog.text
    client = app.test_client()
    assert client.post("/alexa", json=envelope(skill_id="any")).status_code == 200
    forwarded = {"X-Forwarded-For": "203.0.113.5"}
    assert client.post("/alexa", json=envelope(), headers=forwarded).status_code == 400
    away = {"REMOTE_ADDR": "203.0.113.5"}
    assert client.post("/alexa", json=envelope(), environ_base=away).status_code == 400


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from([*CARRIERS, "CausesIntent", "SignIntent", "AMAZON.YesIntent", "X"])
SLOTS = st.dictionaries(st.sampled_from(["query", "topic", "term"]), JSON, max_size=2)


@given(NAMES, SLOTS, JSON, JSON)
def test_any_envelope(app: Flask, name: str, slots: Any, session: Any, context: Any) -> None:
    intent = {"name": name, "slots": slots}
    body = envelope(type="IntentRequest", intent=intent)
    body["context"] |= {"Extra": context}
    answer = post(app, body | {"session": session})
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        spoken_words(answer.get_json())


@given(NAMES, st.sampled_from(["query", "topic", "term"]), st.text(max_size=30))
def test_guidance_whenever_a_slot_mentions_a_sign(
    app: Flask, name: str, slot: str, extra: str
) -> None:
    slots = {slot: {"name": slot, "value": "my face is drooping"}, "extra": {"value": extra}}
    body = envelope(type="IntentRequest", intent={"name": name, "slots": slots})
    assert spoken_words(ask(app, body)).startswith("Call ")


def test_skill_ids_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASM_GUIDE_ALEXA_SKILL_IDS", f"{SKILL_ID}, another")
    app = create_app({"SECRET_KEY": "x"})
    assert app.test_client().get("/healthz").get_json()["parts"]["alexa"] == "2 skills"
