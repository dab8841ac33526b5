"""911 is never lost: every phrase through every door, with every part healthy and broken.

The last test breaks the rule itself in each door in turn, and expects the matrix to go red.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import app as house
from skill.channels import page, terminal, web, wire
from skill.channels.alexa import handlers
from skill.conversation import Conversation
from skill.listener import Listener
from skill.messages import MAX_TEXT, Response, Session
from skill.preferences import Careful
from skill.safety import LexicalRule
from speech.encoder import Encoder
from speech.locale import Locale
from speech.quoted_yaml import read
from speech.tts import Voice
from tests.drivers import DOORS, DRIVERS, Heard

PHRASES: Any = read(Path(__file__).parent / "data/en-US/matrix.yaml")["phrases"]
FILLER = " and i was also wondering about it" * 40


class BrokenError(Exception):
    """What every broken part raises; its words must reach nobody."""


def broken(*_: object, **__: object) -> Any:
    raise BrokenError("secret words")


Break = Callable[[pytest.MonkeyPatch], None]
FAULTS: dict[str, Break] = {
    "healthy": lambda patch: None,
    "safety raises": lambda patch: patch.setattr(LexicalRule, "mention", broken),
    "encoder off": lambda patch: patch.setattr(Listener, "read", lambda *_: None),
    "encoder raises": lambda patch: patch.setattr(Encoder, "read", broken),
    "second look raises": lambda patch: patch.setattr(Listener, "mention", broken),
    "memory raises": lambda patch: patch.setattr(Careful, "_try", broken),
    "handler raises": lambda patch: patch.setattr("skill.conversation.handle", broken),
    "recogniser raises": lambda patch: patch.setattr(Listener, "asked", broken),
    "guard raises": lambda patch: patch.setattr(Conversation, "_guard", broken),
    "voice raises": lambda patch: patch.setattr(Voice, "speak", broken),
    "over-long": lambda patch: None,
    "unknown locale": lambda patch: None,
}


def ask(app: Flask, door: str, fault: str, text: str) -> Heard:
    if fault == "over-long":
        text += FILLER
        assert len(text) > MAX_TEXT
    return DOORS[door](app, text, "xx-XX" if fault == "unknown locale" else None)


def check(app: Flask, locale: Locale, door: str, fault: str, phrase: dict[str, str]) -> None:
    """One cell: the guidance that is due comes first, with its number in the first five words."""
    heard = ask(app, door, fault, phrase["text"])
    due = "emergency.stroke.certain" if fault == "safety raises" else phrase["first"]
    if fault == "guard raises":
        due = due.replace("possible", "certain")
    if door == "alexa" and fault == "unknown locale":  # Alexa's own locales fall back to ours
        locale = locale.elsewhere
    ways = {due, due.replace("possible", "certain")} if fault == "over-long" else {due}
    # Of words that ramble on the strength is in doubt, and in doubt it is certain.
    assert heard.speech.startswith(tuple(map(locale.text, ways))), (due, heard.speech)
    if door != "alexa":
        assert heard.refused == (fault in ("over-long", "unknown locale"))
    assert {"911", "988"} & {w.strip(",.") for w in heard.speech.split()[:5]}
    alone = "self_harm" in due and fault == "recogniser raises"  # nothing follows that form
    if fault in ("safety raises", "recogniser raises", "guard raises") and not alone:
        assert "something broke" in heard.speech, "a fault is said plainly"
    assert "secret words" not in heard.speech


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("door", DOORS)
def test_guidance_comes_first(
    app: Flask, locale: Locale, monkeypatch: pytest.MonkeyPatch, door: str, fault: str
) -> None:
    FAULTS[fault](monkeypatch)
    for phrase in PHRASES:
        check(app, locale, door, fault, phrase)


@pytest.mark.parametrize("door", DOORS)
def test_a_broken_answer_says_so_after_the_guidance(
    app: Flask, locale: Locale, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    FAULTS["handler raises"](monkeypatch)
    for text, first in (
        ("what causes muscle spasms", "prompts.error"),
        ("i'm slurring my words, what causes muscle spasms", "emergency.stroke.certain"),
        ("can a stroke cause muscle spasms", "emergency.stroke.possible"),
    ):
        heard = DOORS[door](app, text)
        assert heard.speech.startswith(locale.text(first))
        assert locale.text("prompts.error") in heard.speech


@pytest.mark.parametrize("door", DOORS)
def test_no_guidance_without_a_sign(app: Flask, door: str) -> None:
    for text in ("what is a charley horse", "a spasm under my left ribs", "play some music"):
        assert not DOORS[door](app, text).speech.startswith("Call 911")


@pytest.mark.parametrize("door", DOORS)
def test_a_broken_second_look_counts_as_a_mention(
    app: Flask, locale: Locale, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    FAULTS["encoder raises"](monkeypatch)
    heard = DOORS[door](app, "we put on our coats and went to the shops")
    assert heard.speech.startswith(locale.text("emergency.stroke.certain"))


def test_every_channel_has_a_driver() -> None:
    assert {channel.__name__.rsplit(".", 1)[1] for channel in house.CHANNELS} == set(DRIVERS)


def _headless(response: Response) -> Response:
    return replace(response, parts=response.parts[1:] or response.parts[-1:])


def _without_first(function: Callable[..., Any], at: int) -> Callable[..., Any]:
    """The function, its Response argument robbed of the first part."""

    def mutant(*args: Any, **kwargs: Any) -> Any:
        robbed = [_headless(a) if n == at and a else a for n, a in enumerate(args)]
        return function(*robbed, **kwargs)

    return mutant


def _late(function: Callable[..., tuple[Response, Session]]) -> Callable[..., Any]:
    """respond(), with the guidance after the answer."""

    def mutant(*args: Any) -> tuple[Response, Session]:
        response, session = function(*args)
        first, *others = response.parts
        return replace(response, parts=(*others, first)), session

    return mutant


MUTANTS: dict[str, dict[str, Break]] = {
    "json": {"drops it": lambda p: p.setattr(web, "to_json", _without_first(wire.to_json, 0))},
    "page": {"drops it": lambda p: p.setattr(page, "render", _without_first(page.render, 1))},
    "terminal": {
        "drops it": lambda p: p.setattr(
            terminal._Desk, "_give", _without_first(terminal._Desk._give, 1)
        )
    },
}
MUTANTS["alexa"] = {
    "drops it": lambda p: p.setattr(handlers, "to_alexa", _without_first(handlers.to_alexa, 0))
}
EVERYWHERE: dict[str, Break] = {
    "hears nothing": lambda p: p.setattr(Listener, "mention", lambda *_: None),
    "says it last": lambda p: p.setattr(Conversation, "respond", _late(Conversation.respond)),
}


@pytest.mark.parametrize("door", DOORS)
def test_the_matrix_goes_red_when_the_rule_is_broken(
    app: Flask, locale: Locale, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    """Each mutant of the rule, alone in its door, must fail every cell of that door."""
    with_question = [p for p in PHRASES if not p["first"].startswith("emergency.self_harm")]
    survivors = []
    for name, mutate in (MUTANTS[door] | EVERYWHERE).items():
        for phrase in with_question:
            with monkeypatch.context() as patch:
                mutate(patch)
                try:
                    check(app, locale, door, "healthy", phrase)
                except AssertionError:
                    continue
                survivors.append((name, phrase["text"]))
    assert not survivors
