"""Recognition, offline: the listened-for words, whatever bytes come, and no pocketsphinx."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.channels.listening import _expected
from skill.conversation import Conversation
from speech.asr import RATE, ListenError, PocketSphinx, RecordingError, samples
from speech.locale import LOCALES, Locale
from tests.recordings import noise, said


@pytest.fixture(scope="session")
def ears(locale: Locale) -> PocketSphinx:
    return PocketSphinx(lambda: _expected(locale, LOCALES / locale.tag), locale.sounds)


QUESTIONS = {
    "when should i see a doctor": "see_doctor",
    "how long do spasms last": "duration",
    "how do i stop a leg cramp": "relief",
}


def test_questions(ears: PocketSphinx, conversation: Conversation) -> None:
    """Most are heard as meant. Not each: no two renderings of the voice are quite the same."""
    understand = conversation.listeners["en-US"].recogniser.understand
    right = [
        understand(ears.transcribe(samples(said(text, voice))).words).intent == intent
        for text, intent in QUESTIONS.items()
        for voice in ("en-us", "en-gb-x-rp")
    ]
    assert sum(right) >= 4


def test_signs(ears: PocketSphinx, conversation: Conversation) -> None:
    """Most are heard: the recogniser is weak, so the page names 911 whatever it heard."""
    signs = ("my left arm went numb", "i have chest pain", "one side of her face is drooping")
    rule = conversation.listeners["en-US"].rule
    heard = [rule.mention(ears.transcribe(samples(said(text))).words) for text in signs]
    assert sum(mention is not None for mention in heard) >= 2


@pytest.mark.parametrize("level", [2, 50, 3000], ids=["silence", "room", "noise"])
def test_no_words(ears: PocketSphinx, level: int) -> None:
    heard = ears.transcribe(samples(noise(2, level)))
    assert len(heard.words.split()) < 3
    assert heard.sentence == ""


def test_a_long_silence_before_a_question(ears: PocketSphinx) -> None:
    """Which once took a minute."""
    assert "doctor" in ears.transcribe(samples(said("when should i see a doctor", before=10))).words


def test_nothing_at_all(ears: PocketSphinx) -> None:
    assert ears.transcribe(b"").words == ""


def test_what_people_say_can_be_heard(ears: PocketSphinx, locale: Locale) -> None:
    """Of the samples nearly all, and each term under at least one of its names."""
    known = ears._pronunciations()

    def audible(sentence: str) -> bool:
        return all(word in known for word in sentence.split())

    expected, likely = _expected(locale, LOCALES / locale.tag)
    assert sum(map(audible, expected)) / len(expected) > 0.96
    assert sum(map(audible, likely)) / len(likely) > 0.99
    for term in locale.articles[locale.topic].terms.values():
        names = [name.lower().replace("-", " ").replace(".", " ") for name in term.heard]
        assert any(map(audible, names)), term.name


@pytest.mark.parametrize(
    "wav",
    [b"", b"RIFF", b"x" * 100, said("stop")[:30], noise(15.2, 9)],
    ids=["empty", "four letters", "no wav", "cut short", "too long"],
)
def test_what_is_no_recording(wav: bytes) -> None:
    with pytest.raises(RecordingError):
        samples(wav)


@pytest.mark.parametrize(("at", "value"), [(22, 2), (24, 0x22), (34, 8)])
def test_another_kind_of_wav(wav: bytearray, at: int, value: int) -> None:
    wav[at] = value
    with pytest.raises(RecordingError):
        samples(bytes(wav))


@pytest.fixture
def wav() -> bytearray:
    return bytearray(noise(0.1, 9))


@given(st.binary(max_size=200), st.integers(0, 60))
def test_any_bytes(junk: bytes, at: int) -> None:
    whole = noise(0.02, 9)
    for raw in (junk, whole[:at] + junk, whole[:at] + junk + whole[at + len(junk) :]):
        with suppress(RecordingError):
            assert len(samples(raw)) <= 30 * RATE


def test_without_pocketsphinx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    deaf = PocketSphinx(lambda: (["stop"], ["stop"]), {})
    assert deaf.engine == "none"
    assert "pocketsphinx" in str(deaf.problem())
    assert not deaf.prepare()
    with pytest.raises(ListenError):
        deaf.transcribe(b"")


def test_a_broken_pocketsphinx(monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = PocketSphinx(lambda: (["stop"], ["stop"]), {})
    assert deaf.problem() is None
    monkeypatch.setattr(deaf, "_pronunciations", lambda: Path("/gone").read_text())
    assert not deaf.prepare()
    assert "FileNotFoundError" in str(deaf.problem())


def test_busy(ears: PocketSphinx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speech.asr.WAIT", 0.01)
    with ears._lock, pytest.raises(ListenError):
        ears.transcribe(b"")
