"""The JSON API, the page, the audio, and the health check, through a real client."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app import create_app
from skill.messages import MAX_TEXT
from speech.locale import Locale
from speech.quoted_yaml import read
from speech.tts import Voice, duration

BAD: Any = read(Path(__file__).parent / "data/bad_requests.yaml")["bodies"]
FIELDS = {
    "intent": str,
    "topic": str,
    "speech": str,
    "parts": list,
    "reprompt": str,
    "guidance": str,
    "emergency": bool,
    "end_session": bool,
    "title": str,
    "source": str,
    "rate": int,
    "audio": str,
}
EMERGENCY_SENTENCE = "In an emergency, call 911."


def ask(client: FlaskClient, text: str) -> dict[str, Any]:
    answer = client.post("/api/ask", json={"text": text})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = answer.get_json()
    return body


def test_contract(client: FlaskClient) -> None:
    body = ask(client, "what causes muscle spasms")
    assert {name: type(value) for name, value in body.items()} == FIELDS
    assert body["intent"] == "causes"
    assert body["topic"] == "muscle_spasms"
    assert body["speech"] == " ".join(part["text"] for part in body["parts"])
    assert body["parts"][0]["id"] == "muscle_spasms.causes.brief"
    assert "Health Grades" in body["source"] or body["source"]


def test_locale_can_be_named(client: FlaskClient) -> None:
    answer = client.post("/api/ask", json={"text": "what causes spasms", "locale": "en-US"})
    assert answer.status_code == 200


def test_the_cookie_keeps_the_place_and_no_words(client: FlaskClient) -> None:
    ask(client, "what causes muscle spasms zebra")
    ask(client, "what causes muscle spasms")
    assert ask(client, "more")["parts"][0]["id"] == "muscle_spasms.causes.more"
    cookie = client.get_cookie("spasm_guide")
    assert cookie is not None
    assert cookie.http_only
    assert len(cookie.value) < 1400
    fresh = client.application.test_client()
    assert ask(fresh, "more")["parts"][0]["id"] == "prompts.nothing_yet"


@pytest.mark.parametrize("cookie", ["", "garbage", "eyJwbGFjZSI6MX0.x.y", "\u00e9"])
def test_a_spoilt_cookie_is_a_fresh_start(client: FlaskClient, cookie: str) -> None:
    client.set_cookie("spasm_guide", cookie)
    assert ask(client, "more")["intent"] == "more"


@pytest.mark.parametrize("case", BAD, ids=lambda case: str(case["name"]))
@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_bad_input_is_refused(client: FlaskClient, case: dict[str, str], kind: str) -> None:
    raw = (
        case["body"]
        .encode("latin-1")
        .decode("unicode_escape" if "\\x" in case["body"] else "latin-1")
        .encode("latin-1")
    )
    answer = client.post("/api/ask", data=raw, content_type=kind or None)
    assert answer.status_code == 400
    body = answer.get_json()
    assert body["error"].endswith(EMERGENCY_SENTENCE)
    assert body["emergency"] is (case["sign"] == "yes")
    assert body["speech"].startswith("Call 911") is (case["sign"] == "yes")
    assert answer.headers.get("Set-Cookie") is None, "and nothing else happens"


def test_over_long(client: FlaskClient) -> None:
    fits = "what causes muscle spasms".ljust(MAX_TEXT, ".")
    assert ask(client, fits)["intent"] == "causes"
    long = "x " * MAX_TEXT
    for text, sign in (
        (fits + "x", False),
        (f"{long} my face is drooping", True),
        (f"{long} i want to kill myself", True),
    ):
        answer = client.post("/api/ask", json={"text": text})
        assert answer.status_code == 400
        assert answer.get_json()["emergency"] is sign
        assert answer.get_json()["error"].endswith(EMERGENCY_SENTENCE)


@pytest.mark.parametrize("path", ["/api/ask", "/"])
def test_too_big(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data=b"x" * (64 * 1024 + 1), content_type="application/json")
    assert answer.status_code == 413
    assert EMERGENCY_SENTENCE in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/api/ask/", "/nothing", "/api/speech/x"])
def test_a_wrong_address_still_hears_a_sign(client: FlaskClient, path: str) -> None:
    answer = client.post(path, json={"text": "my face is drooping"})
    assert answer.status_code in (404, 405)
    assert "Call 911 or your local" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"question": "my face is drooping"}},
        {"data": {"text": ["hello", "my face is drooping"]}},
        {"data": "my face is drooping", "content_type": "text/plain"},
        {"data": "text=my%20face%20is%20drooping", "content_type": ""},
    ],
)
def test_a_form_that_is_none_still_hears_a_sign(client: FlaskClient, body: dict[str, Any]) -> None:
    answer = client.post("/", **body)
    assert answer.status_code == 400
    assert "<title>Call 911" in answer.get_data(as_text=True)


def test_another_sites_page_moves_nothing(client: FlaskClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = client.post("/", data={"text": "my face is drooping"}, headers=headers)
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers
    assert "Call 911 or your local" in answer.get_data(as_text=True)


def test_audio_leaves_threads_for_answers(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the most audio that may be is being made, one more is told to wait."""
    url = ask(client, "what causes muscle spasms")["audio"]
    speak = Voice.speak

    def within(self: Voice, parts: Any, voice: str, depth: list[int] = []) -> bytes:  # noqa: B006
        depth.append(1)
        if len(depth) < 3:
            assert client.application.test_client().get(url).status_code == 200
        else:
            assert client.application.test_client().get(url).status_code == 503
        return speak(self, parts, voice)

    monkeypatch.setattr(Voice, "speak", within)
    assert client.get(url).status_code == 200
    monkeypatch.undo()
    assert client.get(url).status_code == 200


