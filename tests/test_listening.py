"""POST /api/listen: what it takes, what it refuses, and that it keeps and costs nothing."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from speech.asr import MAX_BYTES, Heard, PocketSphinx
from tests.recordings import noise, said
from tests.test_web import EMERGENCY_SENTENCE, ask


def hearing(monkeypatch: pytest.MonkeyPatch, *heard: object) -> None:
    monkeypatch.setattr(PocketSphinx, "transcribe", lambda *_: Heard(*heard))  # type: ignore[arg-type]


def test_a_recording(client: FlaskClient) -> None:
    answer = client.post("/api/listen", data=said("when should i see a doctor"))
    assert answer.status_code == 200
    assert answer.get_json() == {"heard": "when should i see a doctor", "sure": True}
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers, "and nothing is answered yet"
    assert client.get("/api/listen").get_json() == {"ready": True}


@pytest.mark.parametrize(
    ("heard", "sure"),
    [
        (("what cold causes muscle spasm", "what causes muscle spasms"), True),
        (("what cold causes muscle spasm", "how long do they last"), False),
        (("what cold causes muscle spasm", ""), False),
        (("play some music", "order a pizza"), False),
        (("what causes cramps", ""), True),
        (("lunch my face is drooping", ""), True),
        (("", ""), False),
        (("", "what causes muscle spasms"), False),
    ],
)
def test_how_sure(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, heard: tuple[Any, ...], sure: bool
) -> None:
    """Both ways of listening agree, the words are just a sample, or they mention a sign."""
    hearing(monkeypatch, *heard)
    answer = client.post("/api/listen", data=noise(0.1, 9)).get_json()
    assert answer == {"heard": heard[0] or heard[1], "sure": sure}


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", 400), (b"RIFF" * 50, 400), (noise(15.2, 9), 413), (b"x" * (MAX_BYTES + 1), 413)],
    ids=["empty", "no wav", "too long", "too big"],
)
def test_what_it_refuses(client: FlaskClient, body: bytes, code: int) -> None:
    answer = client.post("/api/listen", data=body)
    assert answer.status_code == code
    assert answer.get_json()["error"].endswith(EMERGENCY_SENTENCE)


def test_a_stream_without_a_length(client: FlaskClient) -> None:
    answer = client.post("/api/listen", input_stream=io.BytesIO(b"x" * (2 * MAX_BYTES)))
    assert answer.status_code in (400, 413)


def test_others_are_refused(client: FlaskClient) -> None:
    recording = noise(0.1, 9)
    cross = client.post("/api/listen", data=recording, headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 400
    assert client.post("/api/listen?locale=xx", data=recording).status_code == 400
    assert client.get("/api/listen?locale=xx").status_code == 400
    assert client.put("/api/listen", data=recording).status_code == 405


def test_listening_leaves_threads_for_answers(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the most that may be is listened to, one more waits, and an emergency does not."""
    depth: list[int] = []

    def within(*_: object) -> Heard:
        depth.append(1)
        last = len(depth) == 2
        other = client.application.test_client()
        answer = other.post("/api/listen", data=noise(0.1, 9))
        if last:
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
            assert ask(other, "my face is drooping")["emergency"]
        return Heard("stop", "")

    monkeypatch.setattr(PocketSphinx, "transcribe", within)
    assert client.post("/api/listen", data=noise(0.1, 9)).status_code == 200
    assert len(depth) == 2


def test_a_recogniser_that_breaks(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> Heard:
        raise RuntimeError("secret words")

    monkeypatch.setattr(PocketSphinx, "transcribe", broken)
    answer = client.post("/api/listen", data=noise(0.1, 9))
    assert answer.status_code == 503
    assert "can't listen" in answer.get_json()["error"]
    assert "call 911" in answer.get_json()["error"]
    assert "secret" not in caplog.text


def test_health(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/healthz").get_json()["parts"]["listening"] == "pocketsphinx"
    monkeypatch.setattr(PocketSphinx, "problem", lambda _: "Listening is off.")
    assert client.get("/healthz").get_json()["parts"]["listening"] == "Listening is off."


def test_the_rate_that_a_device_remembers(client: FlaskClient) -> None:
    answer = client.post("/api/ask", json={"text": "what causes spasms", "rate": 235})
    assert answer.get_json()["rate"] == 235
    assert "/235/" in answer.get_json()["audio"]
    assert ask(client, "slower")["rate"] == 200
    for rate in (0, 79, 451, "150", True, 150.5):
        refused = client.post("/api/ask", json={"text": "my face is drooping", "rate": rate})
        assert refused.status_code == 400
        assert refused.get_json()["emergency"]
