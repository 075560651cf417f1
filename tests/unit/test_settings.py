"""What the environment must say, and what is said when it does not."""

import re
from pathlib import Path

import pytest

from callcenter.settings import Settings, SettingsError, get_settings

STRONG = "0123456789abcdef0123456789abcdef"
COMPLETE = {
    "SECRET_KEY": STRONG,
    "LIVEKIT_API_KEY": "key",
    "LIVEKIT_API_SECRET": STRONG,
    "PUBLIC_URL": "https://desk.example.com/",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    return monkeypatch


def complaint() -> str:
    get_settings.cache_clear()
    with pytest.raises(SettingsError) as refused:
        get_settings()
    return str(refused.value)


def test_a_complete_environment_is_enough(environment: pytest.MonkeyPatch) -> None:
    settings = get_settings()
    assert settings.origins == ["https://desk.example.com"]
    assert settings.secure_cookies
    get_settings.cache_clear()


def test_everything_that_is_missing_is_named_at_once(environment: pytest.MonkeyPatch) -> None:
    for name in COMPLETE:
        environment.delenv(name)
    text = complaint()
    for name in COMPLETE:
        assert f"{name} is missing" in text


@pytest.mark.parametrize("name", ["SECRET_KEY", "LIVEKIT_API_SECRET"])
def test_a_weak_secret_is_refused_and_not_repeated(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(name, "short-but-mine")
    text = complaint()
    assert f"{name} is too weak" in text
    assert "short-but-mine" not in text


def test_an_address_of_the_page_that_is_none_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PUBLIC_URL", "desk.example.com")
    text = complaint()
    assert "PUBLIC_URL=desk.example.com" in text
    assert "https://" in text


def test_a_value_of_the_wrong_kind_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RING_SECONDS", "soon")
    assert "RING_SECONDS" in complaint()


def test_development_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "true")
    get_settings.cache_clear()
    settings = get_settings()
    assert f"http://localhost:{settings.port}" in settings.origins
    assert not settings.secure_cookies
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://127.0.0.1:7880", "ws://127.0.0.1:7880"),
        ("https://livekit.example.com", "wss://livekit.example.com"),
        ("wss://livekit.example.com", "wss://livekit.example.com"),
    ],
)
def test_browsers_reach_livekit_by_websocket(given: str, expected: str) -> None:
    assert Settings(debug=True, livekit_url=given).media_url == expected
    assert Settings(debug=True, livekit_url=given, livekit_ws_url="wss://other").media_url == "wss://other"


def test_every_setting_is_explained_with_its_default() -> None:
    lines = (Path(__file__).resolve().parents[2] / ".env.example").read_text().splitlines()
    shown = dict(line.removeprefix("#").split("=", 1) for line in lines if re.match(r"#[A-Z][A-Z0-9_]*=", line))
    assert [name for name in Settings.model_fields if name.upper() not in shown] == []
    examples = {"PUBLIC_URL", "SIP_ADDRESS", "SIP_METRICS_URL", "REDIS_URL"}
    for name, field in Settings.model_fields.items():
        if name.upper() not in examples:
            default = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
            assert shown[name.upper()] == default, name
