"""One words file: its values by dotted key, or the key at fault named."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import NoReturn

from speech.quoted_yaml import Words, WordsError, read

_BLANK = re.compile(r"\{[01]\}")


class WordsFile:
    """One words file and its path, to say where a fault lies."""

    def __init__(self, path: Path) -> None:
        self.path, self.tree = path, read(path)

    def fail(self, key: str, remedy: str) -> NoReturn:
        raise WordsError(self.path, key, remedy)

    def _at(self, key: str) -> Words | None:
        node: Words | None = self.tree
        for name in key.split(".") if key else ():
            node = node.get(name) if isinstance(node, dict) else None
        return node

    def text(self, key: str, *, empty: bool = False) -> str:
        value = self._at(key)
        if not isinstance(value, str) or not (value.strip() or empty):
            raise WordsError(self.path, key, "must be a quoted text")
        if re.search("[{}]", _BLANK.sub("", value)):
            raise WordsError(self.path, key, "must not hold braces, but for {0} and {1}")
        return " ".join(value.split())

    def list(self, key: str) -> tuple[str, ...]:
        value = self._at(key)
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise WordsError(self.path, key, "must be a list of quoted texts")
        return tuple(str(v) for v in value)

    def names(self, key: str) -> tuple[str, ...]:
        value = self._at(key)
        if not isinstance(value, dict):
            raise WordsError(self.path, key, "must be a mapping of names")
        return tuple(value)

    def texts(self, key: str) -> dict[str, str]:
        prefix = f"{key}." if key else ""
        return {name: self.text(prefix + name) for name in self.names(key)}

    def named(self, needed: tuple[str, ...]) -> dict[str, str]:
        """The whole file as one flat mapping that has all of `needed`."""
        for key in needed:
            if key not in self.tree:
                self.fail(key, "is missing: the skill needs it")
        return self.texts("")

    def flag(self, key: str) -> bool:
        value = self._at(key)
        if value is None:
            return False
        if value not in ("yes", "no"):
            raise WordsError(self.path, key, 'must be "yes" or "no"')
        return value == "yes"

    def date(self, key: str, *, empty: bool = False) -> str:
        value = self.text(key, empty=empty)
        try:
            return date.fromisoformat(value).isoformat() if value else ""
        except ValueError:
            raise WordsError(self.path, key, 'must be a date like "2011-05-02"') from None
