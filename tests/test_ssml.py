"""What is said through Alexa: well-formed whatever the words are, and those very words."""

import unicodedata
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.locale import Locale
from speech.ssml import MAX_CHARACTERS, ssml
from speech.tts import spoken_form

SAY_AS = {
    "911": "nine one one",
    "112": "ciento doce",
    "ALS": "A L S",
    "TIA": "mini-stroke",
    "AT&T": "A T and <T>",
    "amp": "ampere",
}
TAGS = {"speak", "p", "prosody", "say-as", "sub"}

anything = st.text(max_size=60)
HOSTILE = [
    *SAY_AS,
    *("<", ">", "&", "&amp;", "]]>", "<speak>", "</p>", "<!--", "'", '"'),
    *(" ", ".", "-", "é", "日本", "🦵", "word"),
]
UNHEARD = [
    " ",
    "\x00",
    "\x0b",
    "\x1f",
    "\x85",
    "\ud800",
    "\udfff",
    "\ufffe",
    "\ue000",
    "\U000f0000",
]
hostile = st.lists(st.sampled_from(HOSTILE + UNHEARD), max_size=20).map("".join)
texts = anything | hostile
passages = st.lists(st.tuples(texts, st.integers(-10, 1_000)), max_size=6)


def speakable(text: str) -> list[str]:
    """The words of a text, what no voice can say left out."""
    unheard = ("Cc", "Cs", "Co")
    heard = "".join(" " if unicodedata.category(c) in unheard else c for c in text)
    return heard.translate({0xFFFE: " ", 0xFFFF: " "}).split()


def as_spoken(element: ElementTree.Element) -> str:
    """What a voice would say: a `sub` is its alias, and the rest is its text."""
    inner = element.attrib.get("alias") or (element.text or "")
    return inner + "".join(as_spoken(child) + (child.tail or "") for child in element)


@given(passages)
def test_whatever_the_words_it_is_well_formed_and_says_them_all(
    said: list[tuple[str, int]],
) -> None:
    root = ElementTree.fromstring(ssml(said, SAY_AS))
    assert root.tag == "speak"
    assert {element.tag for element in root.iter()} <= TAGS
    heard = ["".join(paragraph.itertext()).split() for paragraph in root]
    assert heard == [words for text, _ in said if (words := speakable(text))]


@given(texts)
def test_a_listed_word_is_said_as_every_other_voice_says_it(text: str) -> None:
    spelled = {"911": "911", "ALS": "ALS"}  # these are said one by one, by a tag that keeps them
    root = ElementTree.fromstring(ssml([(text, 150)], SAY_AS))
    expected = spoken_form(" ".join(speakable(text)), SAY_AS | spelled)
    assert as_spoken(root) == expected


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        ("911", '<say-as interpret-as="digits">911</say-as>'),
        ("911.", '<say-as interpret-as="digits">911</say-as>.'),
        ("1911", "1911"),
        ("9,911", "9,911"),
        ("ALS", '<say-as interpret-as="characters">ALS</say-as>'),
        ("als", "als"),
        ("112", '<sub alias="ciento doce">112</sub>'),
        ("a TIA", 'a <sub alias="mini-stroke">TIA</sub>'),
        ("AT&T", '<sub alias="A T and &lt;T&gt;">AT&amp;T</sub>'),
        ("& <amp>", '&amp; &lt;<sub alias="ampere">amp</sub>&gt;'),
        ('Mom\'s "cramp"', 'Mom\'s "cramp"'),
        ("stroke\x00now", "stroke now"),
    ],
)
def test_rendering(written: str, rendered: str) -> None:
    assert ssml([(written, 150)], SAY_AS) == f"<speak><p>{rendered}</p></speak>"


@pytest.mark.parametrize(
    ("rate", "percent"),
    [
        (150, None),
        (140, "93%"),
        (170, "113%"),
        (75, "50%"),
        (300, "200%"),
        (450, "200%"),
        (30, "20%"),
        (0, "20%"),
        (-5, "20%"),
    ],
)
def test_a_rate_becomes_what_alexa_accepts(rate: int, percent: str | None) -> None:
    (paragraph,) = ElementTree.fromstring(ssml([("Hold still.", rate)], {}))
    prosody = paragraph.find("prosody")
    assert (prosody.attrib if prosody is not None else None) == (
        {"rate": percent} if percent else None
    )


def test_each_passage_stands_apart_at_its_own_rate() -> None:
    assert ssml([("Call.", 140), ("\x00 ", 150), ("Answer.", 150)], {}) == (
        '<speak><p><prosody rate="93%">Call.</prosody></p><p>Answer.</p></speak>'
    )


def test_nothing_to_say_is_an_empty_speech() -> None:
    assert ssml([], SAY_AS) == ssml([(" \n", 90)], SAY_AS) == "<speak></speak>"


def test_too_long_is_refused_and_never_cut() -> None:
    tags = len(ssml([("a", 150)], {})) - 1
    assert len(ssml([("a" * (MAX_CHARACTERS - tags), 150)], {})) == MAX_CHARACTERS
    with pytest.raises(ValueError, match="8001 characters"):
        ssml([("a" * (MAX_CHARACTERS - tags + 1), 150)], {})
    with pytest.raises(ValueError, match="characters"):
        ssml([("&" * 2_000, 150)], {})  # short as written, long as escaped


def test_every_fixed_sentence_can_be_said(locale: Locale) -> None:
    """The longest of them many times over: no answer comes near what Alexa takes."""
    for text in locale.parts.values():
        root = ElementTree.fromstring(ssml([(text, 140)], locale.say_as))
        assert "".join(root.itertext()) == " ".join(text.split())
    longest = max(locale.parts.values(), key=len)
    assert len(ssml([(longest, 140)] * 5, locale.say_as)) <= MAX_CHARACTERS
