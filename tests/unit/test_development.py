"""The settings that `make run` makes for a development machine."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from callcenter.cli import environment
from callcenter.cli.livekit_server import config_text
from callcenter.settings import Settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine on which nothing is set, and where nothing stays set."""
    before = dict(os.environ)
    monkeypatch.setattr(environment, "DEV_DIR", tmp_path / ".dev")
    monkeypatch.setattr(environment, "ENV_FILE", tmp_path / ".dev" / "env")
    monkeypatch.setattr(environment, "DOTENV", tmp_path / ".env")
    for name in [name for name in before if name.startswith("LIVEKIT_") or name in ("DEBUG", "SECRET_KEY")]:
        monkeypatch.delenv(name)
    yield tmp_path
    for name in os.environ.keys() - before.keys():
        del os.environ[name]


def test_livekit_gets_two_keys(home: Path) -> None:
    environment.load_environment(create=True)
    settings = Settings()
    (signs, secret), pair = settings.livekit_keys[0], (settings.livekit_api_key, settings.livekit_api_secret)
    assert {signs, secret} & set(pair) == set()
    text = config_text(pair, "http://127.0.0.1:3000/api/calls/inbound", signing=(signs, secret))
    assert f'"api_key": "{signs}"' in text
    assert secret in text


def test_secrets_that_an_older_version_made_are_kept_and_completed(home: Path) -> None:
    environment.write_private(home / ".dev" / "env", "SECRET_KEY=kept\nLIVEKIT_API_KEY=mine\nLIVEKIT_API_SECRET=mine\n")
    environment.load_environment(create=True)
    assert (os.environ["SECRET_KEY"], os.environ["LIVEKIT_API_KEY"]) == ("kept", "mine")
    assert os.environ["LIVEKIT_WEBHOOK_SECRET"]


@pytest.mark.parametrize("name", ["LIVEKIT_URL", "LIVEKIT_API_KEY"])
def test_a_livekit_of_ones_own_signs_with_what_it_was_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "ws://livekit.example.com")
    environment.load_environment(create=True)
    assert "LIVEKIT_WEBHOOK_KEY" not in os.environ
