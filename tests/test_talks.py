"""Scripted conversations through the real doors, each with clients that keep its place."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from speech.locale import Locale
from tests.drivers import verifier
from tests.talkers import AlexaTalker, CoreTalker, JsonTalker, PageTalker, Seen, Talker, at_terminal
from tests.test_conversation import SCRIPTS

DOORS = ("core", "json", "page", "alexa", "terminal")
_users = itertools.count()


def at_door(app: Flask, door: str) -> Talker:
    """Someone new at a door."""
    if door == "core":
        return CoreTalker(app.extensions["spasm_guide"])
    if door == "alexa":
        return AlexaTalker(app, f"amzn1.ask.account.{next(_users)}")
    client = app.test_client()
    return JsonTalker(client) if door == "json" else PageTalker(client)


PLAYED = [
    pytest.param(script, door, id=f"{script['name']} [{door}]")
    for script in SCRIPTS
    for door in script.get("channels", ["core"])
]


@pytest.mark.parametrize(("script", "door"), PLAYED)
def test_script(app: Flask, locale: Locale, script: dict[str, Any], door: str) -> None:
    for turn, seen in played(app, script, door):
        check(locale, turn, seen)


def played(app: Flask, script: dict[str, Any], door: str) -> Iterator[tuple[dict[str, Any], Seen]]:
    turns: list[dict[str, Any]] = script["turns"]
    if door == "terminal":
        yield from zip(turns, at_terminal(app, [turn["say"] for turn in turns]), strict=True)
        return
    talkers: dict[str, Talker] = {}
    for turn in turns:
        who = turn.get("who", "")
        talker = talkers.setdefault(who, at_door(app, door))
        if turn.get("leaves"):
            talker.leave()
        yield turn, talker.say(turn["say"])


def check(locale: Locale, turn: dict[str, Any], seen: Seen) -> None:
    """What a turn of a script asks of its answer, as far as the door tells."""
    told = f"{turn['say']!r} → {seen}"
    assert seen.speech, told
    assert len(seen.kept) < 4_096, told
    if "parts" in turn:
        assert seen.speech == " ".join(locale.text(i) for i in turn["parts"]), told
        assert seen.ids in (None, turn["parts"]), told
    for part_id in turn.get("has", []):
        assert locale.text(part_id) in seen.speech, told
    for part_id in turn.get("lacks", []):
        assert locale.text(part_id) not in seen.speech, told
    assert seen.intent in (None, turn.get("intent", seen.intent)), told
    assert seen.guidance in (None, turn.get("guidance", seen.guidance)), told
    if turn.get("guidance") in ("certain", "possible"):
        assert seen.speech.startswith("Call "), told
    assert seen.rate in (None, int(turn.get("rate", seen.rate or 0))), told
    if "ends" in turn:
        assert seen.ended in (None, turn["ends"] == "yes"), told


def test_scripts_are_many_and_go_through_every_door() -> None:
    assert sum(4 <= len(script["turns"]) <= 12 for script in SCRIPTS) >= 70
    assert len({script["name"] for script in SCRIPTS}) == len(SCRIPTS)
    assert all(set(script.get("channels", [])) <= set(DOORS) for script in SCRIPTS)
    through = [set(script.get("channels", [])) for script in SCRIPTS]
    assert sum({"json", "alexa"} <= doors for doors in through) >= 20
    assert sum({"json", "page", "alexa", "terminal"} <= doors for doors in through) >= 5


def test_many_users_at_once_on_one_server(app: Flask, locale: Locale) -> None:
    """Each of eight, at three doors, hears their own conversation, whoever talks beside them."""
    named = {str(script["name"]): script for script in SCRIPTS}
    two = [
        named["an emergency in the middle of the check, then an ordinary question, at every door"],
        named["repeat after slower is slow, too"],
    ]
    doors = itertools.islice(itertools.cycle(("json", "page", "alexa")), 24)
    with ThreadPoolExecutor(8) as server:
        talks = [server.submit(whole, app, two[n % 2], door) for n, door in enumerate(doors)]
        for talk in talks:
            for turn, seen in talk.result():
                check(locale, turn, seen)


def whole(app: Flask, script: dict[str, Any], door: str) -> list[tuple[dict[str, Any], Seen]]:
    return list(played(app, script, door))


# What outlasts a session: kept per Alexa user, in a real store.


def alexa_user(app: Flask) -> AlexaTalker:
    return AlexaTalker(app, f"amzn1.ask.account.{next(_users)}")


def test_a_returning_user_is_met_short_and_at_their_rate(app: Flask, locale: Locale) -> None:
    user, other = alexa_user(app), alexa_user(app)
    assert user.say("hello").speech == locale.text("prompts.welcome")
    assert user.say("what causes muscle spasms").rate == 150
    assert user.say("slower").rate == 135
    assert user.say("slower").rate == 120
    assert user.say("stop").ended
    user.leave()
    back = user.say("hello")
    assert (back.speech, back.rate) == (locale.text("prompts.welcome_back"), 120)
    assert user.say("what causes muscle spasms").rate == 120
    assert other.say("hello").speech == locale.text("prompts.welcome"), "nobody else's"
    assert other.say("what causes muscle spasms").rate == 150


def test_short_answers_last_until_longer_ones_are_asked_for(app: Flask, locale: Locale) -> None:
    user = alexa_user(app)
    user.say("shorter answers")
    user.leave()
    brief = locale.text("muscle_spasms.causes.brief")
    for _ in range(2):
        seen = user.say("what causes muscle spasms")
        assert (seen.speech, seen.ended) == (brief, True)
    user.say("longer answers")
    user.leave()
    assert user.say("what causes muscle spasms").ended is False


def test_an_emergency_is_voiced_before_a_returning_user_is_known(
    app: Flask, locale: Locale
) -> None:
    user = alexa_user(app)
    user.say("faster")
    user.leave()
    words = user.say("my husband is slurring his words").speech
    assert words.startswith(locale.text("emergency.stroke.certain"))
    user.leave()
    words = user.say("my husband is slurring his words").speech
    assert words.startswith(locale.text("emergency.stroke.certain")), "in full in each session"


@pytest.mark.parametrize("met", [True, False])
def test_forget_me_leaves_nothing_in_the_store(
    app: Flask, locale: Locale, tmp_path: Path, *, met: bool
) -> None:
    path = tmp_path / "kept.sqlite3"
    user = alexa_user(app_with(path))
    if met:
        user.say("hello")
    user.say("slower")
    assert rows(path) == 1
    seen = user.say("forget me")
    assert seen.speech.startswith(locale.text("prompts.forgotten"))
    assert rows(path) == 0
    user.say("what causes muscle spasms")
    assert rows(path) == 0, "an ordinary question keeps nothing"
    user.leave()
    assert user.say("what causes muscle spasms").rate == 150
    assert user.say("hello").speech == locale.text("prompts.welcome")


def app_with(preferences: Path) -> Flask:
    return create_app(
        {
            "TESTING": True,
            "SECRET_KEY": "for tests",
            "SPEECH_CACHE": str(preferences.parent / "speech"),
            "PREFERENCES_URL": f"sqlite:///{preferences}",
            "ALEXA_VERIFIER": verifier(),
        }
    )


def rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as store:
        (table,) = (
            name
            for (name,) in store.execute("select name from sqlite_master where type = 'table'")
            if not name.startswith("sqlite_")
        )
        (count,) = store.execute(f'select count(*) from "{table}"').fetchone()
        return int(count)


@contextmanager
def down(path: Path) -> Iterator[None]:
    path.mkdir()
    yield


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("create table if not exists mine (a)")
        other.execute("begin exclusive")
        yield


@contextmanager
def corrupt(path: Path) -> Iterator[None]:
    path.write_bytes(b"no database at all, " * 500)
    yield


@pytest.mark.parametrize("fault", [down, locked, corrupt])
def test_a_store_in_trouble_costs_the_preference_alone(
    locale: Locale, tmp_path: Path, fault: Callable[[Path], AbstractContextManager[None]]
) -> None:
    path = tmp_path / "kept.sqlite3"
    with fault(path):
        user = alexa_user(app_with(path))
        assert user.say("hello").speech == locale.text("prompts.welcome")
        assert user.say("slower").rate == 135, "for this session it is kept all the same"
        seen = user.say("what causes muscle spasms")
        assert seen.speech.startswith(locale.text("muscle_spasms.causes.brief"))
        assert seen.rate == 135
        seen = user.say("my face is drooping")
        assert seen.speech.startswith(locale.text("emergency.stroke.certain"))
        user.leave()
        seen = user.say("my face is drooping")
        assert seen.speech.startswith(locale.text("emergency.stroke.certain"))
        if fault is not corrupt:  # that one mends itself
            seen = user.say("forget me")
            assert seen.speech.startswith(locale.text("prompts.not_forgotten")), "never claimed"
            assert seen.speech.endswith(locale.text("prompts.want_waiting"))
