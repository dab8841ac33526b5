"""`make bench`: speed as ratios, both sides measured in turn in one run. No test depends on it."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from flask import Flask, request

from app import create_app
from skill.conversation import Conversation
from skill.messages import Session, Utterance
from speech.locale import Locale
from speech.quoted_yaml import read
from speech.tts import Spoken, Voice, duration, spoken_form

DATA = Path(__file__).parent / "data/en-US"
ROUNDS = 30


def cpu_ms(work: Callable[[], object], times: int = 20) -> float:
    """CPU milliseconds of one call, the mean of `times`."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times * 1000


def echo() -> Flask:
    """The least that Flask can do with the same request: the yardstick."""
    app = Flask("echo")

    @app.post("/api/ask")
    def ask() -> dict[str, Any]:
        return {"text": request.get_json()["text"]}

    return app


def compare(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float, float]:
    """Median CPU of both, and the median of their ratio pair by pair."""
    ours(), theirs()
    pairs = []
    with click.progressbar(range(ROUNDS), file=sys.stderr) as rounds:
        for _ in rounds:
            pairs.append((cpu_ms(ours), cpu_ms(theirs)))
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def latencies(conversation: Conversation) -> list[float]:
    """CPU milliseconds of respond() for each development utterance, sorted."""
    data = [read(DATA / name) for name in ("intents.yaml", "out_of_scope.yaml")]
    cases: list[Any] = [*data[0]["cases"], *data[1]["cases"]]
    asks = [Utterance(case["text"], "en-US", "bench") for case in cases]
    return sorted(cpu_ms(lambda a=ask: conversation.respond(a, Session()), 3) for ask in asks)  # type: ignore[misc]


def speak(voice: Voice, locale: Locale) -> tuple[float, float]:
    """Seconds of speech per CPU second, and milliseconds of an answer that is in the cache."""
    passage = locale.text("muscle_spasms.causes.more")
    said = Spoken("bench", spoken_form(passage, locale.say_as), 150)
    start = time.process_time()
    seconds = duration(voice.render(said, locale.voice))
    cold = time.process_time() - start
    return seconds / cold, cpu_ms(lambda: voice.render(said, locale.voice))


def main() -> None:
    with TemporaryDirectory() as folder:
        start = time.process_time()
        app = create_app({"TESTING": True, "SECRET_KEY": "bench", "SPEECH_CACHE": folder})
        cold = time.process_time() - start
        conversation: Conversation = app.extensions["spasm_guide"]
        body = {"text": "what causes muscle spasms"}
        client, yardstick = app.test_client(use_cookies=False), echo().test_client()
        ours, theirs, ratio = compare(
            lambda: client.post("/api/ask", json=body),
            lambda: yardstick.post("/api/ask", json=body),
        )
        spread = latencies(conversation)
        factor, cached = speak(Voice(Path(folder)), conversation.listeners["en-US"].locale)
    click.echo(f"start (create_app), CPU            {cold:8.2f} s")
    click.echo(f"POST /api/ask, CPU                 {ours:8.2f} ms")
    click.echo(f"  bare Flask JSON echo             {theirs:8.2f} ms   ratio {ratio:.2f}")
    click.echo(f"respond(), CPU p50 / p99           {spread[len(spread) // 2]:8.2f} ms "
               f"/ {spread[int(len(spread) * 0.99)]:.2f} ms over {len(spread)} utterances")  # fmt: skip
    click.echo(f"speech per CPU second, not cached  {factor:8.0f} s")
    click.echo(f"a passage from the cache, CPU      {cached:8.2f} ms")


if __name__ == "__main__":
    main()
