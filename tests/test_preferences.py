"""Preferences: read back whatever was kept; and a store that fails costs nothing but them."""

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.conversation import log_fault
from skill.preferences import Careful, Preferences, user_key
from tests.test_messages import JSON_VALUES

LIKES = Preferences(rate=120, verbosity="short", locale="en-GB", met=True)

KEPT = st.builds(
    Preferences,
    rate=st.integers(80, 450),
    verbosity=st.sampled_from(("short", "normal", "long")),
    locale=st.from_regex(r"\A[A-Za-z0-9-]{0,35}\Z"),
    met=st.booleans(),
)


@given(KEPT)
def test_round_trip_is_small(kept: Preferences) -> None:
    stored = json.dumps(kept.to_dict())
    assert Preferences.from_dict(json.loads(stored)) == kept
    assert len(stored) <= 128


@given(JSON_VALUES)
def test_anything_can_be_read(stored: object) -> None:
    read = Preferences.from_dict(stored)
    assert Preferences.from_dict(json.loads(json.dumps(read.to_dict()))) == read


@given(st.sampled_from(sorted(LIKES.to_dict())), JSON_VALUES)
def test_a_spoilt_field_costs_only_itself(name: str, value: object) -> None:
    read = Preferences.from_dict(LIKES.to_dict() | {name: value})
    others = {k: v for k, v in LIKES.to_dict().items() if k != name}
    assert read.to_dict().items() >= others.items()
    assert Preferences.from_dict(read.to_dict()) == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rate", 79),
        ("rate", 451),
        ("rate", True),
        ("rate", 150.0),
        ("rate", "120"),
        ("verbosity", "chatty"),
        ("verbosity", None),
        ("locale", "my secret words"),
        ("locale", "x" * 36),
        ("locale", "en-GB\n"),
        ("locale", 5),
        ("met", 1),
        ("met", "yes"),
    ],
)
def test_out_of_range_is_the_default(name: str, value: object) -> None:
    assert Preferences.from_dict({name: value}) == Preferences()


@pytest.mark.parametrize("stored", [None, [], "x", 5, {}, {"words": "a user said"}])
def test_unreadable_is_the_defaults(stored: object) -> None:
    assert Preferences.from_dict(stored) == Preferences()


def test_a_user_key_hides_the_user() -> None:
    key = user_key("alexa", "amzn1.ask.account.ABC", "secret")
    assert key == user_key("alexa", "amzn1.ask.account.ABC", "secret")
    assert len(key) == 64
    assert set(key) <= set("0123456789abcdef")
    others = [
        user_key("web", "amzn1.ask.account.ABC", "secret"),
        user_key("alexa", "amzn1.ask.account.ABD", "secret"),
        user_key("alexa", "amzn1.ask.account.ABC", "another secret"),
        user_key("alexaamzn1", ".ask.account.ABC", "secret"),
    ]
    assert len({key, *others}) == 5


@given(st.text(), st.text())
def test_any_id_has_a_key(raw: str, secret: str) -> None:
    assert len(user_key("alexa", raw + "\ud800", secret)) == 64


class Frail:
    """A store in memory whose every call does first what `fault` does."""

    def __init__(self) -> None:
        self.kept: dict[str, Preferences] = {}
        self.fault: Callable[[], object] = lambda: None
        self.calls = 0

    def _suffer(self) -> None:
        self.calls += 1
        self.fault()

    def load(self, user: str) -> Preferences | None:
        self._suffer()
        return self.kept.get(user)

    def save(self, user: str, preferences: Preferences) -> None:
        self._suffer()
        self.kept[user] = preferences

    def forget(self, user: str) -> None:
        self._suffer()
        self.kept.pop(user, None)

    def problem(self) -> str:
        self._suffer()
        return ""


def fail(error: Exception) -> Callable[[], object]:
    def failing() -> None:
        raise error

    return failing


def careful(store: Frail, patience: float = 30) -> Careful:
    return Careful(store, log_fault, patience)


