"""Spoken answers as MP3 and as timings, and the page's files: kept, checked, never wrong."""

from __future__ import annotations

from itertools import pairwise

import pytest
from flask.testing import FlaskClient

from speech.tts import Voice, duration
from tests.test_web import ask, broken


def test_timings_fit_the_sound(client: FlaskClient) -> None:
    body = ask(client, "my husband is slurring his words what causes muscle spasms")
    parts = client.get(body["audio"].replace(".wav", ".json")).get_json()
    assert [part["id"] for part in parts] == [part["id"] for part in body["parts"]]
    for part, shown in zip(parts, body["parts"], strict=True):
        assert " ".join(sentence["text"] for sentence in part["sentences"]) == shown["text"]
    times = [sentence for part in parts for sentence in part["sentences"]]
    assert all(one["start"] < one["end"] for one in times)
    assert all(a["end"] <= b["start"] for a, b in pairwise(times))
    assert times[-1]["end"] == pytest.approx(duration(client.get(body["audio"]).data), abs=0.1)


def test_mp3(client: FlaskClient) -> None:
    url = ask(client, "what is a charley horse")["audio"]
    wav, mp3 = client.get(url), client.get(url.replace(".wav", ".mp3"))
    assert mp3.mimetype == "audio/mpeg"
    assert len(mp3.data) < len(wav.data) / 6
    again = client.get(url.replace(".wav", ".mp3"), headers={"If-None-Match": mp3.headers["ETag"]})
    assert again.status_code == 304
    part = client.get(url.replace(".wav", ".mp3"), headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, mp3.data[100:200])


@pytest.mark.parametrize("kind", ["mp3", "json"])
def test_what_is_not_there(client: FlaskClient, kind: str) -> None:
    for path in ("en-US/150/gone", "xx/150/prompts.help", "en-US/9/prompts.help"):
        assert client.get(f"/api/speech/{path}.{kind}").status_code == 404


def test_a_broken_voice(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Voice, "render", broken)
    for kind in ("json", "wav"):
        url = f"/api/speech/en-US/163/prompts.help.{kind}"
        assert client.get(url).status_code == 503


def test_files(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = client.get(style)
    assert answer.mimetype == "text/css"
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get(style, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    old = client.get("/static/0123456789ab/page.css")
    assert (old.status_code, old.headers["Cache-Control"]) == (200, "no-cache")
    for path in ("gone.css", "..%2fweb.py", "page.html", "%2e%2e/web.js"):
        assert client.get(f"/static/0123456789ab/{path}").status_code == 404
