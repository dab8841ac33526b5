"""Hold every locale's words to the rules: `python -m speech.check [FOLDER …]`.

Prints one line a fault, "file: key: what is wrong. remedy", and exits 1; or says that all is well
and exits 0. The limits and the reading formula of a locale are data in its skill.yaml.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from string import Formatter

from speech import locale
from speech.quoted_yaml import Words, WordsError, read
from speech.readability import Readability, sentences, spoken_length, words
from speech.text import normalise

CALMING = ("relief", "prevention", "severity", "duration")
"""The sections that could reassure: they wait after a reported sign."""

WORDLESS = ("help", "out_of_scope", "error")
"""Prompts for requests whose words never reached us: they name the emergency number."""

NEVER_ALARMING = ("goodbye",)
"""Prompts that must not: stop is stop."""

_MARKS = ".,?!'-"
_SAMPLE = re.compile(r"[a-z.'{}_ -]+")
_NUMBER = re.compile(r"\w*\d\w*")
_ABBREVIATION = re.compile(r"\b[A-Z]{2,}s?\b|\b(?:[A-Za-z]\.){2,}|\b\w+\.(?= [a-z])")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the words under one key, and what to do about it."""

    file: str
    key: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {f'{self.key}: ' if self.key else ''}{self.wrong}. {self.remedy}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long words may be, in words a listener hears unless said otherwise."""

    brief_words: int
    more_words: int
    term_words: int
    sentence_words: int
    list_items: int
    """Items of a list in one sentence."""
    guidance_words: int
    number_within: int
    """How many words in an emergency number must come."""
    question_words: int
    """Of the question that closes an answer."""
    grade: int
    """US school grade of a section."""
    wordless_words: int = 8
    """Of the sentence by which a wordless answer names the number."""
    spoken_words: int = 5
    """Of a section's name inside a prompt."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Words that are said in one piece, and where they stand."""

    file: str
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Sheets:
    """One locale's words files, read but not yet judged."""

    folder: Path
    skill: dict[str, Words]
    emergency: dict[str, Words]
    prompts: dict[str, Words]
    interview: dict[str, Words]
    intents: dict[str, Words]
    articles: Mapping[str, dict[str, Words]]
    """File → article."""
    page: dict[str, Words]
    """What the page shows and does not say; empty where it shows nothing of its own."""
    limits: Limits
    readability: Readability

    @property
    def say_as(self) -> dict[str, str]:
        return dict(_leaves(self.skill.get("say_as", {})))

    @property
    def numbers(self) -> set[str]:
        """The numbers to call in an emergency or a crisis."""
        return {str(self.emergency[k]) for k in ("number", "crisis_line") if k in self.emergency}

    @property
    def passages(self) -> Iterator[Passage]:
        """Everything that is said."""
        for file, article in self.articles.items():
            for key, text in _leaves(article):
                if re.fullmatch(r"sections\.\w+\.(brief|more)|terms\.\w+\.says\.\w+", key):
                    yield Passage(file, key, text)
        for key, text in _leaves(self.prompts):
            yield Passage("prompts.yaml", key, text)
        for key, text in _leaves(self.interview):
            if not (key.startswith("heard.") or key.endswith((".form", ".source"))):
                yield Passage("interview.yaml", key, text)
        for key, text in _leaves(self.emergency):
            if re.match(r"guidance\.|waiting\.|closing$|withheld$", key):
                yield Passage("emergency.yaml", key, text)

    def length(self, text: str) -> int:
        return spoken_length(text, self.say_as)


def open_sheets(folder: Path) -> Sheets:
    """Read a locale's words files. Raises WordsError for a file or a limit that is not there."""
    skill, emergency, prompts, interview, intents = (
        read(folder / f"{name}.yaml")
        for name in ("skill", "emergency", "prompts", "interview", "intents")
    )
    page = folder / "page.yaml"
    return Sheets(
        folder=folder,
        skill=skill,
        emergency=emergency,
        prompts=prompts,
        interview=interview,
        intents=intents,
        articles={
            f"articles/{path.name}": read(path) for path in sorted(folder.glob("articles/*.yaml"))
        },
        page=read(page) if page.exists() else {},
        limits=_limits(folder, skill),
        readability=_readability(folder, skill),
    )


def _limits(folder: Path, skill: Mapping[str, Words]) -> Limits:
    given = dict(_leaves(skill.get("limits", {})))
    try:
        return Limits(**{f.name: int(given[f.name]) for f in fields(Limits) if f.name in given})
    except (TypeError, ValueError) as error:
        raise WordsError(
            folder / "skill.yaml", "limits", f"must be whole numbers: {error}"
        ) from error