def test_a_store_that_is_well_is_passed_through() -> None:
    store = Frail()
    care = careful(store)
    assert care.load("u") is None
    assert care.change("u", rate=200)
    assert care.change("u", verbosity="short", met=True, rate="nonsense")
    assert care.load("u") == Preferences(verbosity="short", met=True)
    assert care.load("v") is None
    assert care.forget("u")
    assert care.load("u") is None
    assert care.problem() == ""


def test_no_user_is_no_call() -> None:
    store = Frail()
    care = careful(store)
    assert care.load("") is None
    assert not care.change("", rate=200)
    assert care.forget("")
    assert store.calls == 0


def test_what_does_not_change_is_not_written() -> None:
    store = Frail()
    store.kept["u"] = LIKES
    assert careful(store).change("u", **LIKES.to_dict())
    assert store.calls == 1  # to load


@pytest.mark.parametrize("kind", [OSError, ValueError, RecursionError, MemoryError])
def test_a_fault_costs_the_preference_only(
    kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    store = Frail()
    store.kept["marmalade"] = LIKES
    care = careful(store)
    store.fault = fail(kind("marmalade"))
    assert care.load("marmalade") is None
    assert not care.change("marmalade", rate=200)
    assert not care.forget("marmalade"), "it was not deleted, and nobody says that it was"
    assert "could not be kept" in care.problem()
    store.fault = lambda: None
    assert store.kept == {"marmalade": LIKES}, "what cannot be read is not overwritten"
    assert kind.__name__ in caplog.text
    assert "test_preferences.py:" in caplog.text
    assert "marmalade" not in caplog.text
    assert care.forget("marmalade")
    assert care.load("marmalade") is None


def test_a_store_that_hangs_is_left_behind() -> None:
    """And what hung cannot undo what came after it."""
    store, woken = Frail(), threading.Event()
    care = careful(store, patience=0.05)
    store.fault = lambda: woken.wait(60)
    assert not care.change("u", rate=200)
    store.fault = lambda: None
    assert care.load("u") is None, "it waits for its turn no longer than it may"
    assert not care.forget("u"), "not while something may still be saved"
    woken.set()
    assert any(care.forget("u") for _ in range(1_000))
    assert store.kept == {}


def test_a_store_that_is_down_is_hardly_tried() -> None:
    store = Frail()
    care = careful(store)
    store.fault = fail(OSError())
    for _ in range(1_000):
        assert care.load("u") is None
    assert store.calls < 25
    assert store.calls >= 1_000 // 64


def test_brief_trouble_costs_one_call() -> None:
    store = Frail()
    care = careful(store)
    assert care.change("u", rate=200)
    store.fault = fail(OSError())
    assert care.load("u") is None
    store.fault = lambda: None
    assert care.load("u") == Preferences(rate=200)


def test_a_store_that_came_back_is_found_within_64_calls() -> None:
    store = Frail()
    store.kept["u"] = LIKES
    care = careful(store)
    store.fault = fail(OSError())
    for _ in range(1_000):
        care.load("u")
    store.fault = lambda: None
    assert LIKES in [care.load("u") for _ in range(64)]
    assert care.load("u") == LIKES
    assert care.problem() == ""


def test_a_save_that_failed_is_a_problem_until_one_succeeds() -> None:
    """A full disk can still be read: only a write tells."""
    store = Frail()
    care = careful(store)
    store.fault = fail(OSError())
    assert not care.change("u", rate=200)
    store.fault = lambda: None
    assert care.load("u") is None
    assert "could not be kept" in care.problem()
    assert care.change("u", rate=200)
    assert care.problem() == ""


def test_no_thread_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    care = careful(Frail())
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail_to_start)
        assert care.load("u") is None
    assert care.change("u", rate=200), "the turn was given back"


def fail_to_start(_: Any) -> None:
    raise RuntimeError("can't start new thread")


def test_many_threads_at_once(caplog: pytest.LogCaptureFixture) -> None:
    """Each waits for its turn, and the turn is never lost."""
    caplog.set_level(logging.ERROR)
    care = careful(Frail())

    def work(user: str) -> None:
        for rate in range(100, 150):
            assert care.change(user, rate=rate)
            assert care.load(user) == Preferences(rate=rate)

    failed: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", failed.append)
        threads = [threading.Thread(target=work, args=(f"u{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failed
    assert not caplog.text