def test_a_fault_beside_the_view_is_logged_without_words(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What breaks while the cookie is read or written, say."""
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(type(client.application.session_interface), "save_session", broken)
    answer = client.post("/api/ask", json={"text": "my face is drooping"})
    client.application.config["PROPAGATE_EXCEPTIONS"] = None
    assert answer.status_code == 500
    assert answer.get_json()["speech"].startswith("Call 911")
    assert "secret" not in caplog.text


def test_deep_json(client: FlaskClient) -> None:
    for body in ("[" * 30_000, '{"text":' * 5_000 + "1" + "}" * 5_000):
        assert client.post("/api/ask", data=body).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/ask", 405),
        ("PUT", "/", 405),
        ("GET", "/api/nothing", 404),
        ("GET", "/nothing", 404),
        ("GET", "/api/speech/en-US/150/gone.brief.wav", 404),
        ("GET", "/api/speech/xx-XX/150/prompts.help.wav", 404),
        ("GET", "/api/speech/en-US/9999/prompts.help.wav", 404),
        ("GET", "/api/speech/en-US/150/prompts.help@x.wav", 404),
        ("GET", "/api/speech/en-US/150/prompts.clarify.wav", 404),
        ("GET", "/api/speech/en-US/150/prompts.clarify:causes,gone.wav", 404),
        ("GET", "/api/speech/en-US/150/" + "+".join(["prompts.ask"] * 17) + ".wav", 404),
        ("GET", "/api/speech/en-US/150/..%2f..%2fapp.wav", 404),
    ],
)
def test_what_is_not_there(client: FlaskClient, method: str, path: str, code: int) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == code
    assert EMERGENCY_SENTENCE in answer.get_data(as_text=True)
    if code == 405:
        assert answer.headers["Allow"]


@given(st.binary(max_size=300))
def test_any_body(app: Flask, raw: bytes) -> None:
    assert app.test_client().post("/api/ask", data=raw).status_code in (200, 400)
    assert app.test_client().post("/", data=raw).status_code in (200, 400)


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=200))
def test_any_text(app: Flask, text: str) -> None:
    answer = app.test_client().post("/api/ask", data=json.dumps({"text": text}))
    assert answer.status_code == (200 if any(c.isalnum() for c in text) else 400)
    assert answer.get_json()["speech"]


def test_audio(client: FlaskClient, locale: Locale) -> None:
    body = ask(client, "my husband is slurring his words")
    answer = client.get(body["audio"])
    assert answer.status_code == 200
    assert answer.mimetype == "audio/wav"
    assert duration(answer.data) > 8
    again = client.get(body["audio"], headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    part = client.get(body["audio"], headers={"Range": "bytes=0-43"})
    assert (part.status_code, len(part.data)) == (206, 44)


def test_audio_addresses_work_on_any_machine(client: FlaskClient, tmp_path: Path) -> None:
    """Another app, another folder and key: the same address, the same words."""
    url = ask(client, "what is a charley horse")["audio"]
    other = create_app({"SECRET_KEY": "other", "SPEECH_CACHE": str(tmp_path)})
    assert abs(duration(other.test_client().get(url).data) - duration(client.get(url).data)) < 0.1


def test_guidance_keeps_its_rate_in_the_address(client: FlaskClient) -> None:
    for _ in range(8):
        ask(client, "faster")
    body = ask(client, "my husband is slurring his words what causes muscle spasms")
    assert re.search(r"/370/emergency\.stroke\.certain@1[4-7]\d\+muscle_spasms", body["audio"])
    assert client.get(body["audio"]).status_code == 200


def broken(*_: object, **__: object) -> Any:
    raise RuntimeError("secret words")


def test_a_broken_voice_costs_the_audio_only(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Voice, "speak", broken)
    body = ask(client, "what causes muscle spasms")
    answer = client.get(body["audio"])
    assert answer.status_code == 503
    assert answer.get_json()["error"].endswith(EMERGENCY_SENTENCE)
    monkeypatch.setattr(Voice, "engine", property(broken))
    assert ask(client, "what causes muscle spasms")["audio"] is None


def test_a_fault_in_the_door_itself_still_voices_the_guidance(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skill.channels.web.to_json", broken)
    answer = client.post("/api/ask", json={"text": "my face is drooping"})
    assert answer.status_code == 500
    assert answer.get_json()["speech"].startswith("Call 911")
    assert "secret" not in answer.get_data(as_text=True)


def test_page(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    assert '<html lang="en-US">' in page
    assert page.count("<h1") == 1
    assert re.findall(r"<script(?! type=\"application/json\"| type=\"module\" src)", page) == []
    assert "style=" not in page
    assert not re.search(r"""(?:src|href|action)=["'](?!/|#|tel:)""", page), "all from here"
    answer = client.post("/", data={"text": "what causes muscle spasms"})
    page = answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "autoplay" not in page
    audio = re.findall(r'<source src="([^"]+)" type="(audio/\w+)"', page)
    assert [kind for _, kind in audio] == ["audio/mpeg", "audio/wav"]
    for address, kind in audio:
        assert (client.get(address).status_code, client.get(address).mimetype) == (200, kind)
    assert "zebra" not in client.post("/", data={"text": "zebra <b>"}).get_data(as_text=True)


def test_page_title_begins_with_the_number(client: FlaskClient) -> None:
    page = client.post("/", data={"text": "my face is drooping"}).get_data(as_text=True)
    assert "<title>Call 911" in page
    assert page.index("Call 911 or your local") < page.index("<form")


def test_every_button_of_the_page_is_understood(client: FlaskClient, locale: Locale) -> None:
    for name in ("more", "next", "previous", "repeat", "slower", "faster", "yes", "no", "stop"):
        assert ask(client, locale.page[name])["intent"] == name


def test_every_topic_of_the_page_is_understood(client: FlaskClient, locale: Locale) -> None:
    page = client.get("/").get_data(as_text=True)
    for section in locale.articles[locale.topic].sections.values():
        assert f'value="{section.spoken}"' in page
        assert ask(client, section.spoken)["intent"] == section.intent, section.spoken


def test_health(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/healthz").get_json()["status"] == "ok"
    monkeypatch.setattr(Voice, "problem", lambda _: "The voice is off.")
    body = client.get("/healthz").get_json()
    assert (body["status"], body["parts"]["voice"]) == ("degraded", "The voice is off.")


def test_the_secret_key_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import app as house

    first = house._kept_secret(tmp_path / "instance")
    assert house._kept_secret(tmp_path / "instance") == first
    assert (tmp_path / "instance/secret_key").stat().st_mode & 0o077 == 0
    assert [p.name for p in (tmp_path / "instance").iterdir()] == ["secret_key"]
    (tmp_path / "file").touch()
    assert house._kept_secret(tmp_path / "file") != first
    monkeypatch.setenv("SPASM_GUIDE_SECRET_KEY", "from outside")
    assert create_app().secret_key == "from outside"


def test_a_browser_is_remembered_from_its_first_wish_on(app: Flask) -> None:
    first = app.test_client()
    first.post("/api/ask", json={"text": "what causes muscle spasms"})
    assert first.get_cookie("spasm_guide_visitor") is None, "nothing to remember, no cookie"
    first.post("/api/ask", json={"text": "slower"})
    visitor = first.get_cookie("spasm_guide_visitor")
    assert visitor is not None
    assert visitor.http_only
    again = app.test_client()  # the browser was closed: its session is gone, the visitor is not
    again.set_cookie("spasm_guide_visitor", visitor.value)
    assert again.post("/api/ask", json={"text": "what is a cramp"}).get_json()["rate"] == 135
    forgotten = again.post("/api/ask", json={"text": "forget me"}).get_json()
    assert forgotten["parts"][0]["id"] == "prompts.forgotten"
    assert again.get_cookie("spasm_guide_visitor") is None
    later = app.test_client()
    later.set_cookie("spasm_guide_visitor", visitor.value)
    assert later.post("/api/ask", json={"text": "what is a cramp"}).get_json()["rate"] == 150
