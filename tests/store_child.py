"""Another process at a store's file: `python -m tests.store_child WHAT FILE [NUMBERS]`.

It says on standard output what it has done, a line at once for each thing done.
"""

import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from skill.preferences import Preferences
from skill.stores.sqlite import SqliteStore

EVERYONE = "everyone"
"""A user whose preferences every tenth number changes."""


def user(number: int) -> str:
    return f"{number:064x}"


def preferences(number: int) -> Preferences:
    """Such that each of 1,000 numbers has its own."""
    return Preferences(rate=100 + number % 250, locale=f"x-{number}", met=number % 2 == 1)


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201


def write(path: Path, first: int, count: int) -> None:
    """Each user once, and EVERYONE ever again."""
    store = SqliteStore(path, timeout=60)  # another process is to be waited for
    for number in range(first, first + count):
        store.save(user(number), preferences(number))
        if number % 10 == 0:
            store.save(EVERYONE, preferences(number))
        say(number)


def hold(path: Path) -> None:
    """Keep everyone else out until standard input ends."""
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    say("held")
    sys.stdin.read()
    lock.close()


def fill(path: Path, size: int, action: int = signal.SIG_IGN) -> None:
    """Write until a file would grow beyond `size` bytes; then read.

    action: on the signal that says so; SIG_DFL dies of it, in the midst of that write.
    """
    signal.signal(signal.SIGXFSZ, action)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    store, number = SqliteStore(path), 0
    try:
        while True:
            store.save(user(number), preferences(number))
            say(number)
            number += 1
    except sqlite3.Error as error:
        assert store.load(user(0)) == preferences(0)
        say(error.sqlite_errorname)


def read_only(path: Path) -> None:
    """What can be done in a folder that one may only read."""
    if os.geteuid() == 0:  # who may write everywhere
        os.seteuid(65_534)
    store = SqliteStore(path)
    calls: list[Callable[[], object]] = [
        lambda: store.load(user(1)),
        lambda: store.save(user(1), preferences(2)),
        lambda: store.forget(user(1)),
        store.problem,
    ]
    for call in calls:
        try:
            say(call())
        except (sqlite3.Error, OSError) as error:
            say(type(error).__name__)


if __name__ == "__main__":
    what: dict[str, Callable[..., None]] = {
        "write": write, "hold": hold, "fill": fill, "read_only": read_only
    }  # fmt: skip
    what[sys.argv[1]](Path(sys.argv[2]), *map(int, sys.argv[3:]))
