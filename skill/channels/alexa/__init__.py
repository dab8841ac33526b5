"""Alexa: POST /alexa, and the commands that write its interaction model and skill package."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, cast

import click
from ask_sdk_core.serialize import DefaultSerializer
from flask import Flask, request
from flask.typing import ResponseReturnValue

from skill.channels.alexa import interaction_model
from skill.channels.alexa.handlers import Names, Turn, build_skill, to_envelope, user_id
from skill.channels.alexa.package import package_command
from skill.channels.alexa.request_verifier import (
    RequestRefused,
    RequestVerifier,
    check_development,
    read_envelope,
)
from skill.conversation import Conversation
from skill.preferences import user_key
from speech.locale import LOCALES, Locale
from speech.tts import Voice

_log = logging.getLogger("spasm_guide")
MODELS = Path(__file__).parents[3] / "interaction_models"


def mount(app: Flask, conversation: Conversation, voice: Voice) -> None:  # noqa: ARG001
    """Add the endpoint and the commands to the app."""
    locales = {tag: listener.locale for tag, listener in conversation.listeners.items()}
    words = Path(str(app.config.get("LOCALES") or LOCALES))
    skill = build_skill(conversation, {tag: _names(words / tag) for tag in locales})
    skill_ids = _listed(app.config.get("ALEXA_SKILL_IDS"))
    switch = str(app.config.get("ALEXA_VERIFY_REQUESTS", True)).strip().lower()
    verified = switch not in ("false", "no", "off", "0")  # only an explicit no turns it off
    verifier: RequestVerifier = app.config.get("ALEXA_VERIFIER") or RequestVerifier(skill_ids)
    serializer = DefaultSerializer()
    if not verified:
        _log.warning(
            "ALEXA REQUESTS ARE NOT VERIFIED (SPASM_GUIDE_ALEXA_VERIFY_REQUESTS is false): "
            "for development only. Only clients on this machine are served."
        )

    def respond(envelope: dict[str, Any]) -> dict[str, Any]:
        tag, elsewhere = place(envelope, locales, conversation.default)
        user = user_id(envelope)
        key = user_key("alexa", user, str(app.secret_key)) if user else ""
        turn = Turn(envelope, tag, elsewhere, key)
        answer = skill.invoke(to_envelope(envelope), turn)
        body = cast(dict[str, Any], serializer.serialize(answer))
        if turn.directives:
            body["response"]["directives"] = turn.directives
        return body

    @app.post("/alexa")
    def alexa() -> ResponseReturnValue:
        raw = request.get_data()
        try:
            if verified:
                envelope = verifier.verify(request.headers, raw)
            else:
                check_development(request.remote_addr, request.headers)
                envelope = read_envelope(raw)
        except RequestRefused as refused:
            _log.info("An Alexa request was refused: %s", refused.reason)
            return "", 400
        return respond(envelope)

    app.extensions["spasm_guide_health"]["alexa"] = lambda: (
        "requests are not verified: development only"
        if not verified
        else f"{len(skill_ids)} skills"
        if skill_ids
        else "off: every request is refused until SPASM_GUIDE_ALEXA_SKILL_IDS is set"
    )
    # The first request after a start should not be the one that loads the SDK's models.
    verifier.warm_up()
    respond({"request": {"type": "LaunchRequest"}, "session": {}})

    app.cli.add_command(package_command(locales, MODELS))

    @app.cli.command("models")
    @click.option("--check", is_flag=True, help="Write nothing; fail where a file is out of date.")
    def models(check: bool) -> None:
        """Write interaction_models/ from the words."""
        stale = interaction_model.write(locales, MODELS, check=check)
        for name in stale:
            state = "out of date: run make models" if check else "written"
            click.echo(f"{MODELS.name}/{name}: {state}")
        if check and stale:
            raise SystemExit(1)


def place(envelope: dict[str, Any], locales: dict[str, Locale], default: str) -> tuple[str, bool]:
    """The locale to answer in, and whether the user is in another place than its words name.

    A locale that is not there falls back to its language, then to the default.
    """
    details = envelope.get("request")
    tag = details.get("locale") if isinstance(details, dict) else None
    if not isinstance(tag, str):
        return default, False
    if tag in locales:
        return tag, False
    language = tag.partition("-")[0]
    near = [default, *sorted(locales)]
    return next((t for t in near if t.partition("-")[0] == language), default), True


def _names(folder: Path) -> Names:
    """Alexa's names in a locale."""
    words = interaction_model.read_alexa(folder)
    return Names(
        interaction_model.intents(words),
        interaction_model.carriers(words),
        interaction_model.mentions(words),
    )


def _listed(ids: object) -> tuple[str, ...]:
    """Skill ids from the settings: a list, or one text with commas."""
    named = ids.split(",") if isinstance(ids, str) else ids if isinstance(ids, list | tuple) else []
    return tuple(str(i).strip() for i in named if str(i).strip())
