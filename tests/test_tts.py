"""The voice: real synthesis, and a table of what can go wrong with it."""

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech import espeak_driver
from speech.espeak_driver import phonemes
from speech.tts import (
    MAX_CHARACTERS,
    MAX_RATE,
    MIN_RATE,
    PAUSE,
    Spoken,
    Voice,
    VoiceError,
    duration,
    spoken_form,
)

SAY_AS = {"911": "nine one one", "ALS": "A L S", "A": "ay"}
ADVICE = Spoken("emergency.certain", "Call nine one one now.", 150)
ANSWER = Spoken("causes.brief", "Muscle spasms come from tired muscles.", 150)
VOICE = "en-us"


@pytest.fixture
def voice(tmp_path: Path) -> Voice:
    return Voice(tmp_path / "cache")


def cached(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").iterdir())


# What is said.


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("Call 911 now", "Call nine one one now"),
        ("Call 911.", "Call nine one one."),
        ("911, or (911)?", "nine one one, or (nine one one)?"),
        ("ALS is not als", "A L S is not als"),
        ("ALS-like", "A L S-like"),
        ("1911 9111 911th A911 9,911 911,000 9.911 911.5 911-1234 555-911 9/911 10:911", None),
        ("FALSE ALSO PALS", None),
        ("", None),
    ],
)
def test_spoken_form_replaces_whole_words_once(shown: str, said: str | None) -> None:
    assert spoken_form(shown, SAY_AS) == (shown if said is None else said)


def test_spoken_form_of_a_locale_without_any() -> None:
    assert spoken_form("Call 911", {}) == "Call 911"


def test_spoken_form_takes_the_longest_and_reads_it_literally() -> None:
    assert spoken_form("9-1-1 a.m", {"9": "nine", "9-1-1": r"\1", "a.m": "ay em"}) == r"\1 ay em"


def test_911_is_heard_as_nine_one_one() -> None:
    said = spoken_form("Call 911 now", SAY_AS)
    assert "nˈaɪn wˈʌn wˈʌn" in phonemes(said, VOICE)
    assert phonemes(said, VOICE) == phonemes("Call nine one one now", VOICE)
    assert phonemes("Call 911 now", VOICE) != phonemes(said, VOICE)


def test_als_is_heard_letter_by_letter() -> None:
    heard = phonemes(spoken_form("signs of ALS are", SAY_AS), VOICE)
    assert "ˈeɪ ˈɛl ˈɛs" in heard


# Audio.


def test_parts_are_spoken_in_order_with_a_pause_between(voice: Voice) -> None:
    alone = [voice.render(part, VOICE) for part in (ADVICE, ANSWER)]
    together = voice.speak([ADVICE, ANSWER], VOICE)
    assert duration(together) == pytest.approx(sum(map(duration, alone)) + PAUSE, abs=0.001)
    assert alone[0].endswith(bytes(2 * 6000)), "no pause after the sentence"
    header = together.index(b"data") + 8
    assert together[header:].startswith(alone[0][header:])
    assert together.endswith(alone[1][header:])


def test_faster_is_shorter_and_rates_are_clamped() -> None:
    voice = Voice(None)
    seconds = [
        duration(voice.render(Spoken("a", ANSWER.text, rate), VOICE))
        for rate in (1, MIN_RATE, 150, 300, MAX_RATE, 9999)
    ]
    assert seconds[0] == pytest.approx(seconds[1], rel=0.01)
    assert seconds[-1] == pytest.approx(seconds[-2], rel=0.01)
    assert all(slower > faster for slower, faster in pairwise(seconds[1:-1]))


def test_the_engine_is_named_and_well(voice: Voice) -> None:
    assert voice.engine == espeak_driver.VERSION
    assert voice.problem() is None


