"""Amazon's rules for models: a good one passes in silence, each seeded fault is named."""

import copy
from typing import Any

import pytest

from skill.channels.alexa.model_linter import lint

GOOD: dict[str, Any] = {
    "interactionModel": {
        "languageModel": {
            "invocationName": "garden guide",
            "intents": [
                {"name": "AMAZON.CancelIntent", "samples": []},
                {"name": "AMAZON.FallbackIntent", "samples": []},
                {"name": "AMAZON.HelpIntent", "samples": ["how do I use this"]},
                {"name": "AMAZON.NavigateHomeIntent"},
                {"name": "AMAZON.StopIntent", "samples": ["that's all"]},
                {
                    "name": "Plant_Intent",
                    "slots": [
                        {"name": "plant", "type": "Plant"},
                        {"name": "day", "type": "AMAZON.DATE"},
                    ],
                    "samples": ["when do i plant {plant}", "plant {plant} on {day}", "{plant}"],
                },
                {
                    "name": "AskIntent",
                    "slots": [{"name": "query", "type": "AMAZON.SearchQuery"}],
                    "samples": ["i have a question about {query}", "tell me {query} please"],
                },
                {
                    "name": "BookIntent",
                    "slots": [{"name": "time", "type": "AMAZON.TIME", "samples": ["at {time}"]}],
                    "samples": ["book a visit to the jardín", "book the o. k. corral"],
                },
            ],
            "types": [
                {
                    "name": "Plant",
                    "values": [
                        {"id": "tomato", "name": {"value": "tomato", "synonyms": ["tomatoes"]}},
                        {"id": None, "name": {"value": "7 herbs"}},
                    ],
                }
            ],
            "modelConfiguration": {"fallbackIntentSensitivity": {"level": "LOW"}},
        },
        "dialog": {"intents": [{"name": "BookIntent"}], "delegationStrategy": "ALWAYS"},
        "prompts": [],
    },
    "version": "3",
}
EXAMPLES = (
    "Alexa, open Garden Guide",
    "Alexa, ask Garden Guide when do I plant tomatoes",
    "Echo, tell garden guide to book a visit to the jardín",
)

LANGUAGE = "interactionModel.languageModel"
INTENTS, TYPES = f"{LANGUAGE}.intents", f"{LANGUAGE}.types"
PLANT, ASK, BOOK = f"{INTENTS}.5", f"{INTENTS}.6", f"{INTENTS}.7"
VALUES = f"{TYPES}.0.values"
TWINS = {
    "name": "PlantIntent",
    "slots": [{"name": "plant", "type": "Plant"}, {"name": "other", "type": "Plant"}],
    "samples": ["plant {plant}", "plant {other}"],
}

