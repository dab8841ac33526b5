"""What is learnt from: the labelled lines read as they are meant, or the fault named."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.encoder import NO_QUESTION
from speech.noise import sounds_like, spoiled, typed
from speech.training import corpus
from speech.training.corpus import CorpusError, Line


@pytest.mark.parametrize(
    ("name", "line", "expected"),
    [
        (
            "stroke.certain.txt",
            "his face droops",
            Line("his face droops", "stroke", True, NO_QUESTION),
        ),
        (
            "stroke.possible.txt",
            "can a stroke do it || causes",
            Line("can a stroke do it", "stroke", False, "causes"),
        ),
        ("alone.possible.txt", "i vomited", Line("i vomited", "alone", None, NO_QUESTION)),
        ("none.txt", "weak coffee", Line("weak coffee", "none", None, "out_of_scope")),
        ("none.txt", "I swim. || relief", Line("i swim", "none", None, "relief")),
        ("intent.relief.txt", "what helps", Line("what helps", "none", None, "relief")),
        (
            "public.jsonl",
            '{"text": "Hi", "form": "none", "certain": null, "intent": "out_of_scope"}',
            Line("hi", "none", None, "out_of_scope"),
        ),
    ],
)
def test_a_line(tmp_path: Path, name: str, line: str, expected: Line) -> None:
    (tmp_path / name).write_text(line + "\n")
    assert corpus.read(tmp_path) == [expected]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("none.txt", "fine\n\n", "none.txt, line 2: has no words"),
        ("none.txt", "fine || nonsense\n", "there is no intent 'nonsense'"),
        ("intent.nonsense.txt", "fine\n", "no label is called 'intent.nonsense'"),
        ("stroke.maybe.txt", "fine\n", "no label is called 'stroke.maybe'"),
        ("public.jsonl", "{}\n", "public.jsonl, line 1"),
        ("public.jsonl", "no json\n", "public.jsonl, line 1"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(CorpusError, match=said.replace(".", r"\.")):
        corpus.read(tmp_path)


def test_the_digest_tells_any_change(tmp_path: Path) -> None:
    path = tmp_path / "none.txt"
    digests = set()
    for text in ("a\n", "a\nb\n", "b\na\n"):
        path.write_text(text)
        digests.add(corpus.digest(tmp_path))
    path.rename(tmp_path / "intent.no.txt")
    digests.add(corpus.digest(tmp_path))
    assert len(digests) == 4


@given(st.text(alphabet="abcdefgh '", max_size=80), st.floats(0, 1), st.integers())
def test_spoiling_leaves_something(text: str, share: float, seed: int) -> None:
    heard = spoiled(text, share, Random(seed))
    assert bool(heard.strip()) == bool(text.strip()) or not text.split()
    assert len(heard.split()) <= max(len(text.split()), 1)


def test_spoiling_follows_its_share() -> None:
    text = "my left hand feels numb and weak this morning and my voice sounds strange"
    assert spoiled(text, 0, Random(1)) == text
    changed = [spoiled(text, 0.2, Random(n)) != text for n in range(50)]
    assert sum(changed) > 30
    assert "phase" in sounds_like("face")


def test_numbers_as_they_are_typed() -> None:
    assert typed("when do i call nine one one for two cramps") == "when do i call 911 for 2 cramps"
