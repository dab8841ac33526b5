"""Where preferences are kept, chosen by one setting: PREFERENCES_URL."""

from pathlib import Path

from skill.preferences import Preferences, Store
from skill.stores.sqlite import SqliteStore


class Nothing:
    """Keeps nothing, and is well."""

    def load(self, user: str) -> Preferences | None:
        """None, for nothing was saved."""

    def save(self, user: str, preferences: Preferences) -> None:
        """Not kept, as was asked for."""

    def forget(self, user: str) -> None:
        """Nothing is there to delete."""

    def problem(self) -> str:
        return ""


def open_store(url: str | None, instance: Path) -> Store:
    """The store that the setting PREFERENCES_URL names. Touches no disk: a store that is down is
    no reason not to start.

    url: "sqlite:///FILE", taken from the folder `instance` unless FILE begins with a slash itself
    (sqlite:////var/lib/…); "none:" or empty to keep nothing; None for preferences.sqlite3 there.
    Raises LookupError, naming the setting, where no store goes by that name.
    """
    if url is None:
        return SqliteStore(instance / "preferences.sqlite3")
    if url in ("", "none:"):
        return Nothing()
    scheme, _, file = url.partition(":///")
    if scheme == "sqlite" and file:
        return SqliteStore(instance / file)
    raise LookupError(  # of the rest of the URL nothing is said: it may hold a password
        f"SPASM_GUIDE_PREFERENCES_URL begins with {url.partition(':')[0]!r}, which names no store; "
        "there is sqlite:///FILE, and none: to keep nothing"
    )