def _readability(folder: Path, skill: Mapping[str, Words]) -> Readability:
    given = dict(_leaves(skill.get("readability", {})))
    try:
        if given.pop("formula") != "flesch_kincaid":
            raise ValueError("flesch_kincaid is the one formula there is")
        return Readability(
            words_per_sentence=float(given.pop("words_per_sentence")),
            syllables_per_word=float(given.pop("syllables_per_word")),
            constant=float(given.pop("constant")),
            diseases=tuple(text for _, text in _leaves(skill.get("diseases", []))),
            **given,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WordsError(
            folder / "skill.yaml", "readability", f"cannot be used: {error}"
        ) from error


def _leaves(node: Words, key: str = "") -> Iterator[tuple[str, str]]:
    """Every leaf under its dotted key."""
    if isinstance(node, str):
        yield key, " ".join(node.split())
    elif isinstance(node, list):
        for n, item in enumerate(node):
            yield from _leaves(item, f"{key}[{n}]")
    else:
        for name, item in node.items():
            yield from _leaves(item, f"{key}.{name}" if key else name)


def _part(node: Words, key: str) -> dict[str, Words]:
    """The mapping under one name, empty where there is none."""
    inner = node.get(key, {}) if isinstance(node, dict) else {}
    return inner if isinstance(inner, dict) else {}


# The rules of every passage.


def sentence_length(sheets: Sheets, p: Passage) -> Iterator[Fault]:
    """A sentence must be short: a listener can't look back."""
    most = sheets.limits.sentence_words
    for sentence in sentences(p.text):
        if (count := sheets.length(sentence)) > most:
            wrong = f"a sentence has {count} words, at most {most}: “{sentence}”"
            yield Fault(p.file, p.key, wrong, "Make two sentences of it")


def list_length(sheets: Sheets, p: Passage) -> Iterator[Fault]:
    """A list must be short: a listener can't hold more."""
    most = sheets.limits.list_items
    for sentence in sentences(p.text):
        if (count := sheets.readability.longest_list(sentence)) > most:
            wrong = f"a list has {count} items, at most {most}: “{sentence}”"
            yield Fault(p.file, p.key, wrong, "Spread it over two sentences")


def characters(_: Sheets, p: Passage) -> Iterator[Fault]:
    """Only what a voice can say: letters, digits, and plain marks."""
    plain = re.sub(r"\{\d\}", "", p.text)
    odd = sorted({c for c in plain if not (c.isalnum() or c == " " or c in _MARKS)})
    if odd:
        wrong = f"a voice can't say {' '.join(odd)}"
        yield Fault(p.file, p.key, wrong, "Use words, commas, and periods")


def abbreviations(sheets: Sheets, p: Passage) -> Iterator[Fault]:
    """Digits and abbreviations only where skill.yaml says how to say them."""
    plain = re.sub(r"\{\d\}", "", p.text)
    found = _NUMBER.findall(plain) + _ABBREVIATION.findall(plain)
    for form in dict.fromkeys(found):
        if form not in sheets.say_as:
            remedy = "Write it in words, or add it to say_as in skill.yaml"
            yield Fault(p.file, p.key, f"no voice knows how to say “{form}”", remedy)


def whole_sentences(_: Sheets, p: Passage) -> Iterator[Fault]:
    """A capital first and a closing mark last: no label or code comes before the words."""
    if not words(p.text):
        yield Fault(p.file, p.key, "has no words", "Say something")
    elif not (p.text[0].isupper() and p.text[-1] in ".?!"):
        remedy = "Begin with a plain word and a capital, and end with a period or question mark"
        yield Fault(p.file, p.key, "is not made of whole sentences", remedy)


PASSAGE_RULES: Sequence[Callable[[Sheets, Passage], Iterator[Fault]]] = (
    sentence_length, list_length, characters, abbreviations, whole_sentences,
)  # fmt: skip


# The rules of a whole locale.


def passages(sheets: Sheets) -> Iterator[Fault]:
    """Each passage keeps each of its rules."""
    for passage in sheets.passages:
        for rule in PASSAGE_RULES:
            yield from rule(sheets, passage)


def lengths(sheets: Sheets) -> Iterator[Fault]:
    """Briefs, mores, terms, and guidance keep their number of words."""
    most = {
        r"sections\.\w+\.brief": sheets.limits.brief_words,
        r"sections\.\w+\.more|waiting\.\w+": sheets.limits.more_words,
        r"terms\.\w+\.says\.\w+": sheets.limits.term_words,
        r"guidance\.\w+\.\w+|closing|withheld": sheets.limits.guidance_words,
    }
    for p in sheets.passages:
        for pattern, limit in most.items():
            if re.fullmatch(pattern, p.key) and (count := sheets.length(p.text)) > limit:
                wrong = f"has {count} words, at most {limit}"
                yield Fault(p.file, p.key, wrong, f"Cut {count - limit}")


def grades(sheets: Sheets) -> Iterator[Fault]:
    """Brief and more of a section, or all that a term says, can be followed by most people."""
    most = sheets.limits.grade
    for file, article in sheets.articles.items():
        for kind, parts in (("sections", ("brief", "more")), ("terms", ("says",))):
            for name, entry in _part(article, kind).items():
                said = {k: v for k, v in _leaves(entry) if k.split(".")[0] in parts}
                grade = sheets.readability.grade(" ".join(said.values()))
                if round(grade, 1) > most:
                    wrong = f"reads at grade {grade:.1f}, at most {most}"
                    remedy = "Use shorter words and sentences"
                    yield Fault(file, f"{kind}.{name}", wrong, remedy)


def first_sentences(sheets: Sheets) -> Iterator[Fault]:
    """The first sentence names what was asked about: people hear, and can't look back."""
    for file, article in sheets.articles.items():
        topic = [text for _, text in _leaves(article.get("names", []))]
        asked = [
            (f"sections.{name}.brief", topic, str(entry.get("brief", "")))
            for name, entry in _part(article, "sections").items()
            if isinstance(entry, dict)
        ] + [
            (f"terms.{name}.says.{facet}", _names(entry), str(text))
            for name, entry in _part(article, "terms").items()
            for facet, text in _part(entry, "says").items()
        ]
        for key, names, text in asked:
            first = f" {normalise(next(iter(sentences(text)), ''))} "
            if not any(f" {normalise(name)} " in first for name in names):
                remedy = "Let it restate the question"
                yield Fault(file, key, "the first sentence does not name its subject", remedy)


def _names(term: Words) -> list[str]:
    return [text for key, text in _leaves(term) if key == "name" or key.startswith("heard")]


def repetition(sheets: Sheets) -> Iterator[Fault]:
    """More must not say again what brief said: eight words in a row are taken for that."""
    for file, article in sheets.articles.items():
        for name, section in _part(article, "sections").items():
            if isinstance(section, dict):
                brief, more = (_runs(str(section.get(k, "")), 8) for k in ("brief", "more"))
                for run in sorted(brief & more)[:1]:
                    wrong = f"repeats the brief: “{' '.join(run)}”"
                    yield Fault(file, f"sections.{name}.more", wrong, "Say it once")


def _runs(text: str, length: int) -> set[tuple[str, ...]]:
    row = [w.lower() for w in words(text)]
    return {tuple(row[n : n + length]) for n in range(len(row) - length + 1)}


def section_names(sheets: Sheets) -> Iterator[Fault]:
    """A section's spoken name fits inside "Did you mean …, or …?"."""
    most = sheets.limits.spoken_words
    for file, article in sheets.articles.items():
        for name, section in _part(article, "sections").items():
            spoken = str(section.get("spoken", "")) if isinstance(section, dict) else ""
            if len(words(spoken)) > most or spoken[-1:] in set(_MARKS):
                wrong = f"“{spoken}” does not fit into a question"
                remedy = f"Use at most {most} words and no closing mark"
                yield Fault(file, f"sections.{name}.spoken", wrong, remedy)


def calming(sheets: Sheets) -> Iterator[Fault]:
    """What could reassure is marked, so that it waits after a reported sign."""
    for file, article in sheets.articles.items():
        reassuring = [f"sections.{name}" for name in CALMING] + [
            f"terms.{name}"
            for name, entry in _part(article, "terms").items()
            if isinstance(entry, dict) and entry.get("section") in CALMING
        ]
        for key in reassuring:
            kind, name = key.split(".")
            if _part(_part(article, kind), name).get("calming") != "yes":
                remedy = 'Add calming: "yes"'
                yield Fault(file, f"{key}.calming", "could reassure and is not marked", remedy)


def heard(sheets: Sheets) -> Iterator[Fault]:
    """What is heard is written as it arrives, and belongs to one term only."""
    for file, article in sheets.articles.items():
        owners: dict[str, str] = {}
        spoken = [("names", article.get("names", []))] + [
            (f"terms.{name}.heard", entry.get("heard", []))
            for name, entry in _part(article, "terms").items()
            if isinstance(entry, dict)
        ]
        for owner, leaves in spoken:
            for key, text in _leaves(leaves, owner):
                if text != normalise(text):
                    yield Fault(file, key, f"“{text}” never arrives", f"Write “{normalise(text)}”")
                if (first := owners.setdefault(text, owner)) != owner:
                    yield Fault(file, key, f"“{text}” is also in {first}", "Keep one")


def samples(sheets: Sheets) -> Iterator[Fault]:
    """Samples hold what an interaction model takes: small letters, . ' - and {slots}."""
    for name, intent in _part(sheets.intents, "intents").items():
        for key, text in _leaves(intent, f"intents.{name}"):
            if not _SAMPLE.fullmatch(text):
                odd = " ".join(sorted({c for c in text if not _SAMPLE.fullmatch(c)}))
                yield Fault("intents.yaml", key, f"“{text}” has {odd}", "Write words, as spoken")


def guidance(sheets: Sheets) -> Iterator[Fault]:
    """Guidance names the number to call at once."""
    within = sheets.limits.number_within
    for p in sheets.passages:
        if re.match(r"guidance\.|closing$", p.key) and not (
            sheets.numbers & set(words(p.text)[:within])
        ):
            wrong = f"no number to call within the first {within} words"
            remedy = f"Begin with “Call {sheets.emergency.get('number')}”"
            yield Fault(p.file, p.key, wrong, remedy)


def questions(sheets: Sheets) -> Iterator[Fault]:
    """A prompt that is one question and no more closes an answer, and must be short."""
    most = sheets.limits.question_words
    for key, text in _leaves(sheets.prompts):
        alone = text.endswith("?") and len(sentences(text)) == 1 and "{" not in text
        if alone and (count := sheets.length(text)) > most:
            wrong = f"the question has {count} words, at most {most}"
            yield Fault("prompts.yaml", key, wrong, "Ask it in fewer")


def wordless(sheets: Sheets) -> Iterator[Fault]:
    """Help, fallback, and errors name the number in one short sentence; stop never does."""
    most, number = sheets.limits.wordless_words, str(sheets.emergency.get("number"))
    for name in WORDLESS:
        naming = [s for s in sentences(str(sheets.prompts.get(name, ""))) if number in words(s)]
        if not any(sheets.length(s) <= most for s in naming):
            wrong = f"does not name {number} in a sentence of at most {most} words"
            yield Fault("prompts.yaml", name, wrong, f"Say “In an emergency, call {number}.”")
    for name in NEVER_ALARMING:
        if number in words(str(sheets.prompts.get(name, ""))):
            yield Fault("prompts.yaml", name, f"names {number}", "Let people leave in peace")


def templates(sheets: Sheets) -> Iterator[Fault]:
    """Only prompts and the page have gaps, {0} and {1}, filled with words of this locale."""
    gaps = {"prompts.yaml": sheets.prompts, "page.yaml": sheets.page}
    for file, tree in {**sheets.articles, "emergency.yaml": sheets.emergency, **gaps}.items():
        for key, text in _leaves(tree):
            try:
                found = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
            except ValueError:
                found = {"an unclosed brace"}
            if odd := found - ({"0", "1"} if file in gaps else set()):
                wrong = f"has the gap {', '.join(sorted(odd)) or '{}'}"
                yield Fault(
                    file, key, wrong, "Only prompts and the page have gaps, and only {0} and {1}"
                )


def reviews(sheets: Sheets) -> Iterator[Fault]:
    """A clinician's name and the day of the review come together."""
    for file, tree in {**sheets.articles, "emergency.yaml": sheets.emergency}.items():
        if bool(tree.get("reviewed_by")) != bool(tree.get("reviewed_on")):
            missing = "reviewed_on" if tree.get("reviewed_by") else "reviewed_by"
            remedy = "Give both the clinician and the date, or neither"
            yield Fault(file, missing, "is empty though the review is claimed", remedy)


RULES: Sequence[Callable[[Sheets], Iterator[Fault]]] = (
    passages, lengths, grades, first_sentences, repetition, section_names, calming, heard,
    samples, guidance, questions, wordless, templates, reviews,
)  # fmt: skip


def check(folder: Path) -> tuple[list[Fault], int]:
    """The faults of one locale, and how many passages it has.

    What the loader refuses comes alone, since the rules need words that load.
    """
    try:
        sheets = open_sheets(folder)
        locale.load(folder)
    except WordsError as error:
        file = error.path.removeprefix(f"{folder}/")
        return [Fault(file, error.key, error.remedy, "The locale does not load until then")], 0
    return [fault for rule in RULES for fault in rule(sheets)], sum(1 for _ in sheets.passages)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the folders named, or every locale there is. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m speech.check", description=__doc__)
    parser.add_argument("folder", nargs="*", type=Path, help="a locale's folder (default: all)")
    folders = parser.parse_args(arguments).folder or sorted(
        path for path in locale.LOCALES.iterdir() if path.is_dir()
    )
    found = {folder: check(folder) for folder in folders}
    for folder, (faults, _) in found.items():
        for fault in faults:
            sys.stdout.write(f"{folder.name}/{fault}.\n")
    if any(faults for faults, _ in found.values()):
        return 1
    count = sum(number for _, number in found.values())
    noun = "locale" if len(found) == 1 else "locales"
    sys.stdout.write(f"{len(found)} {noun}, {count} passages: all well\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
