"""What an Alexa screen shows: what is voiced, legible across a room, and nothing to touch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import unescape
from math import atan, degrees, isqrt
from types import SimpleNamespace
from typing import Any

import pytest
from ask_sdk_core.serialize import DefaultSerializer
from ask_sdk_model.interfaces.alexa.presentation.apl.render_document_directive import (
    RenderDocumentDirective,
)
from hypothesis import given
from hypothesis import strategies as st

from skill.channels.alexa.screen import APL, DOCUMENT, directive, supports_apl
from skill.conversation import Conversation
from skill.messages import Guidance, Part, Response, Session, Utterance
from speech.locale import Locale
from speech.tts import spoken_form

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Device:
    """A device with a screen; sizes in dp, millimetres to one dp, and metres it is read from."""

    name: str
    width: int
    height: int
    mm: float
    shape: str = "rectangle"
    mode: str = "hub"
    metres: int = 3


DEVICES = [
    Device("Echo Spot", 480, 480, 0.131, shape="round", metres=2),
    Device("Echo Show 5", 960, 480, 0.126),
    Device("Echo Show, first", 1024, 600, 0.151),
    Device("Echo Show 8", 1280, 800, 0.135),
    Device("Echo Show 15", 1920, 1080, 0.180),
    Device("Echo Show 15, upright", 1080, 1920, 0.180),
    Device("Television, 32 inches", 960, 540, 0.738, mode="tv"),
]
devices = pytest.mark.parametrize("device", DEVICES, ids=lambda d: d.name)
themes = pytest.mark.parametrize("theme", ["dark", "light"])

AVERAGE, AVERAGE_BOLD = 0.5, 0.55  # width of a letter in a sans-serif face, in its size

ASKED = [
    "what causes muscle spasms",
    "how do i get rid of a cramp",
    "my speech is slurred",
    "what causes muscle spasms and also my face is drooping",
    "are spasms serious",  # whose answer names a sign: the guidance closes it
    "can a stroke cause spasms",
    "i want to hurt myself",
    "help",
    "what is the capital of france",
]


def evaluate(value: object, scope: Mapping[str, Any]) -> Any:
    """A value of the document as the device reads it, for the few expressions used there."""
    if not isinstance(value, str) or not (match := re.fullmatch(r"\$\{(.*)\}", value)):
        return value
    python = match[1].replace("||", " or ").replace("&&", " and ")
    python = re.sub(r"(\S+) \?\? (\S+?)\)", r"\1)", python).replace("@", "resource.")
    python = re.sub(r"^(.*) \? (.*) : (.*)$", r"(\2) if (\1) else (\3)", python)
    return eval(python, {"__builtins__": {}}, dict(scope))


def scope(device: Device, theme: str = "dark", scale: float = 1.0) -> dict[str, Any]:
    view = SimpleNamespace(
        width=device.width, height=device.height, shape=device.shape, mode=device.mode, theme=theme
    )
    known = {"viewport": view, "environment": SimpleNamespace(fontScale=scale)}
    resources: dict[str, Any] = {}
    for block in DOCUMENT["resources"]:
        if evaluate(block.get("when", True), known):
            resources |= block.get("colors", {})
            resources |= {n: dp(s, device) for n, s in block.get("dimensions", {}).items()}
    return known | {"resource": SimpleNamespace(**resources)}


def dp(size: str, device: Device) -> float:
    number, unit = float(size[:-2]), size[-2:]
    return number if unit == "dp" else number * {"vw": device.width}[unit] / 100


def resolved(value: object, known: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith("@"):
        return getattr(known["resource"], value[1:])
    return evaluate(value, known)


def style(name: str) -> dict[str, Any]:
    found = DOCUMENT["styles"][name]
    inherited = style(found["extends"]) if "extends" in found else {}
    return inherited | {k: v for values in found["values"] for k, v in values.items()}


def inflated(node: Node, known: dict[str, Any], paper: str = "") -> Iterator[dict[str, Any]]:
    """Each Text of the document in the order shown, with the colour it lies on."""
    paper = resolved(node.get("backgroundColor", paper), known)
    if node["type"] == "Text":
        looks = style(node["style"]) | {k: v for k, v in node.items() if k != "style"}
        yield {k: resolved(v, known) for k, v in looks.items()} | {"paper": paper}
    for row in evaluate(node.get("data"), known) or [None]:
        here = known | {"data": SimpleNamespace(**row)} if row else known
        fitting = [c for c in node.get("items", []) if evaluate(c.get("when", True), here)]
        for child in fitting[:1] if row else fitting:
            yield from inflated(child, here, paper)


def draw(response: Response, locale: Locale) -> dict[str, Any]:
    drawn = directive(response, locale)
    assert drawn is not None
    return drawn


def shown(drawn: Node, device: Device = DEVICES[3], theme: str = "dark") -> list[dict[str, Any]]:
    screen = drawn["datasources"]["screen"]
    known = scope(device, theme) | {"screen": SimpleNamespace(**screen)}
    (root,) = drawn["document"]["mainTemplate"]["items"]
    return list(inflated(root, known))


def nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for child in (
        tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    ):
        yield from nodes(child)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two colours, "#RRGGBB"."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(params=ASKED)
def response(request: pytest.FixtureRequest, conversation: Conversation) -> Response:
    answer, _ = conversation.respond(Utterance(text=request.param), Session())
    return answer


FULL = Response(
    parts=(
        Part("emergency.stroke.certain", "Call 911 & don't wait <now>.", 140),
        Part("muscle_spasms.types.brief", "ALS is a disease."),
        Part("emergency.waiting.stroke", "Stay on the phone with 911."),
        Part("prompts.want_more", "Want to hear more?"),
    ),
    intent="types",
    guidance=Guidance.CERTAIN,
    title="Types",
    source="Health Grades, What are spasms?, 2011-05-02",
)


def test_the_contrast_of_known_colours() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#FFFFFF", "#767676") == pytest.approx(4.54, abs=0.01)


@devices
@themes
def test_every_word_stands_out_seven_to_one(locale: Locale, device: Device, theme: str) -> None:
    for text in shown(draw(FULL, locale), device, theme):
        assert contrast(text["color"], text["paper"]) >= 7


@themes
def test_the_card_is_told_from_the_page_by_its_border(theme: str) -> None:
    (card,) = (n for n in nodes(DOCUMENT["mainTemplate"]) if "borderColor" in n)
    known = scope(DEVICES[3], theme)
    assert contrast(resolved(card["borderColor"], known), known["resource"].paper) >= 3
    assert known["resource"].cardBorder >= 4


@devices
def test_words_are_large_enough_to_read_across_a_room(locale: Locale, device: Device) -> None:
    """A capital fills 5 minutes of arc at least, what 20/20 sight reads; the source from 1 m."""
    for text in shown(draw(FULL, locale), device):
        capital = 0.7 * text["fontSize"] * device.mm
        small = text["fontSize"] == scope(device)["resource"].sourceSize
        metres = 1 if small else device.metres
        assert 60 * degrees(atan(capital / 1000 / metres)) >= 5


@devices
def test_words_grow_with_the_size_the_user_set(device: Device) -> None:
    for name in ("guidance", "title", "answer", "source"):
        size = style(name)["fontSize"]
        normal, large = (evaluate(size, scope(device, scale=s)) for s in (1.0, 1.5))
        assert large == 1.5 * normal


@devices
def test_the_longest_word_fits_a_line(locale: Locale, device: Device) -> None:
    resource = scope(device)["resource"]
    room = device.width - 2 * resource.margin
    said = [word for text in locale.parts.values() for word in re.split(r"[\s-]", text)]
    assert max(map(len, said)) * AVERAGE * resource.answerSize <= room
    on_card = [
        w for k, text in locale.parts.items() if k.startswith("emergency.") for w in text.split()
    ]
    card = room - 2 * (resource.cardPadding + resource.cardBorder)
    assert max(map(len, on_card)) * AVERAGE_BOLD * resource.guidanceSize <= card


def test_on_a_round_screen_the_words_keep_inside_the_circle() -> None:
    (spot,) = (d for d in DEVICES if d.shape == "round")
    side = spot.width - 2 * scope(spot)["resource"].margin
    assert side <= isqrt(spot.width**2 // 2)
    assert evaluate(style("answer")["textAlign"], scope(spot)) == "center"


def test_the_screen_shows_what_is_voiced_and_nothing_else(
    locale: Locale, response: Response
) -> None:
    words = [unescape(text["text"]) for text in shown(draw(response, locale))]
    about = [response.title]
    if response.source:
        about.append(f"{locale.page['source']} {response.source}")
    assert sorted(words) == sorted([*(part.text for part in response.parts), *about])
    if response.guidance is not Guidance.CLOSING:
        assert [w for w in words if w not in about] == [part.text for part in response.parts]


def test_the_guidance_comes_first_and_then_the_title(locale: Locale, response: Response) -> None:
    drawn = shown(draw(response, locale))
    guided = response.guidance is not Guidance.NONE
    assert [text["role"] for text in drawn].index("header") == int(guided)
    assert (drawn[0]["role"] == "alert") == guided
    if guided:
        assert locale.emergency.number in drawn[0]["text"] or "988" in drawn[0]["text"]
    if guided and response.source:
        assert drawn[-1]["text"].endswith(response.source[-10:])  # its review date


def test_guidance_that_closes_an_answer_is_seen_before_it(
    locale: Locale, conversation: Conversation
) -> None:
    answer, _ = conversation.respond(Utterance(text="are spasms serious"), Session())
    assert answer.guidance is Guidance.CLOSING
    assert shown(draw(answer, locale))[0]["text"] == locale.text("emergency.closing")


def test_a_goodbye_leaves_the_screen_alone(locale: Locale, conversation: Conversation) -> None:
    goodbye, _ = conversation.respond(Utterance(text="stop"), Session())
    assert goodbye.intent == "stop"
    assert directive(goodbye, locale) is None
    assert directive(replace(goodbye, guidance=Guidance.CERTAIN), locale) is not None


def test_what_to_do_while_waiting_is_no_card(locale: Locale) -> None:
    roles = {unescape(t["text"]): t["role"] for t in shown(draw(FULL, locale))}
    assert roles == {
        "Call 911 & don't wait <now>.": "alert",
        "Types": "header",
        "ALS is a disease.": "text",
        "Stay on the phone with 911.": "text",
        "Want to hear more?": "text",
        f"{locale.page['source']} {FULL.source}": "text",
    }


def test_every_text_is_labelled_as_it_is_said(locale: Locale, response: Response) -> None:
    for text in shown(draw(response, locale)):
        assert text["accessibilityLabel"] == spoken_form(unescape(text["text"]), locale.say_as)
        assert not re.search(r"\b(911|988|ALS|MS)\b", text["accessibilityLabel"])


def test_words_are_no_markup_to_the_device(locale: Locale) -> None:
    first = shown(draw(FULL, locale))[0]
    assert first["text"] == "Call 911 &amp; don't wait &lt;now&gt;."
    assert first["accessibilityLabel"] == "Call nine one one & don't wait <now>."


def test_no_fixed_sentence_holds_an_expression(locale: Locale) -> None:
    """The device would evaluate it, in data as in a document."""
    said = [*locale.parts.values(), *locale.page.values()]
    assert not [text for text in said if re.search(r"[$#]\{", text)]


def test_there_is_nothing_to_touch_and_nothing_to_fetch() -> None:
    components = [n for n in nodes(DOCUMENT["mainTemplate"]) if "type" in n]
    assert {n["type"] for n in components} == {"Frame", "Container", "ScrollView", "Text"}
    assert {n["role"] for n in components if "role" in n} == {"alert", "header", "text"}
    keys = {key for node in nodes(DOCUMENT["mainTemplate"]) for key in node} | DOCUMENT.keys()
    assert not {k for k in keys if re.match(r"on[A-Z]|handle|action|gesture|command|entit", k)}
    assert not keys & {"import", "source", "url", "graphics", "layouts", "extensions", "overlay"}
    assert not re.search(r"https?:|tel:|\u260e|\U0001f4de|openurl", json.dumps(DOCUMENT).lower())


def test_every_text_has_label_role_and_style() -> None:
    texts = [n for n in nodes(DOCUMENT["mainTemplate"]) if n.get("type") == "Text"]
    assert len(texts) == 4
    for text in texts:
        assert text["accessibilityLabel"] == "${data.label}"
        assert text["role"] in ("alert", "header", "text")
        assert style(text["style"])["fontSize"]
        assert "maxLines" not in text  # nothing is cut: it scrolls


def test_the_words_scroll_when_they_are_long() -> None:
    (scroll,) = (n for n in nodes(DOCUMENT["mainTemplate"]) if n.get("type") == "ScrollView")
    (column,) = scroll["items"]
    assert column["data"] == "${screen.passages}"
    assert "height" not in column


def test_every_name_the_document_uses_is_defined() -> None:
    text = json.dumps(DOCUMENT)
    first = DOCUMENT["resources"][0]
    defined = first["colors"].keys() | first["dimensions"].keys()
    assert "when" not in first
    assert set(re.findall(r"@(\w+)", text)) == defined
    for block in DOCUMENT["resources"]:
        assert (block.get("colors", {}).keys() | block.get("dimensions", {}).keys()) <= defined


def test_the_sdk_reads_the_directive_as_we_wrote_it(locale: Locale, response: Response) -> None:
    drawn = draw(response, locale)
    serializer = DefaultSerializer()
    read = serializer.deserialize(json.dumps(drawn), RenderDocumentDirective)
    assert isinstance(read, RenderDocumentDirective)
    assert serializer.serialize(read) == drawn
    assert read.document is not None
    assert read.document["lang"] == locale.tag


def test_a_screen_leaves_room_for_speech_and_card(locale: Locale) -> None:
    longest = sorted(locale.parts.values(), key=len)[-4:]
    parts = tuple(Part(f"muscle_spasms.{n}.more", text) for n, text in enumerate(longest))
    drawn = draw(Response(parts, "causes", title="Causes", source="A source"), locale)
    assert len(json.dumps(drawn).encode()) <= 12_000


def device_with(interfaces: object) -> dict[str, Any]:
    return {"context": {"System": {"device": {"supportedInterfaces": interfaces}}}}


def test_a_device_with_a_screen_is_known() -> None:
    assert supports_apl(device_with({APL: {"runtime": {"maxVersion": "2024.3"}}}))
    assert supports_apl(device_with({APL: {}, "AudioPlayer": {}}))


@pytest.mark.parametrize(
    "envelope",
    [
        {},
        {"context": None},
        {"context": []},
        {"context": {"System": "device"}},
        {"context": {"System": {"device": None}}},
        device_with(None),
        device_with([APL]),
        device_with(APL),
        device_with({}),
        device_with({"AudioPlayer": {}}),
        device_with({APL: None}),
        device_with({APL: "yes"}),
        device_with({"Alexa.Presentation.APLT": {}}),
        device_with({"Display": {}}),
    ],
    ids=str,
)
def test_any_other_envelope_is_a_device_without_one(envelope: dict[str, Any]) -> None:
    assert not supports_apl(envelope)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["context", "System", "device", "supportedInterfaces", APL]), inner
        )
    ),
)


@given(json_values)
def test_no_shape_of_envelope_breaks_it(envelope: Any) -> None:
    assert supports_apl(envelope) in (True, False)
