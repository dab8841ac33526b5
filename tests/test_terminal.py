"""`flask ask` and `flask render`, run as a user runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from skill.channels import terminal
from speech.espeak_driver import phonemes
from speech.locale import Locale
from speech.tts import Spoken, Voice, duration


@pytest.fixture(autouse=True)
def no_sound_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "PLAYERS", ())


def test_prints_the_answer(runner: FlaskCliRunner, locale: Locale) -> None:
    result = runner.invoke(args=["ask", "what causes muscle spasms"])
    assert result.exit_code == 0
    assert result.stdout.startswith(locale.text("muscle_spasms.causes.brief"))
    assert "No sound device" in result.stderr


def test_quiet(runner: FlaskCliRunner) -> None:
    assert runner.invoke(args=["ask", "--quiet", "what causes muscle spasms"]).stderr == ""


def test_json(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["ask", "--quiet", "--json", "what is tetany"])
    assert json.loads(result.stdout)["parts"][0]["id"] == "muscle_spasms.terms.tetany.what"


def test_the_first_words_of_the_audio_carry_the_number(
    runner: FlaskCliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown from what is sent to the engine, from its phonemes, and from the audio's length."""
    sent: list[Spoken] = []
    render = Voice.render

    def watch(self: Voice, part: Spoken, voice: str) -> bytes:
        sent.append(part)
        return render(self, part, voice)

    monkeypatch.setattr(Voice, "render", watch)
    wav = tmp_path / "out.wav"
    text = "my husband is slurring his words"
    result = runner.invoke(args=["ask", text, "--wav", str(wav), "--quiet"])
    assert result.exit_code == 0
    assert sent[0].id == "emergency.stroke.certain"
    first = " ".join(sent[0].text.split()[:4])
    assert phonemes(first, "en-us") == phonemes("Call nine one one", "en-us")
    words = sum(len(part.text.split()) for part in sent)
    assert 100 < words * 60 / duration(wav.read_bytes()) < 200, "words a minute"


def test_lines_from_standard_input_are_one_conversation(
    runner: FlaskCliRunner, locale: Locale
) -> None:
    lines = b"what causes muscle spasms\n\nmore\n\xff\xfe my face is drooping\n"
    result = runner.invoke(args=["ask", "--quiet"], input=lines)
    assert result.exit_code == 0
    assert locale.text("muscle_spasms.causes.more") in result.stdout
    assert locale.text("emergency.stroke.certain") in result.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--locale", "xx-XX", "my face is drooping"], "Call 911"),
        (["--locale", "xx-XX", "what are spasms"], "don't know that language"),
        ([""], "question in words"),
        (["?!"], "question in words"),
        (["x" * 1001], "too long"),
    ],
)
def test_refused(runner: FlaskCliRunner, args: list[str], said: str) -> None:
    result = runner.invoke(args=["ask", "--quiet", *args])
    assert result.exit_code == 2
    assert said in result.stdout
    assert "call 911" in result.stdout.lower()


def test_one_refused_line_loses_no_other(runner: FlaskCliRunner, locale: Locale) -> None:
    lines = "?\n" + "x" * 2000 + "\nwhat causes muscle spasms\n"
    result = runner.invoke(args=["ask", "--quiet"], input=lines)
    assert result.exit_code == 2
    assert locale.text("muscle_spasms.causes.brief") in result.stdout


def test_a_file_that_cannot_be_written(runner: FlaskCliRunner, tmp_path: Path) -> None:
    target = str(tmp_path / "none/out.wav")
    result = runner.invoke(args=["ask", "what is a spasm", "--wav", target, "--quiet"])
    assert result.exit_code != 0
    assert "Muscle spasms" in result.stdout or result.stdout, "the words are printed all the same"
    assert "cannot be written" in result.stderr


def test_a_broken_voice_costs_the_sound_only(
    runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch, locale: Locale
) -> None:
    def broken(*_: object) -> bytes:
        raise RuntimeError("secret words")

    monkeypatch.setattr(Voice, "speak", broken)
    result = runner.invoke(args=["ask", "what causes muscle spasms"])
    assert result.exit_code == 0
    assert locale.text("muscle_spasms.causes.brief") in result.stdout
    assert locale.text("prompts.voice_failed") in result.stderr
    assert "secret" not in result.stderr


def test_a_player_is_used_where_one_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real program in place of aplay: it is handed a whole WAV file."""
    player = tmp_path / "player"
    player.write_text(f'#!/bin/sh\ncp "$1" "{tmp_path}/heard.wav"\n')
    player.chmod(0o755)
    monkeypatch.setattr(terminal, "PLAYERS", (["gone"], ["false"], [str(player)]))
    assert terminal._play(b"RIFF")
    assert (tmp_path / "heard.wav").read_bytes() == b"RIFF"


def test_render_speaks_every_fixed_passage(
    runner: FlaskCliRunner, locale: Locale, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    render = Voice.render

    def watch(self: Voice, part: Spoken, voice: str) -> bytes:
        rendered.append(part.id)
        return render(self, part, voice)

    monkeypatch.setattr(Voice, "render", watch)
    assert runner.invoke(args=["render"]).exit_code == 0
    assert set(rendered) == {i for i, text in locale.parts.items() if "{" not in text}


def test_help(runner: FlaskCliRunner) -> None:
    for command in ("ask", "render"):
        assert "Usage:" in runner.invoke(args=[command, "--help"]).stdout


def test_the_command_itself() -> None:
    """The installed `flask` program, as the README has it."""
    flask = Path(sys.executable).with_name("flask")
    done = subprocess.run(
        [flask, "ask", "--quiet", "what is a charley horse"],
        cwd=Path(__file__).parent.parent,
        env=os.environ | {"SPASM_GUIDE_SECRET_KEY": "x"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "charley horse" in done.stdout.lower()
