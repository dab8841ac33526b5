"""Read YAML whose every leaf is a quoted string, naming the file and key of any that is not.

Words are data here, and YAML turns an unquoted `no` into False and `911` into a number.
"""

from pathlib import Path
from typing import TypeAlias

import yaml

Words: TypeAlias = "str | list[Words] | dict[str, Words]"
"""A tree of strings: what a words file holds."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class WordsError(Exception):
    """A words file cannot be used. Says which file, which key, and how to mend it."""

    def __init__(self, path: Path | str, key: str, remedy: str) -> None:
        super().__init__(f"{path}: {key + ': ' if key else ''}{remedy}")
        self.path, self.key, self.remedy = str(path), key, remedy


def read(path: Path) -> dict[str, Words]:
    """The file's mapping. Raises WordsError for a missing file, bad YAML, or an unquoted leaf."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise WordsError(path, "", f"cannot be read ({type(error).__name__})") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else ""
        raise WordsError(path, where, f"is not YAML: {getattr(error, 'problem', error)}") from error
    words = _convert(path, node, "") if node else None
    if not isinstance(words, dict):
        raise WordsError(path, "", "must be a mapping of names to words")
    return words


def _convert(path: Path, node: yaml.Node, key: str) -> Words:
    if isinstance(node, yaml.MappingNode):
        return _mapping(path, node, key)
    if isinstance(node, yaml.SequenceNode):
        return [_convert(path, item, f"{key}[{n}]") for n, item in enumerate(node.value)]
    if not isinstance(node, yaml.ScalarNode) or not node.style:
        line = node.start_mark.line + 1
        raise WordsError(path, key, f'put quotes around it: "{node.value}" (line {line})')
    return str(node.value)


def _mapping(path: Path, node: yaml.MappingNode, key: str) -> dict[str, Words]:
    words: dict[str, Words] = {}
    for name_node, value in node.value:
        name = str(name_node.value)
        inner = f"{key}.{name}" if key else name
        if name in words:
            raise WordsError(path, inner, f"is there twice (line {name_node.start_mark.line + 1})")
        words[name] = _convert(path, value, inner)
    return words
