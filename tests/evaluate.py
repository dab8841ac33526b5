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


def from_yaml(folder: Path) -> list[Line]:
    """A set kept as YAML: safety, intents, and what lies outside."""
    safety: Any = read(folder / "safety.yaml")
    known = {"certain": True, "possible": False, "either": None}
    lines = [Line(c["text"], c["kind"], known[c["strength"]]) for c in safety["mentions"]]
    lines += [Line(c["text"]) for c in safety["no_mentions"]]
    intents: Any = read(folder / "intents.yaml")["cases"]
    lines += [Line(c["text"], intent=c["intent"]) for c in intents]
    outside: Any = read(folder / "out_of_scope.yaml")["cases"]
    return lines + [Line(c["text"], intent="out_of_scope") for c in outside]


def from_public(path: Path) -> list[Line]:
    """Public utterances that nothing was learnt from."""
    rows = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]
    return [Line(row["text"], row["form"], row["certain"], row["intent"]) for row in rows]


SETS: dict[str, Callable[[], list[Line]]] = {
    "development": lambda: from_yaml(DATA),
    "blind": lambda: from_yaml(DATA / "blind"),
    "harder blind": lambda: corpus.read(DATA / "blind_2"),
}


@dataclass(frozen=True)
class Heard:
    """A line, and what was made of it."""

    line: Line
    mention: Mention | None
    meaning: Meaning | None

    @property
    def intent(self) -> str:
        return self.meaning.intent if self.meaning else NO_QUESTION


def heard(listener: Listener, lines: Iterable[Line]) -> list[Heard]:
    def one(line: Line) -> Heard:
        reading = listener.read(line.text)
        mention = listener.mention(line.text, listener.rule.mention(line.text), reading)
        return Heard(line, mention, listener.asked(line.text, mention, reading))

    return [one(line) for line in lines]


def share(cases: Iterable[bool]) -> str:
    whole = list(cases)
    return f"{sum(whole) / len(whole):.1%} of {len(whole)}" if whole else "–"


def rows(found: list[Heard]) -> dict[str, str]:
    """Every figure of one set, by its name."""
    mentions = [h for h in found if h.line.form != "none"]
    harmless = [h for h in found if h.line.form == "none"]
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
        "false alarms where no sign was mentioned": share(h.mention is not None for h in harmless),
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


def spoil(lines: list[Line], rate: float) -> list[Line]:
    chance = Random(7)
    return [replace(line, text=spoiled(line.text, rate, chance)) for line in lines]


def print_table(title: str, columns: dict[str, dict[str, str]]) -> None:
    click.echo(f"\n| {title} | " + " | ".join(columns) + " |")
    click.echo("|---" * (len(columns) + 1) + "|")
    for name in next(iter(columns.values())):
        click.echo(f"| {name} | " + " | ".join(rows[name] for rows in columns.values()) + " |")


def cost(listener: Listener, lines: list[Line]) -> None:
    """CPU per utterance, each of a different text."""
    spent = []
    for line in lines:
        start = time.thread_time()
        heard(listener, [line])
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
    print_table("as heard", {name: rows(heard(both, lines)) for name, lines in sets.items()})
    print_table(
        "the lexicon alone", {name: rows(heard(lexicon, lines)) for name, lines in sets.items()}
    )
    noisy = {
        f"{name}, {rate:.0%} of words misheard": rows(heard(both, spoil(lines, rate)))
        for name, lines in sets.items()
        if name != "development"
        for rate in (0.1, 0.2)
    }
    print_table("through a bad recogniser", noisy)
    public = from_public(DATA / "public.jsonl")
    talk = [line for line in public if line.intent == "out_of_scope"]
    health = [line for line in public if line.intent != "out_of_scope"]
    print_table(
        "public utterances not learnt from",
        {"not about health": rows(heard(both, talk)), "health": rows(heard(both, health))},
    )
    cost(both, [line for lines in sets.values() for line in lines])


if __name__ == "__main__":
    main()
