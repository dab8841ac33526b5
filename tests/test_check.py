"""The rules of the words: each seeded fault is named, and what is shipped has none."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from speech import check, locale
from speech.quoted_yaml import read
from speech.readability import Readability, sentences, spoken_length, words

ARTICLE = "articles/muscle_spasms.yaml"
WHAT, DOCTOR = "terms.tetany.says.what", "terms.tetany.says.doctor"

ENGLISH = Readability(
    words_per_sentence=0.39,
    syllables_per_word=11.8,
    constant=-15.59,
    vowels="aeiouy",
    diseases=("amyotrophic lateral sclerosis",),
)


class Seeded(NamedTuple):
    """One thing broken, and what must be said of it."""

    file: str
    changes: dict[str, object]
    """Dotted key → new value; None takes the key away."""
    key: str
    wrong: str
    remedy: str


def one(file: str, key: str, value: object, wrong: str, remedy: str) -> Seeded:
    """A change whose fault stands under the very key that was changed."""
    return Seeded(file, {key: value}, key, wrong, remedy)


FAULTS = {
    "brief too long": one(
        ARTICLE, "sections.types.brief", "Muscle spasms come and go. " + "They come and go. " * 7,
        "has 33 words, at most 30", "Cut 3",
    ),
    "more too long": one(
        ARTICLE, "sections.types.more", "They come and go. " * 28,
        "has 112 words, at most 110", "Cut 2",
    ),
    "term too long": one(
        ARTICLE, WHAT, "Tetany comes and goes. " + "It comes and goes. " * 7,
        "has 32 words, at most 30", "Cut 2",
    ),
    "911 counts as three": one(
        ARTICLE, DOCTOR, "For tetany, call 911. " + "Call 911. " * 7,
        "has 34 words, at most 30", "Cut 4",
    ),
    "guidance too long": one(
        "emergency.yaml", "guidance.stroke.possible", "Call 911 now. " + "Do it right now. " * 6,
        "has 29 words, at most 25", "Cut 4",
    ),
    "sentence too long": one(
        ARTICLE, WHAT, "Tetany can come and go" + " and come and go" * 4 + ".",
        "a sentence has 21 words, at most 20", "Make two sentences of it",
    ),
    "list of four": one(
        ARTICLE, WHAT, "Tetany can bring aches, tingling, stiffness, or weak hands.",
        "a list has 4 items, at most 3", "Spread it over two sentences",
    ),
    "list of four without the last comma": one(
        ARTICLE, WHAT, "Tetany can bring aches, tingling, stiff arms and weak hands.",
        "a list has 4 items, at most 3", "Spread it over two sentences",
    ),
    "semicolon": one(
        ARTICLE, WHAT, "Tetany is a spasm; it is long.",
        "a voice can't say ;", "Use words, commas, and periods",
    ),
    "brackets and a slash": one(
        "prompts.yaml", "okay", "Okay (yes/no).",
        "a voice can't say ( ) /", "Use words, commas, and periods",
    ),
    "digit": one(
        ARTICLE, WHAT, "Tetany can last 3 days.",
        "no voice knows how to say “3”", "Write it in words, or add it to say_as",
    ),
    "capitals": one(
        ARTICLE, WHAT, "Tetany may need an MRI.",
        "no voice knows how to say “MRI”", "Write it in words, or add it to say_as",
    ),
    "letters with periods": one(
        ARTICLE, WHAT, "Tetany needs an M.D.",
        "no voice knows how to say “M.D.”", "Write it in words, or add it to say_as",
    ),
    "cut-short word": one(
        ARTICLE, WHAT, "Tetany vs. a cramp.",
        "no voice knows how to say “vs.”", "Write it in words, or add it to say_as",
    ),
    "small letter first": one(
        ARTICLE, WHAT, "tetany is a long spasm.",
        "is not made of whole sentences", "Begin with a plain word and a capital",
    ),
    "no closing mark": one(
        ARTICLE, WHAT, "Tetany is a long spasm",
        "is not made of whole sentences", "Begin with a plain word and a capital",
    ),
    "no words": one("prompts.yaml", "okay", ".", "has no words", "Say something"),
    "hard words": Seeded(
        ARTICLE,
        {"terms.tetany.says": {"what": "Tetany necessitates immediate medical consultation."}},
        "terms.tetany", "reads at grade 26.5, at most 6", "Use shorter words and sentences",
    ),
    "section without its subject": one(
        ARTICLE, "sections.types.brief", "They come and go.",
        "the first sentence does not name its subject", "Let it restate the question",
    ),
    "term without its subject": one(
        ARTICLE, "terms.tetany.says.cause", "It comes from low calcium.",
        "the first sentence does not name its subject", "Let it restate the question",
    ),
    "more repeats brief": Seeded(
        ARTICLE,
        {
            "sections.types.brief": "Muscle spasms can be brief or long, weak or strong.",
            "sections.types.more": "They can be brief or long, weak or strong, you see.",
        },
        "sections.types.more", "repeats the brief: “can be brief or long weak", "Say it once",
    ),
    "spoken name too long": one(
        ARTICLE, "sections.types.spoken", "what all of the types are",
        "“what all of the types are” does not fit into a question", "Use at most 5 words",
    ),
    "calming section unmarked": one(
        ARTICLE, "sections.relief.calming", None,
        "could reassure and is not marked", 'Add calming: "yes"',
    ),
    "calming term unmarked": one(
        ARTICLE, "terms.stretching.calming", "no",
        "could reassure and is not marked", 'Add calming: "yes"',
    ),
    "heard with a capital": Seeded(
        ARTICLE, {"terms.tetany.heard": ["Tetany"]},
        "terms.tetany.heard[0]", "“Tetany” never arrives", "Write “tetany”",
    ),
    "heard twice": Seeded(
        ARTICLE, {"terms.tetanus.heard": ["tetany"]},
        "terms.tetanus.heard[0]", "“tetany” is also in terms.tetany.heard", "Keep one",
    ),
    "sample with a digit and a mark": Seeded(
        "intents.yaml", {"intents.help.samples": ["help 2 me!"]},
        "intents.help.samples[0]", "“help 2 me!” has ! 2", "Write words, as spoken",
    ),
    "guidance comes to its number late": one(
        "emergency.yaml", "guidance.stroke.possible", "If it is new or odd, call 911.",
        "no number to call within the first 5 words", "Begin with “Call 911”",
    ),
    "closing without a number": one(
        "emergency.yaml", "closing", "Get help for any sudden sign.",
        "must name the number", "The locale does not load",
    ),
    "closing question too long": one(
        "prompts.yaml", "want_more", "Would you like me to go on?",
        "the question has 7 words, at most 6", "Ask it in fewer",
    ),
    "help without the number": one(
        "prompts.yaml", "help", "You can ask about causes.",
        "does not name 911 in a sentence of at most 8 words", "Say “In an emergency, call 911.”",
    ),
    "error that takes long to name it": one(
        "prompts.yaml", "error", "If this is an emergency of any kind, call 911.",
        "does not name 911 in a sentence of at most 8 words", "Say “In an emergency, call 911.”",
    ),
    "goodbye that alarms": one(
        "prompts.yaml", "goodbye", "Goodbye. In an emergency, call 911.",
        "names 911", "Let people leave in peace",
    ),
    "gap with another number": one(
        "prompts.yaml", "okay", "Okay, {2}.",
        "must not hold braces", "The locale does not load",
    ),
    "gap in an article": one(
        ARTICLE, WHAT, "Tetany is like {0}.",
        "has the gap 0", "Only prompts and the page have gaps",
    ),
    "review without a date": Seeded(
        ARTICLE, {"reviewed_by": "Alex Doe, clinician"},
        "reviewed_on", "is empty though the review is claimed", "Give both",
    ),
    "review without a name": Seeded(
        "emergency.yaml", {"reviewed_on": "2026-01-31"},
        "reviewed_by", "is empty though the review is claimed", "Give both",
    ),
    "unknown source": one(
        ARTICLE, "terms.tetany.source", "hearsay",
        "'hearsay' is not among the article's sources", "The locale does not load",
    ),
    "missing source": one(
        ARTICLE, "sections.types.source", None,
        "must be a quoted text", "The locale does not load",
    ),
    "limit that is no number": Seeded(
        "skill.yaml", {"limits.brief_words": "thirty"},
        "limits", "must be whole numbers", "The locale does not load",
    ),
    "formula that is not there": Seeded(
        "skill.yaml", {"readability.formula": "gunning_fog"},
        "readability", "flesch_kincaid is the one formula there is", "The locale does not load",
    ),
}  # fmt: skip


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the American locale to break and mend."""
    copy = tmp_path_factory.mktemp("locales") / "en-US"
    unread = shutil.ignore_patterns("model", "training")
    return Path(shutil.copytree(locale.LOCALES / "en-US", copy, ignore=unread))


