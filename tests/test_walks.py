"""Random walks of many turns through the real doors, and what holds at every step of them."""

from __future__ import annotations

import itertools
import json
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from skill.handlers import RATES
from skill.messages import Session
from speech.locale import CONTENT_INTENTS, INTENTS, Locale
from speech.quoted_yaml import read
from tests.alexa_certificates import envelope
from tests.drivers import CARRIERS, signed_request
from tests.talkers import AlexaTalker, JsonTalker, Seen
from tests.test_conversation import DATA, LOCALE

QUESTIONS = sorted(
    sample
    for intent in (*CONTENT_INTENTS, "symptom_check", "list_topics")
    for sample in LOCALE.intents.samples[intent]
    if "{" not in sample
)
CONTROLS = sorted(
    sample
    for intent, samples in LOCALE.intents.samples.items()
    if intent not in (*CONTENT_INTENTS, "symptom_check", "list_topics")
    for sample in samples
    if "{" not in sample
)
ANSWERS = ["yes", "no", "not sure", "um", "it stopped", "not anymore", "nope", "yes a little"]
MATRIX: Any = read(DATA / "matrix.yaml")
SIGNS = [str(phrase["text"]) for phrase in MATRIX["phrases"]]
JUNK = st.text(max_size=40).filter(lambda text: any(c.isalnum() for c in text))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
SAID = {
    "question": st.sampled_from(QUESTIONS),
    "control": st.sampled_from(CONTROLS),
    "answer": st.sampled_from(ANSWERS),
    "junk": JUNK,
}
_users = itertools.count()
ARTICLE = LOCALE.articles[LOCALE.topic]
CALMING = {
    f"{ARTICLE.topic}.{name}.{part}"
    for name, section in ARTICLE.sections.items()
    if section.calming
    for part in ("brief", "more")
} | {
    f"{ARTICLE.topic}.terms.{name}.{facet}"
    for name, term in ARTICLE.terms.items()
    for facet in term.says
    if term.calming or facet == "cause"
}


class Walk(RuleBasedStateMachine):
    """One user at the JSON API and one at Alexa, saying anything at all."""

    app: Flask
    locale: Locale

    def __init__(self) -> None:
        super().__init__()
        self.json = JsonTalker(self.app.test_client())
        self.alexa = AlexaTalker(self.app, f"amzn1.ask.account.walk-{next(_users)}")
        self.rule = self.app.extensions["spasm_guide"].listeners["en-US"].rule

    @rule(text=st.one_of(*SAID.values()), echo=st.booleans())
    def say(self, text: str, echo: bool) -> None:
        self.said(text, echo=echo)

    @rule(text=SAID["answer"], echo=st.booleans())
    def answer(self, text: str, echo: bool) -> None:
        self.said(text, echo=echo)

    @rule(echo=st.booleans())
    def check_symptoms(self, echo: bool) -> None:
        self.said("check my symptoms", echo=echo)

    @rule(text=st.sampled_from(SIGNS), echo=st.booleans())
    def mention(self, text: str, echo: bool) -> None:
        seen = self.said(text, echo=echo)
        assert seen.speech.startswith("Call "), (text, seen)

    @rule(body=st.one_of(JSON, st.binary(max_size=30)), sign=st.sampled_from(["", *SIGNS]))
    def wrong_json(self, body: Any, sign: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps([body, sign]).encode()
        before = self.place()
        answer = self.json.client.post("/api/ask", data=raw, content_type="application/json")
        assert answer.status_code == 400
        found = answer.get_json()
        assert found["error"]
        assert found["speech"]
        if sign and not isinstance(body, bytes):
            assert found["speech"].startswith("Call ")
        assert self.place() == before, "a refused request moves nothing"

    @rule(name=st.sampled_from([*sorted(CARRIERS), "AMAZON.FallbackIntent", "X"]), slots=JSON)
    def odd_envelope(self, name: str, slots: Any) -> None:
        body = envelope(type="IntentRequest", intent={"name": name, "slots": slots})
        body["session"]["attributes"] = self.alexa.attributes
        assert self.app.test_client().post("/alexa", **signed_request(body)).status_code == 200

    @rule()
    def launch(self) -> None:
        self.sound(self.alexa.send(type="LaunchRequest"))

    @rule()
    def leave(self) -> None:
        self.alexa.leave()

    def said(self, text: str, *, echo: bool) -> Seen:
        talker = self.alexa if echo else self.json
        seen = talker.say(text)
        self.sound(seen)
        place = self.place() if not echo else Session.from_dict(json.loads(seen.kept))
        self.sound_place(place)
        if place.reported and seen.ids:
            assert not CALMING.intersection(seen.ids), "nothing reassures after a reported sign"
        if self.rule.mention(text):
            guided = ("Call ", self.locale.text("prompts.goodbye"))
            assert seen.speech.startswith(guided), (text, seen)
        return seen

    def sound(self, seen: Seen) -> None:
        assert seen.speech
        assert len(seen.kept) < 4_096
        if seen.ids is not None:
            assert seen.ids
            assert seen.speech == " ".join(self.locale.text(i) for i in seen.ids), "fixed words"
            assert seen.intent in INTENTS
            if seen.guidance in ("certain", "possible"):
                assert seen.ids[0].startswith("emergency.")
            if seen.guidance == "certain" and not seen.ids[0].startswith("emergency.self_harm"):
                assert seen.ids[-1] == "prompts.want_waiting"
        if seen.ended is not None:
            assert seen.ended is not seen.speech.endswith("?"), "open where it asks, and only there"

    def sound_place(self, place: Session) -> None:
        assert place.section in ("", *CONTENT_INTENTS)
        named = {i.partition(":")[0] for i in place.last} | {place.part_id, place.held_id} - {""}
        assert named <= self.locale.parts.keys(), "the place is always a real one"
        assert place.rate in RATES
        names = [question.name for question in self.locale.interview.questions]
        assert not place.interview or place.interview[0] in names
        assert not (place.interview and place.pending.startswith("waiting.")), "guidance ends it"
        if place.withheld:
            assert place.withheld == place.part_id

    def place(self) -> Session:
        with self.json.client.session_transaction() as kept:
            return Session.from_dict(kept.get("place"))


def test_walks(app: Flask, locale: Locale) -> None:
    class Here(Walk):
        pass

    Here.app, Here.locale = app, locale
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=60,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
