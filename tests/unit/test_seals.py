"""Which tokens LiveKit's notifications come with, and which of its tokens are for something else."""

import base64
import hmac
import time
from hashlib import sha256
from typing import Any

import jwt
import pytest

from callcenter.core.livekit.room_client import LiveKitServer
from callcenter.core.livekit.webhook_keys import Seals, check_body
from callcenter.platform.errors import NotSignedIn
from callcenter.settings import Settings
from tests.conftest import MakeSettings

BODY = '{"event": "room_started"}'
DIGEST = base64.b64encode(sha256(BODY.encode()).digest()).decode()
OLD = "an-old-secret-of-livekit-0123456789abcdef"


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings(livekit_old_keys=f"old:{OLD}")


def token(pair: tuple[str, str], **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": pair[0], "nbf": now, "exp": now + 300, "sha256": DIGEST} | changes
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, pair[1], "HS256")


def test_either_key_of_notifications_is_believed(settings: Settings) -> None:
    for pair in settings.livekit_keys:
        check_body(BODY, Seals(settings).digest(token(pair)))
        assert Seals(settings).digest(token(pair)) == sha256(BODY.encode()).digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": None},
        {"sha256": ""},
        {"sha256": 5},
        {"sha256": "not base64 €"},
        {"exp": None},
        {"exp": int(time.time()) - 3600},
        {"nbf": int(time.time()) + 3600},
        {"iss": None},
        {"iss": "old"},
        {"video": {"roomJoin": True, "room": "call_1"}},
        {"sip": {"call": True}},
        {"agent": {"admin": True}},
        {"sub": "agent_anna"},
        {"name": "Anna"},
        {"kind": "standard"},
        {"metadata": "x"},
        {"attributes": {"a": "b"}},
        {"something_new": True},
        {"jti": "x" * 3000},
    ],
    ids=repr,
)
def test_what_is_no_token_of_a_notification(settings: Settings, changes: dict[str, Any]) -> None:
    with pytest.raises(NotSignedIn):
        Seals(settings).digest(token(settings.livekit_keys[0], **changes))


def test_the_key_of_room_tokens_signs_no_notification(settings: Settings) -> None:
    with pytest.raises(NotSignedIn):
        Seals(settings).digest(token((settings.livekit_api_key, settings.livekit_api_secret)))


@pytest.mark.parametrize("text", ["", "a.b.c", "…", "\ud800", "9" * 5000])
def test_what_is_no_token_at_all(settings: Settings, text: str) -> None:
    with pytest.raises(NotSignedIn):
        Seals(settings).digest(text)


def test_with_one_key_for_both_a_room_token_is_still_none(make_settings: MakeSettings) -> None:
    """Whoever has not given LiveKit a key of its own."""
    settings = make_settings(livekit_webhook_key="", livekit_webhook_secret="")
    room = LiveKitServer(settings).token("call_1", "agent_anna.1", "Anna")
    with pytest.raises(NotSignedIn):
        Seals(settings).digest(room)
    check_body(BODY, Seals(settings).digest(token(settings.livekit_keys[0])))


def test_without_a_secret_nothing_is_believed(make_settings: MakeSettings) -> None:
    nothing = {"livekit_webhook_key": "", "livekit_webhook_secret": "", "livekit_api_secret": ""}
    settings = make_settings(**nothing)
    header, claims, _ = token(("testkey", "x" * 40)).split(".")
    empty = base64.urlsafe_b64encode(hmac.digest(b"", f"{header}.{claims}".encode(), "sha256")).decode().rstrip("=")
    with pytest.raises(NotSignedIn):
        Seals(settings).digest(f"{header}.{claims}.{empty}")


def test_another_body_was_not_signed(settings: Settings) -> None:
    with pytest.raises(NotSignedIn):
        check_body(BODY + " ", Seals(settings).digest(token(settings.livekit_keys[0])))