def change(tree: dict[str, object], key: str, value: object) -> None:
    """Set one dotted key, or take it away."""
    *path, last = key.split(".")
    for name in path:
        inner = tree[name]
        assert isinstance(inner, dict)
        tree = inner
    if value is None:
        del tree[last]
    else:
        tree[last] = value


@pytest.mark.parametrize("seeded", FAULTS.values(), ids=FAULTS.keys())
def test_exactly_the_seeded_fault_is_named(folder: Path, seeded: Seeded) -> None:
    path = folder / seeded.file
    sound = path.read_text(encoding="utf-8")
    tree: dict[str, object] = dict(read(path))
    for key, value in seeded.changes.items():
        change(tree, key, value)
    try:
        path.write_text(yaml.safe_dump(tree, default_style='"', sort_keys=False), encoding="utf-8")
        faults, _ = check.check(folder)
    finally:
        path.write_text(sound, encoding="utf-8")
    assert [(fault.file, fault.key) for fault in faults] == [(seeded.file, seeded.key)]
    assert seeded.wrong in faults[0].wrong
    assert seeded.remedy in faults[0].remedy


def test_an_unquoted_leaf_is_named(folder: Path) -> None:
    path = folder / "prompts.yaml"
    sound = path.read_text(encoding="utf-8")
    try:
        path.write_text(sound + "\nanswer: no\n", encoding="utf-8")
        (fault,), _ = check.check(folder)
    finally:
        path.write_text(sound, encoding="utf-8")
    assert str(fault).startswith('prompts.yaml: answer: put quotes around it: "no"')


