"""Asking by keyboard: the whole job, what is announced, what is silent, and without scripts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from skill.channels import page as house_page
from speech.tts import Voice
from tests.browser.chromium import until
from tests.browser.conftest import Open
from tests.browser.states import EMERGENCY, NARROW, QUESTION, asked

GUIDANCE = "Call 911 or your local emergency number now."


def status(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("status")).to_have_text(text)


def announced(page: Page) -> list[tuple[str, str, str]]:
    """(role, how it was set to speak, words) of what a screen reader was given, in order."""
    return [tuple(one) for one in page.evaluate("announced")]


def spoken(page: Page) -> None:
    """Sound is coming out now: an element plays, is not muted, and its samples are not silence."""
    until(page, "players.some((p) => !p.paused && p.currentTime > 0.3)")
    loudness: Any = page.evaluate(
        """async () => {
            const one = players.find((player) => !player.paused);
            const answer = await fetch(one.currentSrc);
            const heard = await new AudioContext().decodeAudioData(await answer.arrayBuffer());
            const peak = heard.getChannelData(0).reduce((m, s) => Math.max(m, Math.abs(s)), 0);
            return one.muted ? 0 : peak * one.volume;
        }"""
    )
    assert loudness > 0.1


def silent(page: Page) -> bool:
    return bool(page.evaluate("players.every((player) => player.paused)"))


def presses(page: Page, name: str, key: str = "Tab") -> None:
    """Tab on until a control of that name has the focus."""
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement.innerText") == name:
            return
    pytest.fail(f"{name} cannot be reached")


def test_the_whole_job_by_keyboard(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to the question
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    status(page, "Answer ready")
    assert page.evaluate("document.activeElement.id") == "text", "focus is not stolen"
    presses(page, "Go to the answer")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_be_focused()
    presses(page, "Play")
    page.keyboard.press("Enter")
    spoken(page)
    expect(page.locator(".now")).to_contain_text("Muscle spasms have many causes")
    page.keyboard.press("Space")
    until(page, "players.every((player) => player.paused)")
    assert page.evaluate("document.activeElement.innerText") == "Play"
    presses(page, "Faster")
    page.keyboard.press("Enter")
    status(page, "175 words a minute")
    presses(page, "Repeat", "Shift+Tab")
    page.keyboard.press("Enter")
    spoken(page)
    assert "/175/" in page.evaluate("players.find((p) => !p.paused).currentSrc")
    page.keyboard.press("Escape")
    status(page, "Stopped")
    assert silent(page)
    presses(page, "More")
    page.keyboard.press("Enter")
    expect(page.locator("#words")).to_contain_text("Straining a muscle")
    assert page.evaluate("document.activeElement.innerText") == "More"


def test_captions_keep_step_and_go_back(open_page: Open) -> None:
    page = open_page()
    asked(QUESTION)(page)
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".now")).to_contain_text("Muscle spasms have many causes")
    expect(page.locator(".now")).to_contain_text("Exercise or overuse")
    reached: float = page.evaluate("players[0].currentTime")
    page.get_by_role("button", name="Back one sentence").click()
    expect(page.locator(".now")).to_contain_text("Muscle spasms have many causes")
    until(page, "!players[0].paused")
    assert page.evaluate("players[0].currentTime") < reached
    page.get_by_role("button", name="Slower").click()  # goes on where it was
    status(page, "135 words a minute")
    expect(page.locator(".now")).to_contain_text("Muscle spasms have many causes")
    expect(page.locator(".now")).to_have_count(1)


def test_a_typed_question_is_silent_unless_chosen(open_page: Open) -> None:
    page = open_page()
    asked(QUESTION)(page)
    assert page.evaluate("players.length") == 0
    assert announced(page) == [
        ("status", "polite", "Looking for the answer"),
        ("status", "polite", "Answer ready"),
    ]
    page.get_by_label("Read answers aloud when I type").check()
    page.get_by_label("Your question").press("Enter")
    spoken(page)
    assert announced(page)[-1] == ("status", "off", "Answer ready"), "no second voice over it"


def test_choices_and_rate_are_remembered(open_page: Open) -> None:
    page = open_page()
    page.get_by_label("Read answers aloud when I type").check()
    page.get_by_label("My browser's voice").check()
    asked(QUESTION)(page)
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Faster").click()
    page.reload()
    expect(page.get_by_label("Read answers aloud when I type")).to_be_checked()
    expect(page.get_by_label("My browser's voice")).to_be_checked()
    page.get_by_label("Read answers aloud when I type").uncheck()
    with page.expect_request("**/api/ask") as sent:
        asked(QUESTION)(page)
    assert json.loads(sent.value.post_data or "{}")["rate"] == 175
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "spasms" not in kept, "and no words"


def test_what_is_said_of_speed_is_followed(open_page: Open) -> None:
    page = open_page()
    asked(QUESTION)(page)
    asked("slower please")(page)
    expect(page.locator("#words")).to_contain_text("Okay, slower.")
    with page.expect_request("**/api/ask") as sent:
        asked(QUESTION)(page)
    assert json.loads(sent.value.post_data or "{}")["rate"] == 135


@pytest.mark.parametrize("options", [{}, NARROW], ids=["wide", "zoomed"])
def test_a_typed_emergency(open_page: Open, options: dict[str, Any]) -> None:
    """Shown first, announced once, in the alert; nothing under the focus moves."""
    page = open_page(**options)
    asked(QUESTION)(page)
    box = page.get_by_label("Your question")
    box.fill(EMERGENCY)
    before = box.bounding_box()
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(GUIDANCE)
    status(page, "Answer ready")
    assert box.bounding_box() == before
    expect(box).to_be_focused()
    said = announced(page)
    guided = [one for one in said if "911" in one[2]]
    assert len(guided) == 1
    assert guided[0][:2] == ("alert", "assertive")
    assert said[-1] == ("status", "polite", "Answer ready")
    shown = page.locator("main").inner_text()
    assert shown.index(GUIDANCE) < shown.index("Muscle spasms have many causes")
    assert page.get_by_role("link", name="Call 911").last.get_attribute("href") == "tel:911"
    asked(QUESTION)(page)  # and it does not stay for the next answer
    expect(page.get_by_role("alert")).to_be_empty()


def test_an_emergency_read_aloud(open_page: Open) -> None:
    """The voice says the guidance first, so the alert keeps silent."""
    page = open_page()
    page.get_by_label("Read answers aloud when I type").check()
    asked(EMERGENCY)(page)
    spoken(page)
    assert "emergency.stroke.certain%40150" in page.evaluate("players[0].currentSrc").replace(
        "@", "%40"
    )
    assert [one[:2] for one in announced(page) if "911" in one[2]] == [("alert", "off")]
    expect(page.get_by_role("alert").locator(".now")).to_contain_text(GUIDANCE)


def test_an_emergency_when_the_voice_is_broken(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise RuntimeError

    monkeypatch.setattr(Voice, "speak", broken)
    monkeypatch.setattr(Voice, "speak_mp3", broken)
    page = open_page()
    page.get_by_label("Read answers aloud when I type").check()
    asked(EMERGENCY)(page)
    until(page, "announced.some(([, live]) => live === 'assertive')")
    loud = [one for one in announced(page) if "911" in one[2] and one[1] != "off"]
    assert len(loud) == 1


def test_a_topic_leads_to_its_answer_and_keeps_still_otherwise(open_page: Open) -> None:
    page = open_page(**NARROW)
    page.get_by_role("button", name="how to ease them").press("Enter")
    expect(page.locator("#answer")).to_be_focused()
    more = page.get_by_role("button", name="More")
    more.focus()
    before = more.bounding_box()
    more.press("Enter")
    expect(page.locator("#words")).not_to_contain_text("Want to hear more?")
    after = more.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 1


def test_errors_say_what_to_do(open_page: Open) -> None:
    page = open_page()
    page.get_by_label("Your question").fill("?!")
    page.get_by_label("Your question").press("Enter")
    status(page, "I need a question in words. In an emergency, call 911.")
    page.context.set_offline(True)
    page.get_by_label("Your question").fill("my face is drooping")
    page.get_by_label("Your question").press("Enter")
    status(page, re.compile("can't reach the server. In an emergency, call 911."))


def test_the_browsers_own_voice(open_page: Open) -> None:
    """Stubbed: headless browsers have no voice. It is told how to say the number."""
    page = open_page()
    page.evaluate(
        """() => {
            window.told = [];
            speechSynthesis.speak = (said) => {
                told.push([said.text, said.rate]);
                if (told.length < 3) setTimeout(() => said.onend(), 10);
            };
            speechSynthesis.cancel = () => {};
        }"""
    )
    page.get_by_label("My browser's voice").check()
    asked(EMERGENCY)(page)
    page.get_by_role("button", name="Faster").click()
    page.get_by_role("button", name="Play").click()
    until(page, "told.length === 3")
    said: Any = page.evaluate("told")
    assert said[0][0] == "Call nine one one or your local emergency number now."
    assert said[0][1] == pytest.approx(150 / 175), "the first guidance keeps its own rate"
    page.get_by_role("button", name="Back one sentence").click()
    until(page, "told.length === 4")
    assert page.evaluate("told[3][0]") == said[1][0]
    assert page.evaluate("players.length") == 0


def test_no_request_leaves_and_the_page_is_light(open_page: Open, site: str) -> None:
    page = open_page()
    asked_for: list[Request] = []
    page.on("request", lambda request: asked_for.append(request))
    page.reload()
    page.locator("#speak:not([hidden])").wait_for()
    loaded = list(asked_for)
    asked(QUESTION)(page)
    page.get_by_role("button", name="Play").click()
    spoken(page)
    assert {request.url[: len(site)] for request in asked_for} == {site}
    bodies = [page.request.get(request.url).body() for request in loaded]
    microphone = page.request.get(next(r.url for r in loaded if r.url.endswith("main.js")))
    assert microphone.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert len(loaded) > 10
    assert sum(map(len, bodies)) < 60_000


def test_without_scripts(open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    expect(page.get_by_role("button", name="Speak")).to_be_hidden()
    page.get_by_label("Your question").fill(EMERGENCY)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_load_state()
    assert page.title().startswith("Call 911")
    text = page.locator("main").inner_text()
    assert text.index(GUIDANCE) < text.index("Muscle spasms have many causes")
    assert text.index(GUIDANCE) < text.index("Your question")
    assert page.locator("audio source").count() == 2
    for name in ("Play", "Back one sentence"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_hidden()
    page.get_by_role("button", name="Yes").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("Stay on the phone with 911")


def test_every_word_the_scripts_show_is_there(open_page: Open) -> None:
    page = open_page()
    words: Any = page.evaluate("JSON.parse(document.getElementById('config').textContent).words")
    assert set(words) == set(house_page._SHOWN_BY_SCRIPT)
    assert all(words.values())
