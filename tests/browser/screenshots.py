"""`make screenshots`: a picture of each state, and its outline as a screen reader finds it.

The pictures go to docs/screenshots/, the outlines to tests/browser/snapshots/: read their
differences before you commit them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from playwright.sync_api import sync_playwright

from app import create_app
from tests.browser import chromium
from tests.browser.states import STATES

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs/screenshots"
TALL = {"viewport": {"width": 1000, "height": 1150}}
OUTLINES = Path(__file__).parent / "snapshots"


def main() -> None:
    if not chromium.path():
        sys.exit(chromium.NEEDED)
    for folder in (PICTURES, OUTLINES):
        folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as cache, sync_playwright() as playwright:
        app = create_app({"TESTING": True, "SECRET_KEY": "pictures", "SPEECH_CACHE": cache})
        browser = chromium.launch(playwright, chromium.FAKE_MICROPHONE)
        with chromium.serving(app) as address:
            for name, state in STATES.items():
                context = chromium.context(browser, **{**TALL, **state.options})
                page = chromium.ready(context.new_page(), address)
                state.reach(page)
                outline = page.locator("body").aria_snapshot()
                (OUTLINES / f"{name}.yaml").write_text(outline + "\n", encoding="utf-8")
                page.mouse.move(0, 0)
                page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
                page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")
                context.close()
                click.echo(f"{PICTURES.relative_to(ROOT)}/{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
