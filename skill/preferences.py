"""What a user asked us to remember, and the care that a lost preference never costs an answer."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass, fields
from threading import Lock, Thread
from typing import Any, Protocol, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Preferences:
    """How one user likes to listen. Names and numbers only, never a word the user said."""

    rate: int = 150
    """Words a minute, 80 to 450."""
    verbosity: str = "normal"
    """As in Session: "short", "normal" or "long"."""
    locale: str = ""
    """Tag of the locale asked for; empty where none was. It may be one that is not offered here."""
    met: bool = False
    """Whether the user was greeted before, and so needs no introduction."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: object) -> Preferences:
        """Read back what a store kept. A value that is unknown or out of range: its default."""
        kept = stored if isinstance(stored, Mapping) else {}
        names = [field.name for field in fields(cls)]
        return cls(**{n: kept[n] for n in names if n in kept and _VALID[n](kept[n])})


_VALID: Mapping[str, Callable[[Any], object]] = {
    "rate": lambda value: type(value) is int and 80 <= value <= 450,
    "verbosity": lambda value: value in ("short", "normal", "long"),
    "locale": lambda value: isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9-]{0,35}", value),
    "met": lambda value: type(value) is bool,
}


def user_key(kind: str, raw: str, secret: str) -> str:
    """What stands for a user in a store: 64 hex digits, which without `secret` say nothing.

    kind: where the id comes from, such as "alexa"; equal ids of two kinds are two users.
    raw: the id as the channel knows it; it is stored and logged nowhere.
    """
    named = ascii(("preferences", kind, raw)).encode()
    return hmac.digest(secret.encode(), named, hashlib.sha256).hex()


class Store(Protocol):
    """Where preferences are kept. Any method may fail or be slow: callers go through `Careful`.

    `user` is a `user_key`. What a method did not return from may or may not have been done.
    """

    def load(self, user: str) -> Preferences | None:
        """What was saved last for `user`; None where nothing was."""

    def save(self, user: str, preferences: Preferences) -> None:
        """Keep them in place of what was kept. Once this returns they outlast the process."""

    def forget(self, user: str) -> None:
        """Delete all that is kept for `user`; once this returns nothing is left to load."""

    def problem(self) -> str:
        """Empty while all is well, else one sentence that says what to do. Names no user."""


class Careful:
    """A store that cannot cost an answer: what fails or takes too long counts as no preference.

    After repeated failures most calls are not even tried, so that a store that is down does not
    make everyone wait. That is counted in calls, for nothing here knows the time. Of the calls of
    one process one runs at a time, in the order they came: what was slow to be saved cannot come
    back after it was forgotten.
    """

    def __init__(
        self,
        store: Store,
        log_fault: Callable[[str, BaseException], None],
        patience: float = 0.3,
    ) -> None:
        """Asks nothing of the store yet.

        log_fault: told what failed and how; must log neither the message nor a user.
        patience: seconds that one call may wait for its turn, and again for its answer.
        """
        self._store, self._log_fault, self._patience = store, log_fault, patience
        self._turn = Lock()
        self._failures: Counter[str] = Counter()  # in a row, by method
        self._rests: Counter[str] = Counter()  # calls still to let pass, by method

    def load(self, user: str) -> Preferences | None:
        """None where nothing is known of `user`, or cannot be just now, or `user` is empty."""
        if not user or self._resting("load"):
            return None
        return self._try("load", lambda: self._store.load(user))[1]

    def change(self, user: str, **values: object) -> bool:
        """Keep `values`, named as in Preferences, and leave what else is kept as it is.

        Returns whether it is now kept. What cannot be read is not overwritten.
        """

        def changed() -> None:
            known = self._store.load(user)
            new = Preferences.from_dict({**(known or Preferences()).to_dict(), **values})
            if new != known:
                self._store.save(user, new)

        return bool(user) and not self._resting("change") and self._try("change", changed)[0]

    def forget(self, user: str) -> bool:
        """Delete all that is kept for `user`. Returns whether nothing is kept any more.

        It is always tried, and waited for longer: the user is told how it ended.
        """
        if not user:
            return True
        return self._try("forget", lambda: self._store.forget(user), 5 * self._patience)[0]

    def problem(self) -> str:
        """For /healthz: empty while all is well, else one sentence."""
        done, said = self._try("problem", self._store.problem)
        if said:
            return said
        failing = not done or any(self._failures.values())
        return "Preferences could not be kept when last tried: see the log." if failing else ""

    def _resting(self, what: str) -> bool:
        """Whether to let this call pass untried."""
        resting = self._rests[what] > 0
        self._rests[what] -= resting
        return resting

    def _try(
        self, what: str, call: Callable[[], _T], patience: float | None = None
    ) -> tuple[bool, _T | None]:
        """Whether `call` returned in time, and what."""
        try:
            value = self._in_turn(call, patience or self._patience)
        except Exception as error:  # noqa: BLE001 – whatever a store does, the answer goes on
            self._log_fault(f"preferences: {what}", error)
            self._failures[what] += 1
            # 0, 1, 3, 7 … 63: brief trouble costs little, and lasting trouble one call in 64.
            self._rests[what] = 2 ** min(self._failures[what] - 1, 6) - 1
            return False, None
        self._failures[what] = 0
        return True, value

    def _in_turn(self, call: Callable[[], _T], patience: float) -> _T:
        """What `call` returns, or raises; TimeoutError where that takes longer than `patience`.

        It runs in a thread of its own, since nothing else can leave a hanging disk behind. That
        thread keeps the turn until it is done.
        """
        if not self._turn.acquire(timeout=patience):
            raise TimeoutError
        answer: Future[_T] = Future()

        def run() -> None:
            try:
                result = call()
            except BaseException as error:  # noqa: BLE001 – it is raised where it is waited for
                self._turn.release()
                answer.set_exception(error)
            else:
                self._turn.release()
                answer.set_result(result)

        try:
            Thread(target=run, daemon=True).start()
        except RuntimeError:  # no more threads to be had
            self._turn.release()
            raise
        return answer.result(patience)