FAULTS: list[tuple[str, Any, str]] = [
    # Shape.
    ("", [], "the model must be an object"),
    ("interactionModel", None, "lacks 'interactionModel'"),
    (f"{LANGUAGE}.invocationName", None, "lacks 'invocationName'"),
    (f"{LANGUAGE}.invocationName", 7, "invocationName must be a text"),
    (f"{LANGUAGE}.intnets", [], "has 'intnets', which Amazon does not know"),
    (f"{INTENTS}", {}, "intents must be a list"),
    (f"{PLANT}.slots.0.type", None, "slots[0] lacks 'type'"),
    (f"{PLANT}.samples.0", False, "samples[0] must be a text"),
    # Names.
    (f"{PLANT}.name", "Plant2Intent", "intent 'Plant2Intent': a name is letters"),
    (f"{PLANT}.name", "Plant__Intent", "a name is letters"),
    (f"{PLANT}.name", "", "a name is letters"),
    (f"{PLANT}.name", "askintent", "intent 'askintent': is there 2 times"),
    (f"{PLANT}.name", "AMAZON.PlantIntent", "AMAZON.PlantIntent: Amazon has none"),
    (f"{PLANT}.slots.0.name", "plant 1", "slot of Plant_Intent 'plant 1': a name is letters"),
    (f"{PLANT}.slots.1.name", "Plant", "slot of Plant_Intent 'plant': is there 2 times"),
    (f"{TYPES}.0.name", "Plant2", "slot type 'Plant2': a name is letters"),
    (f"{TYPES}.0.name", "AMAZON.Plant", "slot type AMAZON.Plant: Amazon has none"),
    # Samples.
    (f"{PLANT}.samples.0", "plant 2 trees", "'2' cannot be in a sample"),
    (f"{PLANT}.samples.0", "what do i plant?", "'?' cannot be in a sample"),
    (f"{PLANT}.samples.0", "well, plant", "',' cannot be in a sample"),
    (f"{PLANT}.samples.0", "plant {plant", "'{' cannot be in a sample"),
    (f"{PLANT}.samples.0", " ", "is empty"),
    (f"{PLANT}.samples.0", "plant " * 40, "is longer than 200 characters"),
    # Slots.
    (f"{PLANT}.samples.0", "plant {flower}", "the intent has no slot 'flower'"),
    (f"{PLANT}.samples.0", "plant {Plant}", "the intent has no slot 'Plant'"),
    (f"{PLANT}.samples.0", "plant {plant} by {plant}", "holds {plant} twice"),
    (f"{PLANT}.slots.1.type", "Day", "there is no slot type 'Day'"),
    (f"{PLANT}.slots.1.type", "AMAZON.Day", "there is no slot type 'AMAZON.Day'"),
    (f"{PLANT}.samples.1", "plant something", "slot 'day': no sample uses it"),
    (f"{PLANT}.slots.0.type", "AMAZON.Food", "slot type Plant: no slot uses it"),
    (f"{VALUES}", [], "slot type Plant: has no values"),
    # Free speech.
    (f"{ASK}.samples.0", "{query}", "needs a carrier phrase"),
    (f"{ASK}.samples.0", " {query}", "needs a carrier phrase"),
    (f"{PLANT}.slots.1.type", "AMAZON.SearchQuery", "stands with no second slot"),
    # Dialogs.
    (f"{BOOK}.samples.0", "{time}", "an intent with a dialog needs words beside its slots"),
    ("interactionModel.dialog.intents.0.name", "BuyIntent", "dialog intent BuyIntent"),
    # Twice.
    (f"{PLANT}.samples.2", "When  do i plant {plant}", "is there already, in Plant_Intent"),
    (f"{BOOK}.samples.0", "how do i use this", "is there already, in AMAZON.HelpIntent"),
    (PLANT, TWINS, "sample 'plant {other}': is there already"),
    # What must be there.
    (f"{INTENTS}.2.name", "AMAZON.NextIntent", "AMAZON.HelpIntent is missing"),
    (f"{INTENTS}.4.name", "AMAZON.NextIntent", "AMAZON.StopIntent is missing"),
    (f"{INTENTS}.0.name", "AMAZON.NextIntent", "AMAZON.CancelIntent is missing"),
    (f"{BOOK}.samples", [], "BookIntent: has no samples"),
    # The invocation name.
    (f"{LANGUAGE}.invocationName", "Garden guide", "'G' cannot be in it"),
    (f"{LANGUAGE}.invocationName", "garden guide 2", "'2' cannot be in it"),
    (f"{LANGUAGE}.invocationName", "garden", "needs two words"),
    (f"{LANGUAGE}.invocationName", "the garden", "'the' makes a name of two words too short"),
    (f"{LANGUAGE}.invocationName", "garden app two", "'app' is for Alexa itself"),
    (f"{LANGUAGE}.invocationName", "talk to gardens", "'talk to' is what people say"),
    (f"{LANGUAGE}.invocationName", "gard'en guide", "an apostrophe only shows whose"),
    (f"{LANGUAGE}.invocationName", "garden. guide", "a period only follows a single letter"),
    (f"{LANGUAGE}.invocationName", "garden guide " * 5, "between 2 and 50 characters"),
    # Limits and values.
    (f"{VALUES}.0.name.value", "long " * 40, "is longer than 140 characters"),
    (f"{VALUES}.0.name.value", " ", "has an empty value"),
    (f"{VALUES}.0.name.synonyms", ["Tomato"], "value 'tomato': is there 2 times"),
    (f"{VALUES}.1.id", "tomato", "id 'tomato': is there 2 times"),
    (f"{VALUES}.0.name.synonyms", [str(n) for n in range(50_000)], "slot values: 50000"),
    (f"{BOOK}.samples.0", "x" * 1_500_000, "characters: 1500000 are allowed"),
    (f"{INTENTS}", [{"name": "x"}] * 251, "251 intents: 250 are allowed"),
]  # fmt: skip

NOT_EXAMPLES = [
    ("Open garden guide", "must be a wake word"),
    ("Alexa, garden guide", "must be a wake word"),
    ("Alexa, open flower guide", "must be a wake word"),
    ("Alexa, ask garden guide when do i plant oaks", "no sample says 'when do i plant oaks'"),
    ("Alexa, ask garden guide what to do", "no sample says"),
]


def broken(path: str, value: Any) -> Any:
    """The good model with one thing put in its place, or taken out where the value is None."""
    if not path:
        return value
    model = copy.deepcopy(GOOD)
    node: Any = model
    *outer, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    for key in outer:
        node = node[key]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return model


def test_a_good_model_passes_in_silence() -> None:
    assert lint(GOOD, EXAMPLES) == []


@pytest.mark.parametrize(
    ("path", "value", "message"), FAULTS, ids=[message for _, _, message in FAULTS]
)
def test_a_fault_is_named(path: str, value: Any, message: str) -> None:
    assert [fault for fault in lint(broken(path, value)) if message in fault]


@pytest.mark.parametrize(("phrase", "message"), NOT_EXAMPLES)
def test_an_example_that_would_not_work_is_named(phrase: str, message: str) -> None:
    [fault] = lint(GOOD, [phrase])
    assert message in fault
    assert repr(phrase) in fault


def test_each_fault_is_told_once() -> None:
    faults = lint(broken(f"{PLANT}.samples.0", "plant 2 {flower}"))
    assert len(faults) == len(set(faults)) == 2
