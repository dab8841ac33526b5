"""Every state of the page: how to open it and how to bring it there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.chromium import PATIENCE

expect.set_options(timeout=PATIENCE)

QUESTION = "what causes muscle spasms"
EMERGENCY = "my husband is slurring his words what causes spasms"


def nothing(page: Page) -> None:
    expect(page.locator("#speak")).to_be_visible()


def asked(question: str) -> Callable[[Page], None]:
    def ask(page: Page) -> None:
        page.get_by_label("Your question").fill(question)
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.get_by_role("status")).to_have_text("Answer ready")

    return ask


def caption(page: Page) -> None:
    """An answer that is being spoken, held still at its first sentence."""
    asked(QUESTION)(page)
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".now")).to_be_visible()
    page.get_by_role("button", name="Pause").click()


def listening(page: Page) -> None:
    page.get_by_role("button", name="Speak").click()
    expect(page.get_by_role("status")).to_contain_text("Listening")


def choosing(page: Page) -> None:
    page.get_by_role("button", name="Speak").click()
    expect(page.get_by_role("button", name="Let this page listen")).to_be_visible()


def refused(page: Page) -> None:
    """No microphone may be used."""
    page.get_by_role("button", name="Speak").click()
    expect(page.get_by_role("status")).to_contain_text("In an emergency, call 911.")


@dataclass(frozen=True)
class State:
    """One state; `options` are those of a browser context."""

    reach: Callable[[Page], None]
    options: dict[str, Any] = field(default_factory=dict)


NARROW = {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}
"""A window 1280 pixels wide, zoomed to 400 %."""
DARK = {"color_scheme": "dark"}

STATES = {
    "empty": State(nothing),
    "answer": State(caption),
    "emergency": State(asked(EMERGENCY)),
    "listening": State(listening, {"permissions": ["microphone"]}),
    "choosing": State(choosing, {"recognition": True}),
    "error": State(refused),
    "dark": State(caption, DARK),
    "dark-emergency": State(asked(EMERGENCY), DARK),
    "forced-colours": State(asked(EMERGENCY), {"forced_colors": "active"}),
    "more-contrast": State(caption, {"contrast": "more", "reduced_motion": "reduce"}),
    "zoomed": State(asked(EMERGENCY), NARROW),
}
