"""`flask ask`: ask in a terminal, read and hear the answer; and `flask render`, audio ahead."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click
from flask import Flask

from skill.channels.wire import readable, spoken, to_json
from skill.conversation import Conversation, log_fault
from skill.messages import MAX_TEXT, Response, Session, Utterance
from speech.tts import MAX_RATE, MIN_RATE, Spoken, Voice, spoken_form

PLAYERS = (["pw-play"], ["paplay"], ["aplay", "-q"], ["afplay"], ["play", "-q"])
"""Programs that play a WAV file, first found first: Linux, macOS, and SoX."""

_FILE = click.Path(dir_okay=False, path_type=Path)
_RATE = click.IntRange(MIN_RATE, MAX_RATE)
_REFUSED = 2
"""Exit status where a question was refused."""


def mount(app: Flask, conversation: Conversation, voice: Voice) -> None:
    """Add the commands to the app."""

    @app.cli.command("ask")
    @click.argument("question", required=False)
    @click.option(
        "--wav",
        type=_FILE,
        help="Write the speech to this file.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
    @click.option(
        "--locale", default=conversation.default, show_default=True, help="Language and place."
    )
    @click.option("--rate", type=_RATE, help="Words a minute.  [default: 150]")
    @click.option("--quiet", is_flag=True, help="Print only; do not speak.")
    def ask(
        question: str | None,
        wav: Path | None,
        as_json: bool,
        locale: str,
        rate: int | None,
        quiet: bool,
    ) -> None:
        """Ask a QUESTION about muscle spasms; read and hear the answer.

        Without a QUESTION, questions are read line by line from standard input, as one
        conversation. A file given with --wav then holds the last answer.
        """
        desk = _Desk(conversation, voice, locale, wav=wav, as_json=as_json, quiet=quiet)
        session = Session() if rate is None else replace(Session(), rate=rate)
        refused = False
        for line in [question] if question is not None else _lines():
            session, answered = desk.ask(line, session)
            refused |= not answered
        sys.exit(_REFUSED if refused else int(desk.unwritten))

    @app.cli.command("render")
    @click.option(
        "--rate",
        type=_RATE,
        default=150,
        show_default=True,
        help="Words a minute.",
    )
    def render(rate: int) -> None:
        """Speak every fixed passage into the cache, so that first answers are quick."""
        for listener in conversation.listeners.values():
            locale = listener.locale
            fixed = [(i, text) for i, text in locale.parts.items() if "{" not in text]
            with click.progressbar(fixed, label=locale.tag, file=sys.stderr) as passages:
                for part_id, text in passages:
                    passage = Spoken(part_id, spoken_form(text, locale.say_as), rate)
                    voice.render(passage, locale.voice)
            click.echo(f"{locale.tag}: {len(fixed)} passages at {rate} words a minute.")


def _lines() -> Iterator[str]:
    """Questions from standard input; whatever bytes come are read as well as they can be."""
    if sys.stdin.isatty():
        click.echo("Ask a question, then press Enter. Control-D ends.", err=True)
    for raw in sys.stdin.buffer:
        if line := readable(raw).strip():
            yield line


@dataclass
class _Desk:
    """Where a question is answered: what to print, write, and play."""

    conversation: Conversation
    voice: Voice
    locale: str
    wav: Path | None
    as_json: bool
    quiet: bool
    silent: bool = False
    """Set once no sound could be played, so that it is said only once."""
    unwritten: bool = False
    """Whether a file could not be written."""

    def ask(self, question: str, session: Session) -> tuple[Session, bool]:
        """Answer one question. False beside the session where it was refused."""
        if reason := self._refusal(question):
            self._give(self.conversation.refuse(reason, question, self.locale))
            return session, False
        utterance = Utterance(question, self.locale, "terminal")
        response, session = self.conversation.respond(utterance, session)
        self._give(response)
        return session, True

    def _refusal(self, question: str) -> str:
        if self.locale not in self.conversation.listeners:
            return "unknown_locale"
        if not any(c.isalnum() for c in question):
            return "no_words"
        return "too_long" if len(question) > MAX_TEXT else ""

    def _give(self, response: Response) -> None:
        """Print first: a voice that fails costs the sound, never the words."""
        if self.as_json:
            click.echo(json.dumps(to_json(response, None), ensure_ascii=False))
        else:
            for part in response.parts:
                click.echo(part.text)
        sys.stdout.flush()
        if self.wav or not (self.quiet or self.silent):
            self._speak(response)

    def _speak(self, response: Response) -> None:
        listeners = self.conversation.listeners
        locale = listeners.get(self.locale, listeners[self.conversation.default]).locale
        try:
            wav = self.voice.speak(spoken(response, locale), locale.voice)
        except Exception as error:  # noqa: BLE001 – the words are printed already
            log_fault("the voice", error)
            click.echo(locale.text("prompts.voice_failed"), err=True)
            return
        if self.wav:
            self._write(wav)
        if not self.quiet and not self.silent and not _play(wav):
            self.silent = True
            click.echo(
                "(No sound device here: printed only. --wav FILE keeps the speech.)", err=True
            )

    def _write(self, wav: bytes) -> None:
        if self.wav is None:
            return
        try:
            self.wav.write_bytes(wav)
        except OSError as error:
            self.unwritten = True
            click.echo(f"{self.wav} cannot be written ({error.strerror}).", err=True)


def _play(wav: bytes) -> bool:
    """Play through the first program that this machine has; False where none makes a sound."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(wav)
        file.flush()
        for program, *options in PLAYERS:
            if found := shutil.which(program):
                command = [found, *options, file.name]
                if not subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603
                    return True
    return False
