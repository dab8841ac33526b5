"""The interaction model says what the locale's words say, and never loses a sign."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ask_sdk_core.serialize import DefaultSerializer
from ask_smapi_model.v1.skill.interaction_model.interaction_model_data import InteractionModelData

from skill.channels.alexa import interaction_model
from skill.channels.alexa.interaction_model import (
    SIGN_SAMPLES,
    Alexa,
    carriers,
    generate,
    intents,
    mentions,
    read_alexa,
    render,
    write,
)
from skill.channels.alexa.model_linter import lint
from skill.messages import Strength
from skill.safety import LexicalRule
from speech.locale import INTENTS, LOCALES, Locale, load_all
from speech.quoted_yaml import WordsError
from speech.signs import compile_signs
from speech.text import normalise

MODELS = Path(__file__).parent.parent / "interaction_models"
NEGATIONS = {"no", "not", "never", "without", "nor", "none", "neither", "nothing", "nobody"}
BESIDE_SIGNS = {
    "mom", "dad", "grandma", "grandpa", "nana", "aunt", "uncle",
    "causes", "normal", "worried", "worry",
}  # fmt: skip
"""What the signs listen for beside a sign: whose it is, and how it is asked about."""
SWALLOWED = {
    "how do i loosen a tight chest",
    "is there a link between breathing too fast and muscle spasms",
}
"""What a fixed sample is known to swallow: to be mended in intents.yaml or signs.yaml."""
SLOT = re.compile(r"{(\w+)}")


@pytest.fixture(scope="module")
def alexa() -> Alexa:
    return read_alexa(LOCALES / "en-US")


@pytest.fixture(scope="module")
def rule(locale: Locale) -> LexicalRule:
    return LexicalRule(locale.emergency.signs)


@pytest.fixture(scope="module")
def model(locale: Locale, alexa: Alexa) -> dict[str, Any]:
    return generate(locale, alexa)


@pytest.fixture(scope="module")
def samples(model: dict[str, Any]) -> dict[str, list[str]]:
    language = model["interactionModel"]["languageModel"]
    return {intent["name"]: intent["samples"] for intent in language["intents"]}


@pytest.fixture(scope="module")
def values(model: dict[str, Any]) -> dict[str, list[str]]:
    """Slot → its values."""
    return {
        re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind["name"]).lower(): [
            value["name"]["value"] for value in kind["values"]
        ]
        for kind in model["interactionModel"]["languageModel"]["types"]
    }


def test_the_committed_models_are_what_the_words_say() -> None:
    assert write(load_all(), MODELS, check=True) == [], "run: make models"


def test_only_what_differs_is_written(
    tmp_path: Path, locale: Locale, model: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interaction_model, "generate", lambda *_: model)
    locales, folder = {"en-US": locale}, tmp_path / "models"
    assert write(locales, folder, check=True) == ["en-US.json"]
    assert not folder.exists()
    assert write(locales, folder) == ["en-US.json"]
    assert write(locales, folder) == write(locales, folder, check=True) == []
    assert (folder / "en-US.json").read_text(encoding="utf-8") == render(model)


def test_the_text_is_stable(locale: Locale, alexa: Alexa, model: dict[str, Any]) -> None:
    text = render(model)
    assert text == render(generate(locale, alexa))
    assert json.loads(text) == model
    assert text.endswith("}\n")


def test_the_linter_finds_nothing(model: dict[str, Any], alexa: Alexa) -> None:
    assert lint(model, alexa.examples) == []


def test_examples_are_samples_and_not_free_speech(model: dict[str, Any], alexa: Alexa) -> None:
    fixed = json.loads(render(model))
    language = fixed["interactionModel"]["languageModel"]
    language["intents"] = [i for i in language["intents"] if i["name"] not in carriers(alexa)]
    assert lint(fixed, alexa.examples) == []


def test_amazon_reads_the_model_and_loses_nothing(model: dict[str, Any]) -> None:
    serializer = DefaultSerializer()
    read = serializer.deserialize(json.dumps(model), InteractionModelData)
    assert without_nothing(serializer.serialize(read)) == without_nothing(model)


def without_nothing(node: Any) -> Any:
    """Amazon's classes fill in None for what is absent."""
    if isinstance(node, dict):
        return {key: without_nothing(inner) for key, inner in node.items() if inner is not None}
    return [without_nothing(inner) for inner in node] if isinstance(node, list) else node


def test_every_intent_has_one_meaning(samples: dict[str, list[str]], alexa: Alexa) -> None:
    assert set(intents(alexa).values()) == set(INTENTS) - {"clarify"}
    means = [*intents(alexa), *carriers(alexa), *mentions(alexa)]
    assert sorted(means) == sorted(samples)
    assert len(carriers(alexa)) == len(alexa.carriers)


def test_no_sample_is_there_twice(samples: dict[str, list[str]]) -> None:
    said = [normalise(s.replace("_", "")) for every in samples.values() for s in every]
    assert len(said) == len(set(said))


def test_every_sample_of_ours_is_somewhere(
    locale: Locale, samples: dict[str, list[str]], rule: LexicalRule
) -> None:
    """Save those that mention a sign: free speech takes these, so that their words reach us."""
    known = {sample for every in samples.values() for sample in every}
    lost = {sample for every in locale.intents.samples.values() for sample in every} - known
    assert all(rule.mention(SLOT.sub(" ", sample)) for sample in lost)


# Signs.