@given(
    text=st.text(st.characters(exclude_categories=()), max_size=60),
    rate=st.integers(),
    name=st.sampled_from(["en-us", "en-gb-x-rp", "es", "es-419", "\udc80", "nope"]),
)
def test_any_text_gives_a_wav_or_a_voice_error(text: str, rate: int, name: str) -> None:
    with suppress(VoiceError):
        assert duration(Voice(None).render(Spoken("any", text, rate), name)) > 0


@given(st.text(), st.dictionaries(st.text(min_size=1, max_size=5), st.text(), max_size=4))
def test_spoken_form_takes_any_words(text: str, say_as: dict[str, str]) -> None:
    spoken_form(text, say_as)


@given(st.binary(max_size=60), st.integers(0, 60))
def test_duration_of_no_wav(noise: bytes, place: int) -> None:
    wav = Voice(None).render(Spoken("a", "Yes.", 450), VOICE)
    with suppress(VoiceError):
        assert duration(wav[:place] + noise + wav[place + len(noise) :]) >= 0


# Faults.


@pytest.mark.parametrize(
    ("part", "name", "says"),
    [
        (Spoken("a", "", 150), VOICE, "no words"),
        (Spoken("a", " \0<>\n.?!\ud800 ", 150), VOICE, "no words"),
        (Spoken("a", "word " * 301, 150), VOICE, f"more than {MAX_CHARACTERS}"),
        (Spoken("a", "secret", 150), "klingonese", "no voice 'klingonese'"),
        (Spoken("a", "secret", 150), "", "no voice ''"),
        (Spoken("a", "secret" + "W" * 1400, 150), VOICE, "lost words"),
    ],
)
def test_a_refusal_says_what_to_do_and_not_the_text(
    part: Spoken, name: str, says: str, tmp_path: Path
) -> None:
    voice = Voice(tmp_path / "cache")
    with pytest.raises(VoiceError, match=says) as refusal:
        voice.speak([ADVICE, part], name)
    assert "secret" not in str(refusal.value)
    assert duration(voice.render(ADVICE, VOICE)) > 1, "the voice is lost for those who follow"


def test_no_parts_are_refused(voice: Voice) -> None:
    with pytest.raises(VoiceError, match="nothing to speak"):
        voice.speak([], VOICE)


def test_a_text_of_the_greatest_length_is_spoken(voice: Voice) -> None:
    text = ("Muscle spasms come from tired muscles. " * 40)[:MAX_CHARACTERS]
    assert duration(voice.render(Spoken("a", text, 150), VOICE)) > 60


@pytest.mark.parametrize(
    "fault",
    [
        "sys.modules['espeakng_loader'] = None",
        "loader.get_library_path = lambda: '/nowhere/libespeak-ng.so'",
        "loader.get_library_path = lambda: loader.__file__",
        "loader.get_data_path = lambda: '/nowhere'",
        "del loader.get_data_path",
    ],
)
def test_without_espeak_the_voice_is_off_and_nothing_else(fault: str) -> None:
    code = f"""if True:
        import sys, espeakng_loader as loader
        {fault}
        from speech.tts import *
        voice = Voice(None)
        assert voice.engine == "none"
        assert "requirements.txt" in voice.problem()
        for attempt in (voice.speak, lambda parts, name: voice.render(parts[0], name)):
            try:
                attempt([Spoken("a", "hello", 150)], "en-us")
            except VoiceError as error:
                assert str(error) == voice.problem()
            else:
                raise AssertionError("spoke")
    """
    environment = {k: v for k, v in os.environ.items() if k != "ESPEAK_DATA_PATH"}
    command = [sys.executable, "-W", "error", "-c", code]
    subprocess.run(command, check=True, timeout=60, env=environment)