@pytest.mark.parametrize("name", sorted(p.name for p in locale.LOCALES.iterdir() if p.is_dir()))
def test_every_shipped_locale_is_clean(name: str) -> None:
    faults, passages = check.check(locale.LOCALES / name)
    assert [str(fault) for fault in faults] == []
    assert passages > 100


def test_the_command_says_that_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main([]) == 0
    assert capsys.readouterr().out.endswith("passages: all well\n")


def test_the_command_prints_one_line_a_fault(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "en-XX"
    shutil.copytree(folder, broken)
    prompts = broken / "prompts.yaml"
    text = prompts.read_text(encoding="utf-8")
    prompts.write_text(text.replace("Goodbye.", "Goodbye; call 911."), encoding="utf-8")
    assert check.main([str(broken)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "en-XX/prompts.yaml: goodbye: a voice can't say ;. Use words, commas, and periods.",
        "en-XX/prompts.yaml: goodbye: names 911. Let people leave in peace.",
    ]


def test_the_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        check.main(["--help"])
    assert "Hold every locale's words to the rules" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("make", 1), ("muscle", 2), ("muscles", 2), ("spasm", 2), ("spasms", 2), ("eased", 1),
        ("needed", 2), ("medical", 3), ("isn't", 2), ("don't", 1), ("places", 2), ("Serious", 3),
        ("hm", 1),
    ],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert ENGLISH.syllables(word) == count


def test_the_grade_follows_its_formula() -> None:
    assert ENGLISH.grade("Stop now. Then rest.") == pytest.approx(0.39 * 2 + 11.8 * 1 - 15.59)


def test_a_disease_is_one_word_of_two_syllables() -> None:
    named = "Amyotrophic lateral sclerosis hurts."
    assert ENGLISH.grade(named) == pytest.approx(ENGLISH.grade("Tired hurts.") + 11.8 * 0.5)


def test_without_words_there_is_no_grade() -> None:
    with pytest.raises(ValueError, match="without a word"):
        ENGLISH.grade("…")


def test_words_and_sentences() -> None:
    assert words("It can't wait, life-threatening.") == ["It", "can't", "wait", "life-threatening"]
    assert sentences("Stop. Then what? Go") == ["Stop.", "Then what?", "Go"]
    assert spoken_length("Call 911 for ALS.", {"911": "nine one one", "ALS": "A L S"}) == 6


@pytest.mark.parametrize(
    ("sentence", "items"),
    [
        ("Rest.", 0),
        ("Rest, and then stretch.", 2),
        ("It hits calves, feet, and hands.", 3),
        ("It hits calves, feet and hands.", 3),
        ("It hits calves, feet, hands, or arms.", 4),
        ("For cramps, stop, stretch, and rest.", 3),
        ("It has serious causes, such as injury, seizure, or stroke.", 3),
        ("ALS, or Lou Gehrig's disease, is a severe disease of nerves and muscles.", 2),
        ("Skip it if the leg is warm, red, or sore, and see a doctor.", 3),
    ],
)
def test_longest_list(sentence: str, items: int) -> None:
    assert ENGLISH.longest_list(sentence) == items
