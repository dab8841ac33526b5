"""The driver under pyttsx3's own interface: real speech, and the faults of the stock driver."""

import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import pytest
import pyttsx3

from speech import espeak_driver
from speech.espeak_driver import NAME, SAMPLE_RATE, VERSION, phonemes, prepare

SENTENCE = "Muscle spasms come from tired muscles."


def seconds(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getnframes() / file.getframerate()


def sounds(text: str, voice: str) -> str:
    """The phonemes without stress and without gaps."""
    return phonemes(text, voice).translate({ord(mark): None for mark in "ˈˌ "})


@pytest.fixture
def engine() -> Any:
    """With its voice and rate set: they are eSpeak's, and so outlive the test before."""
    engine = pyttsx3.init(NAME)
    engine.setProperty("voice", "en-us")
    engine.setProperty("rate", 150)
    return engine


@pytest.fixture
def faults(engine: Any) -> list[Exception]:
    heard: list[Exception] = []
    engine.connect("error", lambda exception, **_: heard.append(exception))
    return heard


def test_the_engine_says_what_it_is(engine: Any) -> None:
    assert str(engine) == NAME
    assert VERSION.startswith("espeak-ng 1.")
    assert SAMPLE_RATE == 22050


def test_every_file_is_whole_when_run_and_wait_returns(engine: Any, tmp_path: Path) -> None:
    for number in range(20):
        path = tmp_path / f"{number}.wav"
        engine.save_to_file(SENTENCE, str(path))
        engine.runAndWait()
        assert 1.5 < seconds(path) < 4


def test_several_files_in_one_run_are_all_saved(engine: Any, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.wav", "b.wav")]
    for path in paths:
        engine.save_to_file(SENTENCE, str(path))
    engine.runAndWait()
    assert all(seconds(path) > 1.5 for path in paths)


def test_two_engines_do_not_take_each_others_audio(engine: Any, tmp_path: Path) -> None:
    other = pyttsx3.engine.Engine(NAME)
    long, short = tmp_path / "long.wav", tmp_path / "short.wav"
    engine.save_to_file(SENTENCE, str(long))
    other.save_to_file("Yes.", str(short))
    engine.runAndWait()
    other.runAndWait()
    assert seconds(long) > 1.5 > seconds(short) > 0.2


def test_an_engine_thrown_away_takes_nobodys_audio(
    engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [pyttsx3.engine.Engine(NAME)]
    synth = espeak_driver._espeak.Synth  # type: ignore[attr-defined]

    def throw_away(text: str, **options: int) -> int:
        others.clear()
        return int(synth(text, **options))

    monkeypatch.setattr("speech.espeak_driver._espeak.Synth", throw_away)
    engine.save_to_file(SENTENCE, str(tmp_path / "a.wav"))
    engine.runAndWait()
    assert seconds(tmp_path / "a.wav") > 1.5


def test_the_rate_is_kept(engine: Any, tmp_path: Path) -> None:
    slow, fast = tmp_path / "slow.wav", tmp_path / "fast.wav"
    for rate, path in ((100, slow), (300, fast)):
        engine.setProperty("rate", rate)
        engine.save_to_file(SENTENCE, str(path))
        engine.runAndWait()
    assert seconds(slow) > 2.5 * seconds(fast)


def test_an_unwritable_path_is_an_error_and_not_a_hang(
    engine: Any, faults: list[Exception], tmp_path: Path
) -> None:
    engine.save_to_file(SENTENCE, str(tmp_path / "no" / "such" / "folder.wav"))
    engine.runAndWait()
    assert [type(fault) for fault in faults] == [FileNotFoundError]


def test_an_unknown_voice_is_an_error(engine: Any, faults: list[Exception]) -> None:
    for voice in ("klingonese", "", "../../etc/passwd", "en\udc80"):
        engine.setProperty("voice", voice)
        engine.runAndWait()
    assert [type(fault) for fault in faults] == [ValueError] * 4


def test_playing_is_refused(engine: Any, faults: list[Exception]) -> None:
    engine.say(SENTENCE)
    engine.runAndWait()
    assert [type(fault) for fault in faults] == [NotImplementedError]


@pytest.mark.parametrize(
    ("text", "voice", "heard"),
    [
        ("Call 9 1 1 now", "en-us", "Call nine one one now"),
        ("Llame al 9 1 1", "es-419", "Llame al nueve uno uno"),
        ("signs of A L S are", "en-us", "signs of eh el ess are"),
        ("the A E D", "en-gb-x-rp", "the eh E D"),
        ("a T I A is", "en-us", "a tee eye eh is"),
        ("a<b>c\0d\ne\udc80", "en-us", "a b c d e"),
        ("espan\u0303ol", "es", "español"),
    ],
)
def test_what_is_heard(text: str, voice: str, heard: str) -> None:
    assert sounds(text, voice) == sounds(heard, voice)


def test_a_bare_911_is_heard_wrong() -> None:
    assert "hʌndɹɪd" in sounds("Call 911 now", "en-us")


def test_phonemes_of_several_clauses() -> None:
    assert phonemes("Yes. No, stop.", "en-us") == "jˈɛs nˈoʊ stˈɑːp"
    assert phonemes("", "en-us") == ""
    with pytest.raises(ValueError, match="no voice 'klingonese'"):
        phonemes("yes", "klingonese")


@pytest.mark.parametrize(
    ("text", "voice", "prepared"),
    [
        ("A spasm hurts.", "en-us", "A spasm hurts."),
        ("Plan A is best.", "en-us", "Plan A is best."),
        ("E L A", "es", "E L A"),
        ("  two\r\n\twords  ", "en-us", "two words"),
    ],
)
def test_what_is_left_alone(text: str, voice: str, prepared: str) -> None:
    assert prepare(text, voice) == prepared


def test_a_stock_engine_beside_it_does_no_harm(tmp_path: Path) -> None:
    """A stock engine would start eSpeak anew, with its thread, or end the process."""
    code = f"""if True:
        import pyttsx3
        from speech.tts import Spoken, Voice, duration
        voice = Voice(None)
        stock = pyttsx3.init()
        stock.save_to_file("hello", {str(tmp_path / "stock.wav")!r})
        stock.runAndWait()
        assert duration(voice.render(Spoken("a", {SENTENCE!r}, 150), "en-us")) > 1.5
        assert voice.problem() is None
    """
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
