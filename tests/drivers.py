"""How the tests talk through each door: a question in, what was voiced or shown out."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask


@dataclass(frozen=True, slots=True)
class Heard:
    """What came out of a door."""

    speech: str
    """The words voiced or shown as the answer, in order."""
    refused: bool = False


Driver = Callable[..., Heard]


def ask_json(app: Flask, text: str, locale: str | None = None) -> Heard:
    body = {"text": text} | ({"locale": locale} if locale else {})
    answer = app.test_client().post("/api/ask", json=body)
    assert answer.status_code in (200, 400), answer.get_data(as_text=True)
    return Heard(answer.get_json()["speech"], answer.status_code == 400)


def ask_page(app: Flask, text: str, locale: str | None = None) -> Heard:
    form = {"text": text} | ({"locale": locale} if locale else {})
    answer = app.test_client().post("/", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code in (200, 400), page
    found = re.search(r'<section aria-labelledby="answer".*?</h2>(.*?)</section>', page, re.S)
    assert found, page
    shown = re.split(r'<audio|<p class="note"|<p><span id="listen"', found[1])[0]
    words = html.unescape(re.sub(r"<[^>]+>", " ", shown))
    return Heard(" ".join(words.split()), answer.status_code == 400)


def ask_terminal(app: Flask, text: str, locale: str | None = None) -> Heard:
    options = ["--locale", locale] if locale else []
    result = app.test_cli_runner().invoke(args=["ask", *options, "--wav", "/dev/null", "--", text])
    assert result.exit_code in (0, 2), (result.output, result.exception)
    return Heard(" ".join(result.stdout.split()), result.exit_code == 2)


DRIVERS: dict[str, dict[str, Driver]] = {
    "web": {"json": ask_json, "page": ask_page},
    "terminal": {"terminal": ask_terminal},
}
"""Channel module → its doors."""

DOORS = {name: driver for doors in DRIVERS.values() for name, driver in doors.items()}
