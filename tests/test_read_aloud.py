"""Every passage read aloud by the voice at 150 words a minute, and the audio measured."""

from pathlib import Path

import pytest

from speech.locale import LOCALES, load_all
from speech.tts import Spoken, Voice, duration, spoken_form

RATE = 150
LONGEST = {"brief": 15.0, "more": 50.0, "terms": 15.0, "certain": 15.0}
"""Seconds."""
LOCALES_SHIPPED = load_all(LOCALES)


def kind(part_id: str) -> str | None:
    return next((k for k in LONGEST if k in part_id.split(".")), None)


@pytest.mark.parametrize("tag", LOCALES_SHIPPED)
def test_every_passage_is_short_enough_to_the_ear(tag: str, tmp_path: Path) -> None:
    locale, voice = LOCALES_SHIPPED[tag], Voice(tmp_path)
    too_long = {}
    for part_id, text in locale.parts.items():
        if limit := LONGEST.get(kind(part_id) or ""):
            spoken = Spoken(part_id, spoken_form(text, locale.say_as), RATE)
            seconds = duration(voice.render(spoken, locale.voice))
            if seconds >= limit:
                too_long[part_id] = f"{seconds:.1f} s"
    assert not too_long
