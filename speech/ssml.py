"""What is said as SSML for Alexa: every word escaped, numbers digit by digit, each at its rate."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from speech.tts import spoken_form

MAX_CHARACTERS = 8_000  # of the whole, tags and all; Alexa refuses more
BASE_RATE = 150  # words a minute: what Alexa speaks at 100 %
SLOWEST, FASTEST = 20, 200  # per cent that Alexa accepts

# No voice can say these: controls, which XML forbids too, halves of characters, and private ones.
_UNSPEAKABLE = re.compile("[^ -~\u00a0-\ud7ff\uf900-\ufffd\U00010000-\U000effff]")
_FIRST_PRIVATE = 0xE000


def ssml(passages: Sequence[tuple[str, int]], say_as: Mapping[str, str]) -> str:
    """The passages in order, each a paragraph at its own rate in words a minute.

    `say_as` is the locale's: written form → how it is said. Raises ValueError when all of it is
    longer than Alexa takes: words are never cut, for the ones at the end may be the guidance.
    """
    words = tuple(say_as.items())
    whole = f"<speak>{''.join(_paragraph(text, rate, words) for text, rate in passages)}</speak>"
    if len(whole) > MAX_CHARACTERS:
        raise ValueError(f"{len(whole)} characters of SSML: Alexa takes {MAX_CHARACTERS}")
    return whole


@lru_cache(maxsize=4_096)  # what is said is fixed, so it is rendered once
def _paragraph(text: str, rate: int, say_as: tuple[tuple[str, str], ...]) -> str:
    """One passage; empty where it has nothing to say."""
    said = _speakable(text)
    # Each listed word is put as a private character while the rest is escaped, then as its tag.
    marks = {word: chr(_FIRST_PRIVATE + n) for n, (word, _) in enumerate(say_as)}
    tags = {ord(marks[word]): _tag(word, alias) for word, alias in say_as}
    marked = escape(spoken_form(said, marks)).translate(tags)
    return f"<p>{_at_rate(marked, rate)}</p>" if said else ""


def _speakable(text: str) -> str:
    """`text` with single spaces; what no voice can say becomes one."""
    return " ".join(_UNSPEAKABLE.sub(" ", text).split())


def _at_rate(said: str, rate: int) -> str:
    percent = min(max(round(100 * rate / BASE_RATE), SLOWEST), FASTEST)
    return said if percent == 100 else f'<prosody rate="{percent}%">{said}</prosody>'


def _tag(word: str, alias: str) -> str:
    """A listed word, told how to say it: one by one where the alias does so, else as the alias."""
    alone = len(alias.split()) == len(word)
    if word.isascii() and word.isdigit() and alone:
        return f'<say-as interpret-as="digits">{word}</say-as>'
    if word.isalpha() and alias.split() == list(word):
        return f'<say-as interpret-as="characters">{word}</say-as>'
    return f"<sub alias={quoteattr(_speakable(alias))}>{escape(word)}</sub>"
