"""A real Chromium and a real server for the browser tests and the screenshots."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from waitress.server import create_server

PATIENCE = 20_000
"""Milliseconds that anything may take on a slow machine."""
NEEDED = (
    "The page is tested in a real Chromium, and none was found. On Debian or Ubuntu: "
    "apt install chromium fonts-dejavu-core. Elsewhere set CHROMIUM to its path. "
    "SPASM_GUIDE_NO_BROWSER=1 leaves these tests out."
)
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=user-gesture-required",
)  # fmt: skip
FAKE_MICROPHONE = "--use-fake-device-for-media-stream"

WITHOUT_RECOGNITION = "delete window.SpeechRecognition; delete window.webkitSpeechRecognition;"

WATCH = """
// As a screen reader would hear the live regions, with what each was set to at that moment.
window.announced = [];
const watcher = new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes) {
    const region = target.closest("[role]");
    const words = [...addedNodes].map((node) => node.textContent).join("").trim();
    const live = region.getAttribute("aria-live");
    if (words) announced.push([region.getAttribute("role"), live, words]);
  }
});
document.addEventListener("DOMContentLoaded", () => {
  for (const region of document.querySelectorAll("[role=status], [role=alert]"))
    watcher.observe(region, { childList: true, subtree: true });
});
// Every audio element that was ever told to play.
window.players = [];
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  if (!players.includes(this)) players.push(this);
  return play.call(this);
};
"""


def path() -> str | None:
    """Where Chromium is; None where there is none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return found if found and Path(found).exists() else None


def launch(playwright: Playwright, *flags: str) -> Browser:
    return playwright.chromium.launch(
        executable_path=path(), args=[*FLAGS, *flags], timeout=3 * PATIENCE
    )


def context(browser: Browser, **options: object) -> BrowserContext:
    """A fresh profile, without the browser's own speech recognition unless asked for."""
    recognition = options.pop("recognition", False)
    made = browser.new_context(**{"viewport": {"width": 1000, "height": 900}, **options})  # type: ignore[arg-type]
    made.set_default_timeout(PATIENCE)
    if options.get("java_script_enabled", True):
        made.add_init_script(WATCH)
        if not recognition:
            made.add_init_script(WITHOUT_RECOGNITION)
    return made


def ready(page: Page, address: str) -> Page:
    """The page opened, its scripts run."""
    page.goto(address)
    page.locator("#speak:not([hidden])").wait_for()
    return page


def until(page: Page, condition: str) -> None:
    """Wait for a condition in JavaScript. Playwright's own way needs eval in the page."""
    for _ in range(PATIENCE // 50):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {condition}")


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The app behind the server that `make run` uses, on a free port; yields its address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}/"  # type: ignore[union-attr]
    finally:
        server.close()
        thread.join(timeout=PATIENCE / 1000)
