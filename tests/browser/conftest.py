"""What the browser tests share: one Chromium, one server, pages that tell what they announced."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.browser import chromium

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if os.environ.get("SPASM_GUIDE_NO_BROWSER") == "1":
        pytest.skip("SPASM_GUIDE_NO_BROWSER is set")
    if not chromium.path():
        pytest.fail(chromium.NEEDED)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """With a fake microphone; whether a page may use it is each context's own matter."""
    launched = chromium.launch(playwright, chromium.FAKE_MICROPHONE)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def site(app: Flask) -> Iterator[str]:
    with chromium.serving(app) as address:
        yield address


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Open]:
    """Opens the page in a fresh profile; faults of its scripts fail the test."""
    contexts, faults = [], []

    def opened(using: Browser = browser, **options: object) -> Page:
        context = chromium.context(using, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        if options.get("java_script_enabled", True):
            return chromium.ready(page, site)
        page.goto(site)
        return page

    yield opened
    for context in contexts:
        context.close()
    network = "Failed to load resource"  # what a test does on purpose
    assert not [fault for fault in faults if network not in fault]