def test_it_is_quiet_and_leaves_logging_alone() -> None:
    code = """if True:
        import logging
        from speech.tts import *
        Voice(None).render(Spoken("a", "hello", 150), "en-us")
        assert not logging.root.handlers
    """
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def lose(monkeypatch: pytest.MonkeyPatch, times: int, keep: int = 0) -> None:
    """Have eSpeak lose what follows the first `keep` characters, as often as `times`."""
    real, left = espeak_driver._espeak.Synth, [times]  # type: ignore[attr-defined]

    def synth(text: str, **options: int) -> int:
        left[0] -= 1
        if left[0] >= 0 and not keep:
            return 0
        return int(real(text[:keep] if left[0] >= 0 else text, **options))

    monkeypatch.setattr("speech.espeak_driver._espeak.Synth", synth)


@pytest.mark.parametrize("keep", [0, 8])
def test_lost_audio_is_tried_again_once(
    keep: int, voice: Voice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lose(monkeypatch, 2, keep)
    with pytest.raises(VoiceError, match="lost words"):
        voice.render(ANSWER, VOICE)
    assert not (tmp_path / "cache").exists(), "kept what was lost"
    lose(monkeypatch, 1, keep)
    assert duration(voice.render(ANSWER, VOICE)) > 1.5


def test_a_failure_in_espeak_is_a_voice_error(
    voice: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speech.espeak_driver._espeak.Synth", lambda *_, **__: -1)
    with pytest.raises(VoiceError, match="status -1: restart"):
        voice.render(ANSWER, VOICE)
    assert voice.problem() == "eSpeak NG failed with status -1: restart if this recurs."


def test_a_busy_voice_says_so_and_still_gives_what_it_kept(tmp_path: Path) -> None:
    voice = Voice(tmp_path, timeout=0.01)
    kept = voice.render(ADVICE, VOICE)
    with espeak_driver.LOCK:
        with pytest.raises(VoiceError, match="busy"):
            voice.render(ANSWER, VOICE)
        assert voice.render(ADVICE, VOICE) == kept
    assert duration(voice.render(ANSWER, VOICE)) > 1.5


# Threads and processes.

RACE = [
    (Spoken(str(n), "Spasms hurt. " * (n + 1), 120 + 40 * n), ["en-us", "es"][n % 2])
    for n in range(8)
]


def test_eight_threads_with_two_voices_at_once() -> None:
    first, second = Voice(None), Voice(None)
    alone = [duration(first.render(*item)) for item in RACE]

    def render(number: int) -> float:
        return duration((first, second)[number % 2].render(*RACE[number % 8]))

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(render, range(64)))
    assert together == pytest.approx(alone * 8, rel=0.03)


def speak_or_die(folder: Path) -> None:
    """What a child process does: exit code 0 when all parts were spoken right."""
    voice = Voice(folder, cache_bytes=300_000)
    for part, name in RACE * 3:
        assert duration(voice.render(part, name)) > 0.5


def run_child(method: str, folder: Path) -> multiprocessing.process.BaseProcess:
    context = multiprocessing.get_context(method)
    child = context.Process(target=speak_or_die, args=(folder,), daemon=True)  # type: ignore[attr-defined]
    child.start()
    assert isinstance(child, multiprocessing.process.BaseProcess)
    return child


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_a_child_process_speaks_while_its_parent_does(method: str, tmp_path: Path) -> None:
    voice, over = Voice(None), threading.Event()

    def keep_speaking() -> None:
        while not over.is_set():
            voice.render(ANSWER, VOICE)

    speaker = threading.Thread(target=keep_speaking)
    speaker.start()
    try:
        children = [run_child(method, tmp_path) for _ in range(2)]  # on one cache
        for child in children:
            child.join(timeout=30)
    finally:
        over.set()
        speaker.join()
    assert [child.exitcode for child in children] == [0, 0]
    assert voice.problem() is None
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 300_000


# The cache. eSpeak never makes the same bytes twice, so equal bytes come from the cache.


def test_what_was_spoken_is_kept_for_every_voice_on_the_cache(tmp_path: Path) -> None:
    first = Voice(tmp_path).render(ANSWER, VOICE)
    assert Voice(tmp_path).render(ANSWER, VOICE) == first
    assert Voice(None).render(ANSWER, VOICE) != first


def test_whatever_changes_the_sound_changes_the_key(
    voice: Voice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part, name in (
        (ANSWER, VOICE),
        (Spoken("other", ANSWER.text, 150), VOICE),
        (Spoken(ANSWER.id, "Other text.", 150), VOICE),
        (Spoken(ANSWER.id, ANSWER.text, 151), VOICE),
        (ANSWER, "en-gb-x-rp"),
    ):
        voice.render(part, name)
    monkeypatch.setattr(espeak_driver, "VERSION", "espeak-ng 2")
    voice.render(ANSWER, VOICE)
    assert len(cached(tmp_path)) == 6


def flip(path: Path) -> None:
    stored = bytearray(path.read_bytes())
    stored[-1000] ^= 1
    path.write_bytes(stored)


@pytest.mark.parametrize(
    "damage",
    [
        flip,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"noise"),
        lambda path: path.write_bytes(path.read_bytes()[:-2]),
        Path.unlink,
    ],
    ids=["flipped bit", "empty", "noise", "cut short", "gone"],
)
def test_a_damaged_file_is_spoken_anew(
    damage: Callable[[Path], object], voice: Voice, tmp_path: Path
) -> None:
    voice.render(ANSWER, VOICE)
    (path,) = cached(tmp_path)
    damage(path)
    damaged = path.read_bytes() if path.exists() else b""
    again = voice.render(ANSWER, VOICE)
    assert duration(again) > 1.5
    assert not damaged.endswith(again)
    assert voice.render(ANSWER, VOICE) == again, "not mended"
    assert cached(tmp_path) == [path]


def test_a_folder_where_the_file_should_be(voice: Voice, tmp_path: Path) -> None:
    voice.render(ANSWER, VOICE)
    (path,) = cached(tmp_path)
    path.unlink()
    path.mkdir()
    assert duration(voice.render(ANSWER, VOICE)) > 1.5
    assert cached(tmp_path) == [path], "left something behind"


def test_a_cache_that_cannot_be_written_costs_no_audio(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("not a folder")
    voice = Voice(tmp_path / "file" / "cache")
    assert duration(voice.render(ANSWER, VOICE)) > 1.5
    assert voice.problem() is None
    assert "cache cannot be written" in caplog.text
    assert ANSWER.text not in caplog.text


def test_a_full_disk_costs_no_audio_and_leaves_nothing(
    voice: Voice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def full(path: Path, stored: bytes) -> int:
        write(path, stored[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert duration(voice.render(ANSWER, VOICE)) > 1.5
    assert cached(tmp_path) == []


def test_a_cache_that_can_only_be_read_is_used(
    voice: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = voice.render(ANSWER, VOICE)

    def refuse(_path: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "utime", refuse)
    assert voice.render(ANSWER, VOICE) == kept


def test_a_full_cache_gives_up_what_was_used_longest_ago(tmp_path: Path) -> None:
    size = len(Voice(None).render(ANSWER, VOICE))
    voice = Voice(tmp_path / "cache", cache_bytes=int(3.5 * size))
    other = tmp_path / "cache" / "not-ours.txt"
    other.parent.mkdir()
    other.write_bytes(bytes(10 * size))
    left_by_a_crash = other.with_name("0123456789abcdef.spoken")
    left_by_a_crash.write_bytes(b"half")
    os.utime(left_by_a_crash, (0, 0))
    files: dict[str, Path] = {}

    def render(name: str) -> None:
        known = set(cached(tmp_path))
        voice.render(Spoken(name, ANSWER.text, 150), VOICE)
        for path in set(cached(tmp_path)) - known:
            files[name] = path
            os.utime(path, (len(files), len(files)))

    for name in "abcad":
        render(name)
    assert {name for name, path in files.items() if path.exists()} == set("acd")
    assert other.exists()
    assert not left_by_a_crash.exists()