def test_sign_samples_are_certain_mentions(
    samples: dict[str, list[str]], alexa: Alexa, rule: LexicalRule
) -> None:
    said = [sample for sign in alexa.signs.values() for sample in samples[sign.name]]
    heard = {sample: rule.mention(sample) for sample in said}
    assert not [s for s, m in heard.items() if not m or m.strength is not Strength.CERTAIN]
    assert 200 < len(said) <= SIGN_SAMPLES


def test_what_stands_for_a_sign_is_heard_as_it(alexa: Alexa, rule: LexicalRule) -> None:
    kinds = {sign.name: kind for kind, sign in alexa.signs.items()}
    for name, words in mentions(alexa).items():
        mention = rule.mention(words)
        assert mention
        assert (mention.form, mention.strength) == (kinds[name], Strength.CERTAIN)


def test_every_sign_is_taught(
    locale: Locale, alexa: Alexa, rule: LexicalRule, samples: dict[str, list[str]]
) -> None:
    signs = {s.name for s in compile_signs(locale.emergency.signs).signs if s.kind in alexa.signs}
    heard = [rule.mention(s) for sign in alexa.signs.values() for s in samples[sign.name]]
    assert signs <= {name for mention in heard if mention for name in mention.signs}


def test_a_sample_that_is_a_sign_goes_to_the_sign_intent(locale: Locale, alexa: Alexa) -> None:
    ours = {**locale.intents.samples, "causes": ("why", "Why ", "Stroke", "what causes a stroke")}
    clash = replace(locale, intents=replace(locale.intents, samples=ours))
    language = generate(clash, alexa)["interactionModel"]["languageModel"]
    made = {intent["name"]: intent["samples"] for intent in language["intents"]}
    assert made["CausesIntent"] == ["why"]
    assert "stroke" in made["SignIntent"]


def test_no_fixed_sample_swallows_a_sign(
    locale: Locale,
    samples: dict[str, list[str]],
    values: dict[str, list[str]],
    alexa: Alexa,
    rule: LexicalRule,
) -> None:
    """Of a fixed sample only the slots' values reach us: a sign must not need its other words.

    The rule hears them beside the topic's name. A term whose every answer names the number may.
    """
    topic = locale.articles[locale.topic].names[0]
    number, terms = locale.emergency.number, locale.articles[locale.topic].terms.values()
    safe = {t.name for t in terms if all(number in answer for answer in t.says.values())}
    silent = {
        slot: [
            value for value in said if value not in safe and not rule.mention(f"{value} {topic}")
        ]
        for slot, said in values.items()
    }
    swallowed = set()
    for sample in (sample for name in intents(alexa) for sample in samples[name]):
        for slot in SLOT.findall(sample)[:1]:
            said = SLOT.sub(lambda s: values[s[1]][0], sample.replace(f"{{{slot}}}", "|"))
            wholes = [said.replace("|", value) for value in silent[slot]]
            if rule.mention(" ".join(wholes)):  # all at once, since most samples hold none
                swallowed |= {whole for whole in wholes if rule.mention(whole)}
    assert swallowed <= SWALLOWED


# Free speech.


def test_a_carrier_puts_words_back(alexa: Alexa) -> None:
    for carrier in carriers(alexa).values():
        assert carrier.format(query="x") == carrier.replace("{query}", "x") != carrier


def test_carriers_are_plain_words(locale: Locale, alexa: Alexa, rule: LexicalRule) -> None:
    """No sign, no negation, no part of the body: stripping one never takes meaning away."""
    words = locale.intents.words
    expanded = dict(c.split(" = ") for c in words["contractions"])
    plain = set(" ".join((*words["plain"], *words["hesitations"], *words["lead_ins"])).split())
    kept = compile_signs(locale.emergency.signs).forms.vocabulary - plain - BESIDE_SIGNS
    parts = set(" ".join(locale.intents.slots["body_part"]).split())
    for carrier in alexa.carriers:
        bare = normalise(carrier.replace("{query}", ""))
        said = set(" ".join(expanded.get(w, w) for w in bare.split()).split())
        assert rule.mention(bare) is None
        assert not said & (kept | NEGATIONS | parts), carrier


def test_a_sign_is_heard_behind_every_carrier(
    alexa: Alexa, samples: dict[str, list[str]], rule: LexicalRule
) -> None:
    signs = [sign.samples[0] for sign in alexa.signs.values()]
    for carrier in alexa.carriers:
        assert all(rule.mention(carrier.format(query=sign)) for sign in signs), carrier


# The words file.


@pytest.mark.parametrize(
    ("pattern", "replacement", "key"),
    [
        ("^carriers: .*?\\]", 'carriers: "i {query}"', "carriers"),
        ("^examples:", "shown:", "examples"),
        ("^intents:", "names:", "intents"),
        ('means: "stop"', 'meant: "stop"', "shared.AMAZON"),
        ('intent: "SignIntent"', 'intent: ""', "signs.stroke.intent"),
        ('^  causes: "CausesIntent"', "  causes: CausesIntent", "intents.causes"),
    ],
)
def test_a_broken_words_file_is_named(
    tmp_path: Path, pattern: str, replacement: str, key: str
) -> None:
    folder = tmp_path / "en-US"
    folder.mkdir()
    for name in ("alexa.yaml", "skill.yaml"):
        shutil.copy(LOCALES / "en-US" / name, folder)
    path = folder / "alexa.yaml"
    text, count = re.subn(
        pattern, replacement, path.read_text(encoding="utf-8"), count=1, flags=re.M | re.S
    )
    assert count == 1, "the break did not apply"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WordsError) as fault:
        read_alexa(folder)
    assert fault.value.path == str(path)
    assert fault.value.key.startswith(key)
