"""Preferences in one SQLite file, which any number of threads and processes may share.

- **A connection for each call.** It costs 50 to 120 µs. A kept one would answer in 5, but it would
  go on writing into a file that was moved aside or put back from a backup, and it does not survive
  a fork.
- **A rollback journal, not a write-ahead log.** SQLite before 3.51.3 (Python brings its own, often
  far older) can corrupt a write-ahead log when two connections write at once: the "WAL-reset bug"
  of sqlite.org/wal.html, rare, but just our case. With a connection for each call the log is no
  faster, either, since each call makes it and folds it away: reading takes twice as long.
  The price: a reader waits while a writer commits, and two processes that do nothing but write
  take up to twice as long.
- **synchronous=EXTRA.** An acknowledged write survives SIGKILL, and the loss of power too.
- **No time is kept.** Users who never come back (a browser that lost its cookie, or everyone, when
  the secret key is lost) cannot ask to be forgotten; so those whose preferences were saved longest
  ago go once there are more than `capacity`, which also bounds the file: 100,000 take 24 MB.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from skill.preferences import Preferences

_log = logging.getLogger("spasm_guide")

SCHEMA = 1
"""Version of the table; a file says its own in `user_version`."""

_TABLE = """CREATE TABLE preferences (
    saved INTEGER PRIMARY KEY,  -- higher: saved later
    user TEXT NOT NULL UNIQUE,
    kept TEXT NOT NULL  -- JSON
)"""
_KEEP = "INSERT OR REPLACE INTO preferences (user, kept) VALUES (?, ?)"
_KEPT = "SELECT kept FROM preferences WHERE user = ?"
_FORGET = "DELETE FROM preferences WHERE user = ?"
_PRUNE = """DELETE FROM preferences WHERE saved <=
    (SELECT saved FROM preferences ORDER BY saved DESC LIMIT 1 OFFSET ?)"""

_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_MOST_KEPT = 9


class StoreError(Exception):
    """The file is not ours to use. Says what to do, and never names a user."""


class SqliteStore:
    """Preferences in one file, made when first needed.

    Methods raise sqlite3.Error, OSError, or StoreError. A corrupt file is moved aside, kept as
    FILE.corrupt-1 (to -9; after that the operator must look), and a new one begun. What was moved
    aside is for the operator to mend or to delete: nothing here reads it, or forgets a user in it.
    """

    def __init__(self, path: Path, *, timeout: float = 0.2, capacity: int = 100_000) -> None:
        """Touches no disk.

        timeout: seconds to wait for other connections.
        capacity: how many users to keep, give or take a hundredth.
        """
        self._path, self._timeout, self._capacity = path, timeout, capacity

    def load(self, user: str) -> Preferences | None:
        found = self._run(_KEPT, user)
        try:
            return Preferences.from_dict(json.loads(found)) if found else None
        except ValueError:  # not from us; the next save mends it
            return None

    def save(self, user: str, preferences: Preferences) -> None:
        self._run(_KEEP, user, json.dumps(preferences.to_dict()))

    def forget(self, user: str) -> None:
        self._run(_FORGET, user)

    def problem(self) -> str:
        try:
            self._run(_FORGET, "")  # nobody: it asks for leave to write, and writes nothing
        except StoreError as error:
            return str(error)
        except (sqlite3.Error, OSError) as error:
            why = getattr(error, "sqlite_errorname", type(error).__name__)
            return (
                f"Preferences cannot be kept ({why}): look at the file and the folder that "
                "SPASM_GUIDE_PREFERENCES_URL names, by default in instance/."
            )
        return ""

    def _run(self, statement: str, *values: str) -> str | None:
        """The first value that `statement` finds, on a file begun anew where it was corrupt."""
        try:
            return self._attempt(statement, values)
        except sqlite3.DatabaseError as error:
            if not _is_corrupt(error):
                raise
        # Of several processes that meet it one moves it; a lock that ends with its process.
        with self._connected(Path(f"{self._path}.repair")) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            try:
                return self._attempt(statement, values)
            except sqlite3.DatabaseError as error:
                if not _is_corrupt(error) or not self._set_aside():
                    raise
            return self._attempt(statement, values)

    def _attempt(self, statement: str, values: tuple[str, ...]) -> str | None:
        with self._connected(self._path) as connection:
            connection.execute("PRAGMA synchronous=EXTRA")
            connection.execute("PRAGMA secure_delete=ON")  # what is forgotten is overwritten
            if _version(connection) != SCHEMA:
                _begin(connection)
            cursor = connection.execute(statement, values)
            row = cursor.fetchone()
            step = max(1, self._capacity // 100)
            if statement is _KEEP and (cursor.lastrowid or 0) % step == 0:
                connection.execute(_PRUNE, (self._capacity,))
            return row[0] if row else None

    @contextmanager
    def _connected(self, path: Path) -> Iterator[sqlite3.Connection]:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        with closing(
            sqlite3.connect(path, timeout=self._timeout, isolation_level=None)
        ) as connection:
            yield connection

    def _set_aside(self) -> bool:
        """Move the file out of the way; a journal beside it SQLite itself has dealt with.

        False where there are too many such files already: then the disk is what is broken.
        """
        for number in range(1, _MOST_KEPT + 1):
            aside = Path(f"{self._path}.corrupt-{number}")
            if not aside.exists():
                self._path.rename(aside)
                _log.error("The preferences were corrupt: kept as %s, and begun anew.", aside.name)
                return True
        return False


def _is_corrupt(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _CORRUPT


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _begin(connection: sqlite3.Connection) -> None:
    """Make the table in an empty file. Raises StoreError where the file holds something else."""
    connection.execute("BEGIN IMMEDIATE")
    version = _version(connection)
    if version > SCHEMA:
        raise StoreError(
            "The preferences were kept by a newer version of Spasm Guide: run that version, or "
            "name another file in SPASM_GUIDE_PREFERENCES_URL."
        )
    if version < SCHEMA:  # else another process was faster
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise StoreError(
                "SPASM_GUIDE_PREFERENCES_URL names another program's file: name one of its own."
            )
        connection.execute(_TABLE)
        connection.execute(f"PRAGMA user_version={SCHEMA}")
    connection.execute("COMMIT")
