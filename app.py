"""Build the app: load every locale once, make one Conversation, mount the channels."""

from __future__ import annotations

import argparse
import contextlib
import logging
import secrets
import sys
from pathlib import Path
from typing import Any

from flask import Flask
from waitress.server import create_server

from skill.channels import alexa, terminal, web
from skill.conversation import Conversation, log_fault
from skill.listener import Listener
from skill.preferences import Careful
from skill.safety import LexicalRule
from skill.stores import open_store
from skill.understanding import LexicalRecogniser
from speech.encoder import Encoder, EncoderError
from speech.locale import LOCALES, Locale, load_all
from speech.quoted_yaml import WordsError
from speech.tts import Voice

_log = logging.getLogger("spasm_guide")

CHANNELS = (web, terminal, alexa)
"""Each has `mount(app, conversation, voice)`."""

MAX_UPLOAD = 16 * 1024 * 1024
"""Bytes of a body that the server takes in at all; the app itself refuses far smaller ones."""


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """The skill as a Flask app.

    Settings come from `config`, else from environment variables that begin with SPASM_GUIDE_.
    Raises speech.quoted_yaml.WordsError, naming file and key, if a words file is broken.
    """
    app = Flask(__name__, static_folder=None, template_folder="skill/channels/templates")
    app.json.sort_keys = False  # type: ignore[attr-defined] # the contract's order
    app.config.from_mapping(DEFAULT_LOCALE="en-US", SESSION_COOKIE_SAMESITE="Lax")
    app.config.from_prefixed_env("SPASM_GUIDE")
    app.config.from_mapping(config or {})
    app.config.update(MAX_CONTENT_LENGTH=64 * 1024, SESSION_COOKIE_NAME="spasm_guide")
    app.secret_key = str(app.config.get("SECRET_KEY") or _kept_secret(Path(app.instance_path)))

    folder = Path(str(app.config.get("LOCALES") or LOCALES))
    locales = load_all(folder)
    default = str(app.config["DEFAULT_LOCALE"])
    if default not in locales:
        raise LookupError(f"SPASM_GUIDE_DEFAULT_LOCALE is {default!r}; there is {sorted(locales)}")
    store = open_store(app.config.get("PREFERENCES_URL"), Path(app.instance_path))
    conversation = Conversation(
        {tag: listener_for(locale, folder / tag) for tag, locale in locales.items()},
        default,
        Careful(store, log_fault),
    )
    conversation.warm_up()
    cache = app.config.get("SPEECH_CACHE") or Path(app.instance_path) / "speech"
    voice = Voice(Path(str(cache)))
    app.extensions["spasm_guide"] = conversation
    app.extensions["spasm_guide_health"] = {}  # a door's name: how it is, for /healthz
    for channel in CHANNELS:
        channel.mount(app, conversation, voice)
    with app.test_request_context("/"):
        pass  # compiles the routes, so that no first request waits for it
    return app


def listener_for(locale: Locale, folder: Path) -> Listener:
    """What listens in a locale; without its encoder, which is logged, the lexicon alone.

    folder: the locale's own, which holds `model/`. Raises WordsError where a word list is missing.
    """
    try:
        recogniser = LexicalRecogniser(locale)
    except KeyError as missing:
        raise WordsError(f"{locale.tag}/intents.yaml", str(missing.args[0]), "is missing") from None
    encoder: Encoder | None = None
    try:
        encoder = Encoder(folder / "model")
    except EncoderError as error:
        _log.warning("%s listens by its lexicon alone: %s. `make train`.", locale.tag, error)
    return Listener(locale, LexicalRule(locale.emergency.signs), recogniser, encoder)


def _kept_secret(instance: Path) -> str:
    """The key that signs the session cookie: made once, kept in the instance folder.

    Where it cannot be kept, a key for this process alone: places are lost when it ends.
    """
    path, key = instance / "secret_key", secrets.token_hex(32)
    try:
        instance.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.stat().st_size < len(key):
            path.unlink()  # cut short
        if not path.is_file():
            fresh = path.with_name(f"secret_key.{secrets.token_hex(4)}")
            fresh.touch(mode=0o600)
            fresh.write_text(key, encoding="ascii")
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(fresh)  # atomic: of several processes the first one's key stands
            fresh.unlink()
        return path.read_bytes().decode("ascii", errors="replace")
    except OSError as error:
        _log.warning(
            "No secret key could be kept in the instance folder (%s): "
            "set SPASM_GUIDE_SECRET_KEY, or places are lost at each restart.",
            type(error).__name__,
        )
        return key


def port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError("must be from 0 to 65535")
    return number


def main() -> None:
    """Serve the skill; what is needed to start and is not there is said in one line."""
    parser = argparse.ArgumentParser(description="Serve Spasm Guide: the page and the JSON API.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=port, default=5000, help="port to listen on (%(default)s)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        app = create_app()
        server = create_server(
            app,
            host=options.host,
            port=options.port,
            threads=8,
            max_request_body_size=MAX_UPLOAD,
        )
    except (WordsError, LookupError) as error:
        sys.exit(f"Spasm Guide cannot start. {error}")
    except (OSError, ValueError) as error:
        sys.exit(
            f"Cannot listen on {options.host} port {options.port} ({error}). "
            "Choose another: make run PORT=5001"
        )
    server.print_listen("Spasm Guide is at http://{}:{} - press Control-C to stop.")
    with contextlib.suppress(KeyboardInterrupt):
        server.run()


if __name__ == "__main__":
    main()
