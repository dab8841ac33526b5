"""The interaction model: all that Alexa is taught to listen for, made from a locale's words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skill.channels.alexa.sign_samples import sign_samples
from skill.messages import Strength
from skill.safety import LexicalRule, Mention
from speech.locale import LOCALES, Article, Locale
from speech.quoted_yaml import Words, WordsError, read
from speech.text import normalise

SIGN_SAMPLES = 600
"""Most samples of signs, all kinds together."""

_SLOT = re.compile(r"{(\w+)}")
_SAMPLE = re.compile(r"[a-z .'-]+")
_QUERY = "query"

Model = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SignIntent:
    """Alexa's intent for one kind of sign."""

    name: str
    samples: tuple[str, ...]
    """Beside those made from the signs. The first stands for whatever Alexa heard."""


@dataclass(frozen=True, slots=True)
class Alexa:
    """What only Alexa needs of a locale."""

    invocation_name: str
    names: Mapping[str, str]
    """Our intent → Alexa's name for it."""
    shared: Mapping[str, str]
    """Alexa's other intents → ours, shared with one of `names`."""
    owned: Mapping[str, tuple[str, ...]]
    """Alexa's intent → the phrases that are its own."""
    signs: Mapping[str, SignIntent]
    """Kind of sign → its intent."""
    carriers: tuple[str, ...]
    """What Alexa strips from free speech: "my {query}"."""
    examples: tuple[str, ...]
    """What the skill store tells people to say."""


def read_alexa(folder: Path) -> Alexa:
    """Read a locale folder's alexa.yaml. Raises WordsError naming the file and key at fault."""
    file = _File(folder / "alexa.yaml")
    skill = _File(folder / "skill.yaml")
    return Alexa(
        invocation_name=skill.text("invocation_name"),
        names={key: file.text("intents", key) for key in file.mapping("intents")},
        shared={key: file.text("shared", key, "means") for key in file.mapping("shared")},
        owned={key: file.texts("shared", key, "owns") for key in file.mapping("shared")},
        signs={
            kind: SignIntent(
                file.text("signs", kind, "intent"), file.texts("signs", kind, "samples")
            )
            for kind in file.mapping("signs")
        },
        carriers=file.texts("carriers"),
        examples=file.texts("examples"),
    )


def intents(alexa: Alexa) -> dict[str, str]:
    """Alexa's intent → ours, for those that bring no free words and mention no sign."""
    return {name: intent for intent, name in alexa.names.items()} | dict(alexa.shared)


def carriers(alexa: Alexa) -> dict[str, str]:
    """Alexa's intent for free speech → what was said, with {query} for what it passes on."""
    return {_query_intent(carrier): carrier for carrier in alexa.carriers}


def mentions(alexa: Alexa) -> dict[str, str]:
    """Alexa's intent for a kind of sign → words that the safety rule hears as that mention."""
    return {sign.name: sign.samples[0] for sign in alexa.signs.values()}


def generate(locale: Locale, alexa: Alexa) -> Model:
    """The interaction model of one locale, as Amazon's schema has it."""
    samples = _distinct(_samples(locale, alexa))
    values = {slot: _distinct_values(_values(locale, slot)) for slot in _slots(samples)}
    return {
        "interactionModel": {
            "languageModel": {
                "invocationName": alexa.invocation_name,
                "intents": [_intent(name, samples[name]) for name in sorted(samples)],
                "types": [
                    {"name": _type(slot), "values": values[slot]}
                    for slot in sorted(values)
                    if slot != _QUERY
                ],
            }
        }
    }


def render(model: Model) -> str:
    """The model as the text of its file."""
    return json.dumps(model, ensure_ascii=False, indent=1) + "\n"


def write(
    locales: Mapping[str, Locale], folder: Path, *, check: bool = False, words: Path = LOCALES
) -> list[str]:
    """Write each locale's model into `folder`; with `check`, only find the files that differ.

    words: where the locale folders are. Returns the names of the files that differed.
    """
    differing = []
    for tag, locale in sorted(locales.items()):
        path = folder / f"{tag}.json"
        text = render(generate(locale, read_alexa(words / tag)))
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            differing.append(path.name)
            if not check:
                folder.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return differing


