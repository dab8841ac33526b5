"""Speaking to the page: from a microphone to audible sound, and every way that can fail."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from speech.asr import ListenError, PocketSphinx
from tests.browser import chromium
from tests.browser.chromium import until
from tests.browser.conftest import Open
from tests.browser.test_asking import announced, presses, silent, spoken, status
from tests.recordings import noise, said

ALLOWED: dict[str, Any] = {"permissions": ["microphone"]}
Hearing = Callable[[bytes], Browser]


@pytest.fixture
def hearing(playwright: Playwright, tmp_path: Path) -> Iterator[Hearing]:
    """Starts a Chromium whose microphone hears a recording, once."""
    started: list[Browser] = []

    def start(recording: bytes) -> Browser:
        path = tmp_path / "microphone.wav"
        path.write_bytes(recording)
        source = f"--use-file-for-fake-audio-capture={path}%noloop"
        started.append(chromium.launch(playwright, chromium.FAKE_MICROPHONE, source))
        return started[-1]

    yield start
    for browser in started:
        browser.close()


def speak(page: Page, recording: bytes) -> None:
    """Press Speak, let the recording run out, press it again."""
    button = page.get_by_role("button", name="Speak")
    button.focus()
    page.keyboard.press("Enter")
    status(page, re.compile("^Listening"))
    expect(button).to_have_attribute("aria-pressed", "true")
    with wave.open(io.BytesIO(recording)) as file:
        page.wait_for_timeout(1000 * (file.getnframes() / file.getframerate() + 0.5))
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(button).to_be_focused()


def test_a_spoken_question_is_answered_aloud(open_page: Open, hearing: Hearing) -> None:
    recording = said("when should i see a doctor")
    page = open_page(hearing(recording), **ALLOWED)
    speak(page, recording)
    status(page, "Answer ready")
    expect(page.get_by_label("Your question")).to_have_value("when should i see a doctor")
    expect(page.get_by_text("I heard this. You can change it and press Ask.")).to_be_visible()
    spoken(page)
    assert "muscle_spasms.see_doctor.brief" in page.evaluate("players[0].currentSrc")
    assert announced(page)[-1] == ("status", "off", "Answer ready")


def test_a_spoken_emergency(open_page: Open, hearing: Hearing) -> None:
    recording = said("my left arm went numb")
    page = open_page(hearing(recording), **ALLOWED)
    speak(page, recording)
    status(page, "Answer ready")
    spoken(page)
    assert "emergency.stroke" in page.evaluate("players[0].currentSrc")
    expect(page.get_by_role("alert")).to_contain_text("Call 911")
    assert [one[:2] for one in announced(page) if "911" in one[2]] == [("alert", "off")]


@pytest.mark.parametrize(
    ("recording", "words"),
    [
        (noise(2, 2), "I didn't hear any words."),
        (noise(2, 3000), "I (didn't hear any words|may have heard you wrong)."),
        (
            said("i would like a table for two by the window", rate=140),
            "I may have heard you wrong",
        ),
    ],
    ids=["silence", "noise", "something else"],
)
def test_what_is_not_understood(
    open_page: Open, hearing: Hearing, recording: bytes, words: str
) -> None:
    """Said aloud and written, with a way on; nothing is answered that was not asked."""
    page = open_page(hearing(recording), **ALLOWED)
    speak(page, recording)
    status(page, re.compile(words))
    expect(page.get_by_role("status")).to_contain_text("In an emergency, call 911.")
    spoken(page)
    assert announced(page)[-1][1] == "off", "the voice says it: a screen reader need not"
    expect(page.locator("#answer-section")).to_be_hidden()


def test_a_long_speech_is_heard_to_its_end(open_page: Open, hearing: Hearing) -> None:
    """There is no deadline: what is too long for one recording is sent in pieces."""
    recording = said("when should i see a doctor", before=16)
    page = open_page(hearing(recording), **ALLOWED)
    speak(page, recording)
    status(page, "Answer ready")
    assert "see_doctor" in page.evaluate("players[0].currentSrc")


def test_the_microphone_is_denied(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="Speak").click()
    status(page, re.compile("not allowed to use the microphone. In an emergency, call 911."))
    spoken(page)
    page.keyboard.press("Escape")
    status(page, "Stopped")
    assert silent(page)
    page.get_by_label("Your question").fill("what causes muscle spasms")
    page.keyboard.press("Enter")
    status(page, "Answer ready")


def test_no_microphone(open_page: Open, playwright: Playwright) -> None:
    browser = chromium.launch(playwright)
    try:
        page = open_page(browser, **ALLOWED)
        page.get_by_role("button", name="Speak").click()
        status(page, re.compile("can't find a microphone. In an emergency, call 911."))
        spoken(page)
    finally:
        browser.close()


def test_the_microphone_needs_https(open_page: Open) -> None:
    page = open_page()
    page.evaluate("() => Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    page.get_by_role("button", name="Speak").click()
    status(page, re.compile("only over https. In an emergency, call 911."))


def test_the_recogniser_is_broken(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ListenError("no")

    monkeypatch.setattr(PocketSphinx, "transcribe", broken)
    page = open_page(**ALLOWED)
    page.get_by_role("button", name="Speak").click()
    status(page, re.compile("^Listening"))
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Speak").click()
    status(page, re.compile("I can't listen right now. In an emergency, call 911."))
    spoken(page)


def test_escape_stops_listening(open_page: Open) -> None:
    page = open_page(**ALLOWED)
    page.get_by_role("button", name="Speak").click()
    status(page, re.compile("^Listening"))
    page.keyboard.press("Escape")
    status(page, "Stopped")
    expect(page.get_by_role("button", name="Speak")).to_have_attribute("aria-pressed", "false")


RECOGNITION = """
window.SpeechRecognition = class {
  start() { window.ear = this; setTimeout(() => this.onstart(), 10); }
  stop() {
    if (window.error) this.onerror({ error });
    else {
      const heard = { transcript: " what causes muscle spasms" };
      const result = Object.assign([heard], { isFinal: true });
      this.onresult({ results: [result] });
    }
    setTimeout(() => this.onend(), 10);
  }
  abort() { this.onend(); }
};
"""


def test_the_browser_listens_once_it_was_said_who_hears(open_page: Open) -> None:
    page = open_page(recognition=True)
    page.evaluate("() => 0")
    page.context.add_init_script(RECOGNITION)
    chromium.ready(page, page.url)
    page.get_by_role("button", name="Speak").click()
    status(page, re.compile("^Before I listen, choose who may hear you."))
    expect(page.get_by_text("it may send your voice to the company").first).to_be_visible()
    presses(page, "Let my browser listen")
    page.keyboard.press("Enter")
    status(page, re.compile("^Listening"))
    expect(page.get_by_role("button", name="Speak")).to_be_focused()
    assert page.evaluate("[ear.continuous, ear.lang]") == [True, "en-US"]
    page.keyboard.press("Enter")
    status(page, "Answer ready")
    spoken(page)
    assert "causes" in page.evaluate("players[0].currentSrc")
    page.reload()
    expect(page.get_by_label("My browser: it may send your voice")).to_be_checked()
    page.evaluate("window.error = 'network'")
    page.get_by_role("button", name="Speak").click()
    status(page, re.compile("^Listening"))
    page.get_by_role("button", name="Speak").click()
    status(page, re.compile("can't listen right now"))
    until(page, "JSON.parse(localStorage['spasm-guide']).listener === 'site'")


def test_declined_the_page_listens_itself(open_page: Open) -> None:
    page = open_page(recognition=True, **ALLOWED)
    page.context.add_init_script(RECOGNITION)
    chromium.ready(page, page.url)
    page.get_by_role("button", name="Speak").click()
    page.get_by_role("button", name="Let this page listen").click()
    status(page, re.compile("^Listening"))
    assert page.evaluate("window.ear") is None
    page.get_by_role("button", name="Speak").click()
