"""`make evaluate`: how well questions and signs are understood, on lines learnt from and lines not.

The blind sets were written before anything was tuned or learnt, by people who knew only the safety
rule and the names of the intents. They are never read, and never tuned on: only these totals are.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

import click

from app import listener_for
from skill.listener import Listener
from skill.messages import Strength
from skill.safety import Mention
from skill.understanding import Meaning
from speech.encoder import NO_QUESTION
from speech.locale import CONTENT_INTENTS, LOCALES, load_all
from speech.noise import spoiled
from speech.quoted_yaml import read
from speech.training import corpus
from speech.training.corpus import Line

DATA = Path(__file__).parent / "data/en-US"
NEVER_ANSWERED = ("out_of_scope", "clarify")
KINDS = {"emergency": "other", "alone": "other"}
"""Forms that count with another."""


@dataclass(frozen=True)
class Case:
    """A line of a set, and whether it was written to sound like a sign without being one."""

    line: Line
    hard: bool = False


def from_yaml(folder: Path) -> list[Case]:
    """A set kept as YAML: safety, intents, and what lies outside."""
    safety: Any = read(folder / "safety.yaml")
    known = {"certain": True, "possible": False, "either": None}
    cases = [Case(Line(c["text"], c["kind"], known[c["strength"]])) for c in safety["mentions"]]
    cases += [Case(Line(c["text"]), hard=True) for c in safety["no_mentions"]]
    intents: Any = read(folder / "intents.yaml")["cases"]
    cases += [Case(Line(c["text"], intent=c["intent"])) for c in intents]
    outside: Any = read(folder / "out_of_scope.yaml")["cases"]
    return cases + [Case(Line(c["text"], intent="out_of_scope")) for c in outside]


def from_text(folder: Path) -> list[Case]:
    """A set kept as training data is: the lines of none.txt are the hard ones."""
    hard = {line.text for line in corpus.read(folder, "none.txt")}
    return [Case(line, line.text in hard) for line in corpus.read(folder)]


def from_public(*, health: bool) -> list[Case]:
    """Public utterances that nothing was learnt from."""
    rows = map(json.loads, (DATA / "public.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        Case(Line(row["text"], row["form"], row["certain"], row["intent"]))
        for row in rows
        if row["health"] is health
    ]


SETS: dict[str, Callable[[], list[Case]]] = {
    "development": lambda: from_yaml(DATA),
    "blind": lambda: from_yaml(DATA / "blind"),
    "harder blind": lambda: from_text(DATA / "blind_2"),
    "both blind": lambda: from_yaml(DATA / "blind") + from_text(DATA / "blind_2"),
}
PUBLIC: dict[str, Callable[[], list[Case]]] = {
    "everyday talk": lambda: from_public(health=False),
    "health questions": lambda: from_public(health=True),
}


@dataclass(frozen=True)
class Heard:
    """A line, and what was made of it."""

    case: Case
    mention: Mention | None
    meaning: Meaning | None

    @property
    def line(self) -> Line:
        return self.case.line

    @property
    def intent(self) -> str:
        return self.meaning.intent if self.meaning else NO_QUESTION


def heard(listener: Listener, cases: Iterable[Case]) -> list[Heard]:
    def one(case: Case) -> Heard:
        text = case.line.text
        reading = listener.read(text)
        mention = listener.mention(text, listener.rule.mention(text), reading)
        return Heard(case, mention, listener.asked(text, mention, reading))

    return [one(case) for case in cases]


def share(cases: Iterable[bool]) -> str:
    whole = list(cases)
    return f"{sum(whole) / len(whole):.1%} of {len(whole)}" if whole else "–"


def rows(found: list[Heard]) -> dict[str, str]:
    """Every figure of one set, by its name."""
    mentions = [h for h in found if h.line.form != "none"]
    harmless = [h for h in found if h.line.form == "none"]
    hard = [h for h in harmless if h.case.hard]
    easy = [h for h in harmless if not h.case.hard]
    caught = [h for h in mentions if h.mention and h.line.certain is not None]
    asked = [
        h for h in harmless if h.line.intent not in (None, "out_of_scope") and h.mention is None
    ]
    beside = [h for h in mentions if h.line.intent in CONTENT_INTENTS and h.mention]
    outside = [h for h in harmless if h.line.intent == "out_of_scope" and h.mention is None]

    def recall(*forms: str) -> str:
        of = [h for h in mentions if KINDS.get(h.line.form, h.line.form) in forms]
        return share(h.mention is not None for h in of)

    return {
        "stroke mentions caught": recall("stroke"),
        "other emergencies caught": recall("other"),
        "self-harm caught": recall("self_harm", "self_harm_done"),
        "of those caught, strength right": share(
            h.mention is not None and (h.mention.strength is Strength.CERTAIN) == h.line.certain
            for h in caught
        ),
        "reported signs that get the full form": share(
            h.mention is not None and h.mention.strength is Strength.CERTAIN
            for h in mentions
            if h.line.certain
        ),
        "false alarms on hard negatives": share(h.mention is not None for h in hard),
        "false alarms on all else": share(h.mention is not None for h in easy),
        "questions to the right section": share(h.intent == h.line.intent for h in asked),
        "questions to the wrong section": share(
            h.intent not in (h.line.intent, *NEVER_ANSWERED) for h in asked
        ),
        "asked back, the right one offered": share(
            h.meaning is not None and h.line.intent in h.meaning.candidates
            for h in asked
            if h.intent == "clarify"
        ),
        "right question beside a mention": share(h.intent == h.line.intent for h in beside),
        "out of scope kept out": share(h.intent == "out_of_scope" for h in outside),
    }


def spoil(cases: list[Case], rate: float) -> list[Case]:
    chance = Random(7)
    return [
        replace(case, line=replace(case.line, text=spoiled(case.line.text, rate, chance)))
        for case in cases
    ]


def print_table(title: str, columns: dict[str, dict[str, str]]) -> None:
    click.echo(f"\n| {title} | " + " | ".join(columns) + " |")
    click.echo("|---" * (len(columns) + 1) + "|")
    for name in next(iter(columns.values())):
        figures = [rows[name] for rows in columns.values()]
        if set(figures) != {"–"}:
            click.echo(f"| {name} | " + " | ".join(figures) + " |")


def cost(listener: Listener, cases: list[Case]) -> None:
    """CPU per utterance, each of a different text."""
    spent = []
    for case in cases:
        start = time.thread_time()
        heard(listener, [case])
        spent.append((time.thread_time() - start) * 1e3)
    p99 = quantiles(spent, n=100)[98]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(f"\nCPU for one utterance: p50 {median(spent):.2f} ms, p99 {p99:.2f} ms.")
    click.echo(f"Most memory of this process: {memory:.0f} MB.")


def main() -> None:
    locale = load_all()["en-US"]
    start = time.process_time()
    both = listener_for(locale, LOCALES / locale.tag)
    click.echo(f"Cold start of what listens: {time.process_time() - start:.2f} s of CPU.")
    lexicon = replace(both, encoder=None)
    sets = {name: load() for name, load in SETS.items()}
    cost(both, [case for cases in sets.values() for case in cases])
    print_table("as heard", {name: rows(heard(both, cases)) for name, cases in sets.items()})
    print_table(
        "the lexicon alone", {name: rows(heard(lexicon, cases)) for name, cases in sets.items()}
    )
    noisy = {
        f"both blind, {rate:.0%} of words misheard": rows(heard(both, spoil(cases, rate)))
        for cases in [sets["both blind"]]
        for rate in (0.1, 0.2)
    }
    print_table("through a bad recogniser", noisy)
    print_table(
        "public, not learnt from",
        {name: rows(heard(both, load())) for name, load in PUBLIC.items()},
    )


if __name__ == "__main__":
    main()