def _samples(locale: Locale, alexa: Alexa) -> Iterator[tuple[str, Iterable[str]]]:
    """Alexa's intent → its samples; where two hold the same one, the first keeps it."""
    rule = LexicalRule(locale.emergency.signs)

    def is_certain(sample: str, kind: str) -> bool:
        return (
            kind in alexa.signs
            and _SAMPLE.fullmatch(sample) is not None
            and _is_certain(rule.mention(sample), kind)
        )

    most = SIGN_SAMPLES - sum(len(sign.samples) for sign in alexa.signs.values())
    language = locale.tag.partition("-")[0]
    signs = sign_samples(locale.emergency.signs, language, most, is_certain)
    for kind, sign in alexa.signs.items():
        yield sign.name, (*sign.samples, *signs.get(kind, ()))
    yield from alexa.owned.items()
    for intent, name in alexa.names.items():
        # A sample that mentions a sign is left to free speech: its words must reach the rule.
        heard = locale.intents.samples.get(intent, ())
        yield name, [s for s in heard if rule.mention(_SLOT.sub(" ", s)) is None]
    for name, carrier in carriers(alexa).items():
        yield name, [carrier]


def _is_certain(mention: Mention | None, kind: str) -> bool:
    return mention is not None and mention.form == kind and mention.strength is Strength.CERTAIN


def _distinct(samples: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    """Intent → its samples, none twice within or across intents, sorted."""
    seen: set[str] = set()
    distinct: dict[str, list[str]] = {}
    for name, said in samples:
        kept = distinct.setdefault(name, [])
        for sample in said:
            if _fold(sample) not in seen:
                seen.add(_fold(sample))
                kept.append(sample)
    return {name: sorted(said) for name, said in distinct.items()}


def _fold(sample: str) -> str:
    return normalise(_SLOT.sub(lambda slot: f" slot{slot[1].replace('_', '')} ", sample))


def _slots(samples: Mapping[str, list[str]]) -> list[str]:
    return sorted({slot for said in samples.values() for s in said for slot in _SLOT.findall(s)})


def _intent(name: str, samples: list[str]) -> Model:
    slots = _slots({name: samples})
    return {
        "name": name,
        **({"slots": [{"name": slot, "type": _type(slot)} for slot in slots]} if slots else {}),
        "samples": samples,
    }


def _type(slot: str) -> str:
    return "AMAZON.SearchQuery" if slot == _QUERY else slot.title().replace("_", "")


def _query_intent(carrier: str) -> str:
    """The name of a carrier's intent: "i'm {query}" → ImQuery."""
    return re.sub(r"[^A-Za-z]", "", carrier.replace("'", "").title())


def _values(locale: Locale, slot: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The values of a slot, each with the ways to say it, its id first where it has one."""
    articles: Iterable[Article] = locale.articles.values()
    if slot == "topic":
        yield from ((article.topic, article.names) for article in articles)
    elif slot == "term":
        for article in articles:
            for key, term in article.terms.items():
                yield key, (term.name, *term.heard)
    elif slot in locale.intents.slots:
        yield from ((value.replace(" ", "_"), (value,)) for value in locale.intents.slots[slot])


def _distinct_values(values: Iterable[tuple[str, tuple[str, ...]]]) -> list[Model]:
    """Values in Amazon's shape, nothing to say twice within a type, sorted."""
    seen: set[str] = set()
    distinct: dict[str, Model] = {}
    for key, said in values:
        fresh = []
        for words in said:
            if normalise(words) not in seen:
                seen.add(normalise(words))
                fresh.append(words)
        if fresh and key not in distinct:
            distinct[key] = {"id": key, "name": {"value": fresh[0], "synonyms": sorted(fresh[1:])}}
    return [distinct[key] for key in sorted(distinct)]


class _File:
    """One words file and its path, to say where a fault lies."""

    def __init__(self, path: Path) -> None:
        self.path, self.tree = path, read(path)

    def text(self, *keys: str) -> str:
        value = self._at(keys)
        if not isinstance(value, str) or not value.strip():
            raise WordsError(self.path, ".".join(keys), "must be a quoted text")
        return value

    def texts(self, *keys: str) -> tuple[str, ...]:
        value = self._at(keys)
        if not (isinstance(value, list) and value and all(isinstance(v, str) for v in value)):
            raise WordsError(self.path, ".".join(keys), "must be a list of quoted texts")
        return tuple(str(item) for item in value)

    def mapping(self, key: str) -> tuple[str, ...]:
        value = self._at((key,))
        if not isinstance(value, dict):
            raise WordsError(self.path, key, "must be a mapping of names")
        return tuple(value)

    def _at(self, keys: tuple[str, ...]) -> Words | None:
        node: Words | None = self.tree
        for key in keys:
            node = node.get(key) if isinstance(node, dict) else None
        return node
