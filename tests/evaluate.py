"""`make evaluate`: how well questions and signs are understood, on lines tuned on and lines not.

The blind set was written before anything was tuned, by someone who knew only the safety rule and
the names of the intents. It is never read, and never tuned on: only these totals are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from skill.messages import Strength
from skill.safety import LexicalRule, Mention
from skill.understanding import LexicalRecogniser
from speech.locale import load_all
from speech.quoted_yaml import read

DATA = Path(__file__).parent / "data/en-US"
FORMS = {"alone": "emergency"}
"""Guidance forms that belong to another kind of the data."""
SETS = {"development (tuned on)": DATA, "blind (never tuned on)": DATA / "blind"}


def share(name: str, hits: list[bool]) -> str:
    return f"  {name:44} {sum(hits):5} of {len(hits):5}   {sum(hits) / len(hits):6.1%}"


def safety(rule: LexicalRule, folder: Path) -> Iterator[str]:
    data: Any = read(folder / "safety.yaml")
    heard = [(case, rule.mention(case["text"])) for case in data["mentions"]]
    for kind in ("stroke", "emergency", "other", "self_harm"):
        found = [mention is not None for case, mention in heard if case["kind"] == kind]
        yield share(f"{kind} mentions caught", found)
    told = [(case, m) for case, m in heard if m and case["strength"] != "either"]
    yield share("  of those caught, strength right", [m.strength == c["strength"] for c, m in told])
    certain = [m for c, m in heard if c["strength"] == "certain"]
    yield share("  reported signs that get the full form", [_is_certain(m) for m in certain])
    reasons = dict.fromkeys(case["why"] for case in data["no_mentions"])
    alarms = [(c["why"], rule.mention(c["text"]) is not None) for c in data["no_mentions"]]
    yield share("false alarms on hard negatives", [alarm for _, alarm in alarms])
    for reason in reasons:
        yield share(f"  {reason}", [alarm for why, alarm in alarms if why == reason])


def _is_certain(mention: Mention | None) -> bool:
    return mention is not None and mention.strength is Strength.CERTAIN


def understanding(recogniser: LexicalRecogniser, folder: Path) -> Iterator[str]:
    cases: Any = read(folder / "intents.yaml")["cases"]
    meant = [(case["intent"], recogniser.understand(case["text"])) for case in cases]
    yield share("questions to the right intent", [m.intent == intent for intent, m in meant])
    named = [m.intent == intent or bool(m.term) for intent, m in meant]
    yield share("  or answered by the term they name", named)
    yield share("  not answered", [m.intent in ("out_of_scope", "clarify") for _, m in meant])
    outside: Any = read(folder / "out_of_scope.yaml")["cases"]
    for near, name in (("yes", "near the topic"), ("no", "elsewhere")):
        texts = [case["text"] for case in outside if case["near"] == near]
        kept = [recogniser.understand(text).intent == "out_of_scope" for text in texts]
        yield share(f"out of scope kept out, {name}", kept)


def main() -> None:
    locale = load_all()["en-US"]
    rule, recogniser = LexicalRule(locale.emergency.signs), LexicalRecogniser(locale)
    for name, folder in SETS.items():
        click.echo(name)
        for line in (*safety(rule, folder), *understanding(recogniser, folder)):
            click.echo(line)


if __name__ == "__main__":
    main()
