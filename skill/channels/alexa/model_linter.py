"""Hold an interaction model to Amazon's rules without Amazon: one readable message per fault.

The rules' names and numbers are in model_rules.yaml. A model is linted before it is uploaded,
since Amazon tells a developer of these faults one at a time, after minutes each.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from speech.quoted_yaml import read

_SLOT = re.compile(r"{([^{}]*)}")
_SEARCH = "AMAZON.SearchQuery"

_SHAPE: Any = {
    "interactionModel": {
        "languageModel": {
            "invocationName": str,
            "intents": [
                {
                    "name": str,
                    "slots?": [
                        {"name": str, "type": str, "samples?": [str], "multipleValues?": dict}
                    ],
                    "samples?": [str],
                }
            ],
            "types?": [
                {
                    "name": str,
                    "values?": [{"id?": str, "name": {"value": str, "synonyms?": [str]}}],
                    "valueSupplier?": dict,
                }
            ],
            "modelConfiguration?": {"fallbackIntentSensitivity?": {"level": str}},
        },
        "dialog?": {"delegationStrategy?": str, "intents?": [dict]},
        "prompts?": [dict],
    },
    "version?": str,
}
"""What a model is made of; a key that ends in "?" may be absent."""


def lint(model: object, examples: Iterable[str] = ()) -> list[str]:
    """The faults of a model, and of the example phrases that a skill store would show for it."""
    if faults := list(_misshapen(model, _SHAPE, "the model")):
        return faults
    assert isinstance(model, Mapping)
    read_model = _Model.read(model)
    faults = [fault for rule in _RULES for fault in rule(read_model)]
    return faults + [fault for phrase in examples for fault in _example(read_model, phrase)]


@dataclass(frozen=True, slots=True)
class _Intent:
    name: str
    slots: tuple[tuple[str, str], ...]
    """Name and type of each."""
    samples: tuple[str, ...]

    @property
    def types(self) -> Mapping[str, str]:
        return dict(self.slots)

    def heard(self, sample: str) -> str:
        """The sample as Alexa tells it from others: by its words, and the types of its slots."""
        typed = _SLOT.sub(lambda slot: f"{{{self.types.get(slot[1], '')}}}", sample)
        return " ".join(typed.casefold().split())


@dataclass(frozen=True, slots=True)
class _Value:
    id: str
    said: tuple[str, ...]
    """The value and its synonyms."""


@dataclass(frozen=True, slots=True)
class _Model:
    whole: Mapping[str, Any]
    invocation_name: str
    intents: tuple[_Intent, ...]
    types: tuple[tuple[str, tuple[_Value, ...]], ...]
    supplied: frozenset[str]
    """The types whose values a catalog supplies."""
    dialog_intents: tuple[str, ...]

    @classmethod
    def read(cls, model: Mapping[str, Any]) -> _Model:
        language = model["interactionModel"]["languageModel"]
        dialog = model["interactionModel"].get("dialog") or {}
        return cls(
            whole=model,
            invocation_name=language["invocationName"],
            intents=tuple(
                _Intent(
                    name=intent["name"],
                    slots=tuple((slot["name"], slot["type"]) for slot in intent.get("slots") or ()),
                    samples=tuple(intent.get("samples") or ()),
                )
                for intent in language["intents"]
            ),
            types=tuple(
                (
                    kind["name"],
                    tuple(
                        _Value(
                            id=value.get("id") or "",
                            said=(value["name"]["value"], *(value["name"].get("synonyms") or ())),
                        )
                        for value in kind.get("values") or ()
                    ),
                )
                for kind in language.get("types") or ()
            ),
            supplied=frozenset(
                kind["name"] for kind in language.get("types") or () if kind.get("valueSupplier")
            ),
            dialog_intents=tuple(str(i.get("name")) for i in dialog.get("intents") or ()),
        )


def _misshapen(node: object, shape: Any, where: str) -> Iterator[str]:
    """Where a node is not of the shape."""
    if isinstance(shape, type):
        if not isinstance(node, shape):
            yield f"{where} must be {_KINDS[shape]}"
    elif isinstance(shape, list):
        if not isinstance(node, list):
            yield f"{where} must be a list"
            return
        for n, item in enumerate(node):
            yield from _misshapen(item, shape[0], f"{where}[{n}]")
    elif not isinstance(node, Mapping):
        yield f"{where} must be an object"
    else:
        known = {key.removesuffix("?"): inner for key, inner in shape.items()}
        for key in node.keys() - known.keys():
            yield f"{where} has {key!r}, which Amazon does not know"
        for key, inner in known.items():
            if node.get(key) is not None:
                yield from _misshapen(node[key], inner, f"{where}.{key}")
            elif key in shape:
                yield f"{where} lacks {key!r}"


_KINDS: Mapping[Any, str] = {str: "a text", dict: "an object"}


@cache
def _rules() -> Mapping[str, Any]:
    return read(Path(__file__).with_name("model_rules.yaml"))


def _limit(name: str) -> int:
    return int(_rules()["limits"][name])


def _names(model: _Model) -> Iterator[str]:
    rules = _rules()
    for intent in model.intents:
        yield from _name("intent", intent.name, rules["intents"])
        for slot, _ in intent.slots:
            yield from _name(f"slot of {intent.name}", slot, ())
        yield from _repeated(f"slot of {intent.name}", (slot for slot, _ in intent.slots))
    for kind, _ in model.types:
        yield from _name("slot type", kind, rules["types"])
    yield from _repeated("intent", (intent.name for intent in model.intents))
    yield from _repeated("slot type", (kind for kind, _ in model.types))


def _name(what: str, name: str, amazon: Iterable[str]) -> Iterator[str]:
    if name.startswith("AMAZON."):
        if name.removeprefix("AMAZON.") not in amazon:
            yield f"{what} {name}: Amazon has none of that name"
    elif not re.fullmatch(_rules()["name"], name):
        yield f"{what} {name!r}: a name is letters, with single underscores between them"


def _repeated(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(map(str.casefold, names)).items():
        if count > 1:
            yield f"{what} {name!r}: is there {count} times (capitals do not tell names apart)"


def _samples(model: _Model) -> Iterator[str]:
    letter, most = re.compile(_rules()["sample"]), _limit("sample_characters")
    for intent in model.intents:
        for sample in intent.samples:
            where = f"{intent.name}, sample {sample!r}"
            words = _SLOT.sub("", sample)
            if odd := sorted(c for c in set(words) if not letter.fullmatch(c)):
                yield f"{where}: {' '.join(odd)!r} cannot be in a sample; write as it is spoken"
            if not sample.strip():
                yield f"{where}: is empty"
            if len(sample) > most:
                yield f"{where}: is longer than {most} characters"


def _slots(model: _Model) -> Iterator[str]:
    known = {f"AMAZON.{name}" for name in _rules()["types"]} | {kind for kind, _ in model.types}
    for intent in model.intents:
        used = [_SLOT.findall(sample) for sample in intent.samples]
        for sample, slots in zip(intent.samples, used, strict=True):
            for slot in sorted(set(slots) - intent.types.keys()):
                yield f"{intent.name}, sample {sample!r}: the intent has no slot {slot!r}"
            for slot in sorted({slot for slot in slots if slots.count(slot) > 1}):
                yield f"{intent.name}, sample {sample!r}: holds {{{slot}}} twice"
        for slot, kind in intent.slots:
            if kind not in known:
                yield f"{intent.name}, slot {slot!r}: there is no slot type {kind!r}"
            if intent.name not in model.dialog_intents and not any(slot in s for s in used):
                yield f"{intent.name}, slot {slot!r}: no sample uses it"
    in_use = {kind for intent in model.intents for _, kind in intent.slots}
    for kind, values in model.types:
        if kind not in in_use:
            yield f"slot type {kind}: no slot uses it"
        if not (values or kind in model.supplied or kind.startswith("AMAZON.")):
            yield f"slot type {kind}: has no values"


def _search_queries(model: _Model) -> Iterator[str]:
    for intent in model.intents:
        for sample in intent.samples:
            slots = _SLOT.findall(sample)
            where = f"{intent.name}, sample {sample!r}"
            if any(intent.types.get(slot) == _SEARCH for slot in slots):
                if not _SLOT.sub("", sample).strip():
                    yield f"{where}: needs a carrier phrase beside its {_SEARCH}"
                if len(slots) > 1:
                    yield f"{where}: {_SEARCH} stands with no second slot"


def _dialog(model: _Model) -> Iterator[str]:
    names = {intent.name for intent in model.intents}
    for name in model.dialog_intents:
        if name not in names:
            yield f"dialog intent {name}: the model has no such intent"
    for intent in model.intents:
        if intent.name in model.dialog_intents:
            for sample in intent.samples:
                if sample.strip() and not _SLOT.sub("", sample).strip():
                    yield (
                        f"{intent.name}, sample {sample!r}: "
                        "an intent with a dialog needs words beside its slots"
                    )


def _twice(model: _Model) -> Iterator[str]:
    first: dict[str, str] = {}
    for intent in model.intents:
        for sample in intent.samples:
            heard = intent.heard(sample)
            if heard in first:
                yield f"{intent.name}, sample {sample!r}: is there already, in {first[heard]}"
            first.setdefault(heard, intent.name)


def _needed(model: _Model) -> Iterator[str]:
    names = {intent.name for intent in model.intents}
    for name in _rules()["required"]:
        if f"AMAZON.{name}" not in names:
            yield f"AMAZON.{name} is missing: certification looks for it"
    for intent in model.intents:
        if not intent.samples and not intent.name.startswith("AMAZON."):
            yield f"{intent.name}: has no samples"


def _invocation_name(model: _Model) -> Iterator[str]:
    name, rules = model.invocation_name, _rules()["invocation"]
    where, words = f"invocation name {name!r}", name.split()
    if odd := sorted({c for c in name if not re.fullmatch(rules["letters"], c)}):
        yield f"{where}: {' '.join(odd)!r} cannot be in it; lower-case letters, numbers in words"
    if "'" in re.sub(r"(?<=\w)'s\b|(?<=s)'(?=\s|$)", "", name):
        yield f"{where}: an apostrophe only shows whose it is"
    if "." in re.sub(r"\b[^\W\d]\.", "", name):
        yield f'{where}: a period only follows a single letter, as in "a. b. c."'
    if not 2 <= len(name) <= _limit("name_characters"):
        yield f"{where}: has not between 2 and {_limit('name_characters')} characters"
    if len(words) < 2:
        yield f"{where}: needs two words at least, unless it is a brand"
    for word in _spoken_in(name, rules["wake"]):
        yield f"{where}: {word!r} is for Alexa itself"
    for word in _spoken_in(name, rules["launch"] + rules["connecting"]):
        yield f"{where}: {word!r} is what people say before or after a name"
    if len(words) == 2:
        for word in sorted(set(words) & set(rules["small"])):
            yield f"{where}: {word!r} makes a name of two words too short"


def _spoken_in(name: str, phrases: Iterable[str]) -> list[str]:
    return [phrase for phrase in phrases if f" {phrase} " in f" {name} "]


def _sizes(model: _Model) -> Iterator[str]:
    if len(model.intents) > _limit("intents"):
        yield f"{len(model.intents)} intents: {_limit('intents')} are allowed"
    values = sum(len(value.said) for _, values in model.types for value in values)
    if values > _limit("slot_values"):
        yield f"{values} slot values: {_limit('slot_values')} are allowed"
    size = len(json.dumps(model.whole, ensure_ascii=False).encode())
    if size > _limit("model_characters"):
        yield f"{size} characters: {_limit('model_characters')} are allowed"


def _values(model: _Model) -> Iterator[str]:
    most = _limit("slot_value_characters")
    for kind, values in model.types:
        yield from _repeated(f"slot type {kind}, id", (value.id for value in values if value.id))
        said = [words for value in values for words in value.said]
        yield from _repeated(f"slot type {kind}, value", (" ".join(w.split()) for w in said))
        for words in said:
            if not words.strip():
                yield f"slot type {kind}: has an empty value"
            elif len(words) > most:
                yield f"slot type {kind}, value {words!r}: is longer than {most} characters"


_RULES: tuple[Callable[[_Model], Iterator[str]], ...] = (
    _names, _samples, _slots, _search_queries, _dialog, _twice, _needed, _invocation_name,
    _sizes, _values,
)  # fmt: skip


def _example(model: _Model, phrase: str) -> Iterator[str]:
    """A wake word, a launch phrase, the invocation name, and then nothing or a sample."""
    rules = _rules()["invocation"]
    wake, launch, connecting = ("|".join(rules[name]) for name in ("wake", "launch", "connecting"))
    said = " ".join(re.sub(r"[,?!]", " ", phrase).casefold().split())
    opened = re.fullmatch(
        f"(?:{wake}) (?:{launch}) {re.escape(model.invocation_name)}(?: (?P<request>.+))?", said
    )
    if not opened:
        yield (
            f'example {phrase!r}: must be a wake word, a word like "ask" or "open", '
            "the invocation name, and a sample"
        )
    elif request := opened["request"]:
        bare = re.sub(f"^(?:{connecting}) ", "", request)
        if not any(
            _says(model, intent, words) for intent in model.intents for words in (request, bare)
        ):
            yield f"example {phrase!r}: no sample says {request!r}"


def _says(model: _Model, intent: _Intent, words: str) -> bool:
    """Whether the words are one of the intent's samples, its slots filled with their values."""
    said = {
        kind: {spoken.casefold() for value in values for spoken in value.said}
        for kind, values in model.types
    }
    for sample in intent.samples:
        texts = re.split(r"{[^{}]*}", sample.casefold())
        filled = re.fullmatch("(.+)".join(map(re.escape, texts)), words)
        kinds = [intent.types.get(slot, "") for slot in _SLOT.findall(sample)]
        if filled and all(
            value in said[kind] if kind in said else True
            for kind, value in zip(kinds, filled.groups(), strict=True)
        ):
            return True
    return False
