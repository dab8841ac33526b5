"""What the tests share: one real app, and clients to talk to it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from hypothesis import HealthCheck, settings

from app import create_app
from skill.conversation import Conversation
from speech.locale import Locale, load_all
from tests.drivers import verifier

# Timing never decides a test: a slow machine is no fault.
settings.register_profile(
    "here", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
settings.load_profile("here")


@pytest.fixture(scope="session")
def locale() -> Locale:
    return load_all()["en-US"]


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    cache, kept = tmp_path_factory.mktemp("speech"), tmp_path_factory.mktemp("kept")
    return create_app(
        {
            "TESTING": True,
            "SECRET_KEY": "for tests",
            "SPEECH_CACHE": str(cache),
            "PREFERENCES_URL": f"sqlite:///{kept / 'preferences.sqlite3'}",
            "ALEXA_VERIFIER": verifier(),
        }
    )


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture(scope="session")
def conversation(app: Flask) -> Conversation:
    found = app.extensions["spasm_guide"]
    assert isinstance(found, Conversation)
    return found
