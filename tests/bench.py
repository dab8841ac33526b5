"""`make bench`: speed as ratios, both sides measured in turn in one run. No test depends on it."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from ask_sdk_core.skill_builder import SkillBuilder
from ask_sdk_core.utils import is_request_type
from ask_sdk_model import RequestEnvelope
from flask import Flask, request
from playwright.sync_api import sync_playwright
from werkzeug.test import EnvironBuilder

from app import create_app
from skill.conversation import Conversation
from skill.messages import Session, Utterance
from speech.locale import Locale
from speech.quoted_yaml import read
from speech.tts import Spoken, Voice, duration, spoken_form
from tests.alexa_certificates import envelope
from tests.browser import chromium
from tests.drivers import signed_request, verifier
from tests.test_alexa import device_envelope

DATA = Path(__file__).parent / "data/en-US"
ROUNDS, CALLS = 30, 20
Call = Callable[[], object]


def cpu_ms(work: Call, times: int = CALLS) -> float:
    """CPU milliseconds of one call, the mean of `times`."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times * 1000


def echo() -> Flask:
    """The least that Flask can do with a JSON request."""
    app = Flask("echo")

    @app.post("/")
    def echo() -> Any:
        return request.get_json()

    return app


def hello_world() -> Flask:
    """ask-sdk-core's hello world behind Flask, as its samples have it, without verification."""
    builder = SkillBuilder()

    @builder.request_handler(can_handle_func=is_request_type("IntentRequest"))
    def hello(handler_input: Any) -> Any:
        speech = "Hello World"
        return handler_input.response_builder.speak(speech).set_should_end_session(True).response

    skill = builder.create()
    app = Flask("hello")

    @app.post("/")
    def invoke() -> Any:
        text = request.get_data(as_text=True)
        envelope = skill.serializer.deserialize(text, RequestEnvelope)
        answer = skill.invoke(request_envelope=envelope, context=None)
        return app.json.response(skill.serializer.serialize(answer))

    return app


def posting(app: Flask, path: str, data: bytes, headers: dict[str, str]) -> Call:
    """One request into the WSGI app itself, without a client's own work; must be answered 200."""
    given = EnvironBuilder(
        path=path, method="POST", data=data, headers=[*headers.items()]
    ).get_environ()

    def post() -> None:
        said: list[str] = []
        environ = given | {"wsgi.input": BytesIO(data)}
        answer = app.wsgi_app(environ, lambda status, *_: said.append(status))  # type: ignore[arg-type]
        b"".join(answer)
        assert said == ["200 OK"], said

    return post


def race(*runners: Call) -> list[list[float]]:
    """CPU milliseconds of each, round by round, each round running all of them in turn."""
    for run in runners:
        run()
    with click.progressbar(range(ROUNDS), file=sys.stderr) as rounds:
        return [[cpu_ms(run) for run in runners] for _ in rounds]


def show(name: str, rounds: list[list[float]], column: int, against: int | None = None) -> None:
    """Median of a column and, pair by pair, of its ratio to another."""
    line = f"{name:44} {statistics.median(r[column] for r in rounds):8.3f} ms"
    if against is not None:
        line += f"   ratio {statistics.median(r[column] / r[against] for r in rounds):.2f}"
    click.echo(line)


def latencies(conversation: Conversation) -> list[float]:
    """CPU milliseconds of respond() for each development utterance, sorted."""
    data = [read(DATA / name) for name in ("intents.yaml", "out_of_scope.yaml")]
    cases: list[Any] = [*data[0]["cases"], *data[1]["cases"]]
    asks = [Utterance(case["text"], "en-US", "bench") for case in cases]
    return sorted(cpu_ms(_responding(conversation, ask), 3) for ask in asks)


def _responding(conversation: Conversation, ask: Utterance) -> Call:
    return lambda: conversation.respond(ask, Session())


def speak(voice: Voice, locale: Locale) -> tuple[float, float]:
    """Seconds of speech per CPU second, and milliseconds of a passage that is in the cache."""
    passage = locale.text("muscle_spasms.causes.more")
    said = Spoken("bench", spoken_form(passage, locale.say_as), 150)
    start = time.process_time()
    seconds = duration(voice.render(said, locale.voice))
    cold = time.process_time() - start
    return seconds / cold, cpu_ms(lambda: voice.render(said, locale.voice))


