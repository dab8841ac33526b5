"""The encoder that is shipped: it is itself, learnt from the data here, and reads any text."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app import create_app
from speech.encoder import (
    FORMS,
    MANIFEST,
    MAX_WINDOWS,
    NETWORK,
    READ_INTENTS,
    VOCABULARY,
    Encoder,
    EncoderError,
    Pieces,
    Reading,
)
from speech.locale import LOCALES
from speech.training import corpus

LOCALE = LOCALES / "en-US"
MODEL = LOCALE / "model"
ENCODER = Encoder(MODEL)
MOST = 16_000_000
"""Bytes of the whole artefact."""


def test_the_artefact_keeps_its_size() -> None:
    assert {path.name for path in MODEL.iterdir()} == {NETWORK, VOCABULARY, MANIFEST}
    assert sum(path.stat().st_size for path in MODEL.iterdir()) <= MOST


def test_it_was_learnt_from_the_data_that_lies_here() -> None:
    assert ENCODER.data == corpus.digest(LOCALE / "training"), "run `make train`"


def test_it_learnt_what_the_data_says() -> None:
    lines = Random(5).sample(corpus.read(LOCALE / "training"), 600)
    readings = [(line, ENCODER.read(line.text)) for line in lines]
    forms = [(reading.mention >= 0.5) == (line.form != "none") for line, reading in readings]
    assert sum(forms) / len(forms) > 0.95
    asked = [
        max(reading.intents, key=reading.intents.__getitem__) == line.intent
        for line, reading in readings
        if line.intent
    ]
    assert sum(asked) / len(asked) > 0.9


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    reading = ENCODER.read(text)
    assert list(reading.forms) == list(FORMS)
    assert list(reading.intents) == list(READ_INTENTS)
    for shares in (reading.forms, reading.intents):
        assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
    assert 0 <= reading.certain <= 1


def test_it_reads_the_same_each_time() -> None:
    assert ENCODER.read("my face droops") == Encoder(MODEL).read("My face droops!")


@pytest.mark.parametrize("before", [0, 30, 60, 150])
def test_a_sign_is_seen_wherever_it_stands(before: int) -> None:
    story = "we went to the shops and bought some bread and a pint of milk " * 20
    words = story.split()
    text = " ".join([*words[:before], "his speech is slurred and his face droops", *words[:40]])
    assert ENCODER.read(text).mention > 0.5


def test_endless_text_takes_no_endless_time(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    window = Encoder._window

    def counted(encoder: Encoder, words: list[str]) -> Reading:
        seen.append(words)
        return window(encoder, words)

    monkeypatch.setattr(Encoder, "_window", counted)
    ENCODER.read("word " * 100_000)
    assert len(seen) == MAX_WINDOWS


@pytest.mark.parametrize(
    ("word", "cut"),
    [
        ("arm", ["arm"]),
        ("arms'", ["arm", "##s", "'"]),
        ("can't", ["can", "'", "t"]),
        ("zebra", ["[UNK]"]),
        ("a" * 25, ["[UNK]"]),
    ],
)
def test_words_are_cut_into_the_longest_pieces(word: str, cut: list[str]) -> None:
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "'", "a", "##a", "arm", "##s", "can", "t", "##rm"]
    found = [pieces[n] for n in Pieces(pieces).numbers([word])]
    assert found == ["[CLS]", *cut, "[SEP]"]


def without(name: str) -> Callable[[Path], object]:
    return lambda model: (model / name).unlink()


def spoilt(name: str) -> Callable[[Path], object]:
    return lambda model: (model / name).write_bytes((model / name).read_bytes()[:-9] + b"tampered!")


BREAKS: dict[str, Callable[[Path], object]] = {
    "no folder": shutil.rmtree,
    "no network": without(NETWORK),
    "no manifest": without(MANIFEST),
    "network spoilt": spoilt(NETWORK),
    "vocabulary spoilt": spoilt(VOCABULARY),
    "manifest spoilt": spoilt(MANIFEST),
    "manifest of another kind": lambda model: (model / MANIFEST).write_text("[]"),
    "manifest without labels": lambda model: (model / MANIFEST).write_text("{}"),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_without_its_encoder_the_skill_runs_on_its_lexicon(tmp_path: Path, fault: str) -> None:
    shutil.copytree(LOCALE, tmp_path / "en-US")
    BREAKS[fault](tmp_path / "en-US/model")
    with pytest.raises(EncoderError):
        Encoder(tmp_path / "en-US/model")
    app = create_app({"LOCALES": str(tmp_path), "SECRET_KEY": "x", "PREFERENCES_URL": "none:"})
    client = app.test_client()
    health = client.get("/healthz").get_json()
    assert health["status"] == "degraded"
    assert "lexicon alone" in health["parts"]["safety"]
    for text, guidance in (("his speech is slurred", "certain"), ("what is a cramp", "none")):
        assert client.post("/api/ask", json={"text": text}).get_json()["guidance"] == guidance


def test_with_its_encoder_all_is_well(app: Flask) -> None:
    assert app.test_client().get("/healthz").get_json()["parts"]["safety"] == "lexicon and encoder"
