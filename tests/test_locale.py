"""A broken words file stops the start, naming the file, the key, and the remedy."""

import re
import shutil
from pathlib import Path

import pytest

from app import create_app
from speech.locale import CONTENT_INTENTS, LOCALES, Locale, load, load_all
from speech.quoted_yaml import WordsError, read

SHIPPED = LOCALES / "en-US"
ARTICLE = "articles/muscle_spasms.yaml"

BREAKS = [
    ("skill.yaml", r'^name: .*$', "name: 911", "name", "quotes"),
    ("skill.yaml", r'^name: .*$', "name: no", "name", "quotes"),
    ("skill.yaml", r'^name: .*$', 'name: ""', "name", "quoted text"),
    ("skill.yaml", r'^name: .*$', 'other: "x"', "name", "quoted text"),
    ("skill.yaml", r'^topic: .*$', 'topic: "hiccups"', "topic", "hiccups"),
    ("skill.yaml", r'^name: .*$', 'name: "a"\nname: "b"', "name", "twice"),
    ("skill.yaml", r'^name: .*$', 'name: "a', "line", "not YAML"),
    ("emergency.yaml", r'^number: .*$', "", "number", "quoted text"),
    ("emergency.yaml", r'^  other:\n    certain: ".*"$', "  other:", "guidance.other", "certain"),
    ("emergency.yaml", r'^reviewed_on: .*$', 'reviewed_on: "May"', "reviewed_on", "date"),
    ("emergency.yaml", r'^closing: .*$', 'closing: "Call {0} now."', "closing", "number"),
    ("emergency.yaml", r'^withheld: .*$', 'withheld: "Say {go on}."', "withheld", "braces"),
    ("emergency.yaml", r'Call 911 now. Don', "Call now. Don", "guidance", "number"),
    ("page.yaml", r'^ask: .*$', "", "ask", "missing"),
    ("prompts.yaml", r'^error: .*$', "", "error", "missing"),
    (ARTICLE, r'^  causes:$', "  cuases:", "sections.cuases", "intent"),
    (ARTICLE, r'^topic: .*$', 'topic: ["a"]', "topic", "quoted text"),
    ("intents.yaml", r'^  causes:$', "  because:", "intents", "intent|missing"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED, tmp_path / "en-US", ignore=shutil.ignore_patterns("training", "model"))
    return tmp_path / "en-US"


@pytest.mark.parametrize(("file", "pattern", "replacement", "key", "remedy"), BREAKS)
def test_a_broken_file_is_named(
    folder: Path, file: str, pattern: str, replacement: str, key: str, remedy: str
) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    broken, count = re.subn(pattern, replacement, text, count=1, flags=re.M)
    assert count == 1, "the break did not apply"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(WordsError, match=remedy) as fault:
        create_app({"LOCALES": str(folder.parent), "SECRET_KEY": "x"})
    assert fault.value.path == str(path)
    assert key in fault.value.key


@pytest.mark.parametrize(
    "file",
    ["skill.yaml", "emergency.yaml", "signs.yaml", "prompts.yaml", "intents.yaml", ARTICLE],
)
@pytest.mark.parametrize("content", [None, b"", b"- a list", b"\xff\xfe broken"])
def test_a_missing_or_senseless_file_is_named(
    folder: Path, file: str, content: bytes | None
) -> None:
    path = folder / file
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(WordsError) as fault:
        load(folder)
    assert Path(file).name in str(fault.value) or "topic" in fault.value.key


def test_two_articles_on_one_topic(folder: Path) -> None:
    shutil.copy(folder / ARTICLE, folder / "articles/other.yaml")
    with pytest.raises(WordsError, match="another article"):
        load(folder)


def test_no_locale_at_all(tmp_path: Path) -> None:
    with pytest.raises(WordsError, match="no locale"):
        load_all(tmp_path)
    with pytest.raises(LookupError, match="xx-XX"):
        create_app({"DEFAULT_LOCALE": "xx-XX", "SECRET_KEY": "x"})


def test_every_section_is_there(locale: Locale) -> None:
    assert list(locale.articles[locale.topic].sections) == list(CONTENT_INTENTS)


def test_ids(locale: Locale) -> None:
    assert "Call 911" in locale.text("emergency.stroke.certain")
    assert locale.text("prompts.clarify:causes,relief").endswith("?")
    with pytest.raises(KeyError):
        locale.text("muscle_spasms.nothing.brief")
    with pytest.raises(KeyError):
        locale.text("prompts.clarify:causes,nothing")


def test_reading_keeps_quoted_words(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text('a: "no"\nb: ["911"]\nc: {d: \'x\'}\ne: >-\n  f\n  g\n')
    assert read(tmp_path / "a.yaml") == {"a": "no", "b": ["911"], "c": {"d": "x"}, "e": "f g"}