def web(app: Flask) -> None:
    asked = json.dumps({"text": "what causes muscle spasms"}).encode()
    headers = {"Content-Type": "application/json"}
    rounds = race(posting(app, "/api/ask", asked, headers), posting(echo(), "/", asked, headers))
    show("POST /api/ask", rounds, 0, against=1)
    show("  bare Flask JSON echo", rounds, 1)


def alexa(app: Flask) -> None:
    intent = {"name": "CausesIntent", "confirmationStatus": "NONE", "slots": {}}
    kept = Session().to_dict()

    def signed_turn(attributes: dict[str, Any]) -> dict[str, Any]:
        body = device_envelope("echo_show", attributes, type="IntentRequest", intent=intent)
        return dict(signed_request(body))

    signed = signed_turn(kept)
    ours = posting(app, "/alexa", **signed)
    start = time.process_time()
    ours()
    first = (time.process_time() - start) * 1000
    rounds = race(ours, posting(hello_world(), "/", **signed), posting(echo(), "/", **signed))
    warm = statistics.median(r[0] for r in rounds)
    show("POST /alexa, verified IntentRequest", rounds, 0, against=1)
    show("  ask-sdk-core hello world, not verified", rounds, 1)
    show("  bare Flask JSON echo", rounds, 2)
    opening = race(posting(app, "/alexa", **signed_turn({})), ours)
    show("  the first turn of a session (preferences are looked up)", opening, 0, against=1)
    click.echo(f"  first request after start {first:26.3f} ms   as {first / warm:.1f} warm ones")


def first_sound(app: Flask) -> tuple[float, float] | None:
    """Milliseconds from Ask to the first sound on the page, audio in the cache: p50 and worst."""
    if not chromium.path():
        return None
    with sync_playwright() as playwright, chromium.serving(app) as address:
        browser = chromium.launch(playwright)
        page = chromium.ready(chromium.context(browser).new_page(), address)
        page.get_by_label("Read answers aloud when I type").check()
        page.get_by_label("Your question").fill("what causes muscle spasms")
        took = [float(page.evaluate(_ASK_TO_SOUND)) for _ in range(12)]
        browser.close()
    return statistics.median(took[1:]), max(took[1:])


_ASK_TO_SOUND = """() => new Promise((resolve) => {
    const start = performance.now();
    const look = () => players.some((one) => !one.paused && one.currentTime > 0)
        ? resolve(performance.now() - start) : setTimeout(look, 2);
    for (const one of players) { one.pause(); one.removeAttribute("src"); one.load(); }
    document.getElementById("ask").requestSubmit();
    look();
})"""


def main() -> None:
    with TemporaryDirectory() as folder:
        settings = {"TESTING": True, "SECRET_KEY": "bench", "SPEECH_CACHE": folder}
        verifies = verifier()
        signed = signed_request(envelope())  # so that the certificate is fetched already
        verifies.verify(signed["headers"], signed["data"])
        start = time.process_time()
        app = create_app(settings | {"ALEXA_VERIFIER": verifies})
        cold = time.process_time() - start
        conversation: Conversation = app.extensions["spasm_guide"]
        click.echo("CPU time, medians\n")
        click.echo(f"{'start (create_app)':44} {cold:8.3f} s")
        alexa(app)
        web(app)
        spread = latencies(conversation)
        sound = first_sound(app)
        factor, cached = speak(Voice(Path(folder)), conversation.listeners["en-US"].locale)
    p50, p99 = spread[len(spread) // 2], spread[int(len(spread) * 0.99)]
    click.echo(f"{'respond(), p50':44} {p50:8.3f} ms   p99 {p99:.3f} ms")
    click.echo(f"{'speech per CPU second, not cached':44} {factor:8.0f} s")
    click.echo(f"{'a passage from the cache':44} {cached:8.3f} ms")
    if sound:
        click.echo(
            f"{'page: Ask to first sound, wall time, p50':44} {sound[0]:8.0f} ms"
            f"   worst {sound[1]:.0f} ms"
        )


if __name__ == "__main__":
    main()
