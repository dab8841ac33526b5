"""Normalising: one spelling of the same words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.text import normalise


@pytest.mark.parametrize(
    ("heard", "plain"),
    [
        ("What CAUSES  muscle spasms?", "what causes muscle spasms"),
        ("I can\u2019t move", "i can't move"),
        ("'quoted' words'", "quoted words"),
        ("M\u00e9ni\u00e8re's", "meniere's"),
        ("a\u0000b\ud800c", "a b c"),
        ("mini-stroke/TIA", "mini stroke tia"),
        ("\uff46\uff41\uff43\uff45", "face"),
        ("", ""),
    ],
)
def test_cases(heard: str, plain: str) -> None:
    assert normalise(heard) == plain


def test_a_long_run_of_marks_is_no_burden() -> None:
    """Sorting such a run takes a time that grows with its square: 4 s for this one."""
    assert normalise("a" + "\u0344" * 16_000 + "\u0316" * 15_500 + "b \u0f73" * 20_000)


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_any_text_becomes_plain_and_stays_so(text: str) -> None:
    plain = normalise(text)
    assert normalise(plain) == plain
    assert set(plain) <= set("abcdefghijklmnopqrstuvwxyz0123456789' ")
    assert plain == plain.strip()
