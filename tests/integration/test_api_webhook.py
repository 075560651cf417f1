"""The media server's notifications, signed as LiveKit signs them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest

from callcenter.bootstrap import Services
from callcenter.core.livekit.webhook_keys import Seals
from callcenter.core.store import calls as stored_calls
from callcenter.platform.http.content_security_policy import NOTHING
from callcenter.settings import Settings
from tests.builders import Centre
from tests.integration.conftest import SignIn
from tests.support.notices import NUMBER, PATH, SignedMedia, deliver, joined, signed


@pytest.fixture
async def media(settings: Settings) -> SignedMedia:
    return SignedMedia(settings)


async def calls(http: httpx.AsyncClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await http.get("/api/calls", headers=headers)).json()["items"]
    return found


@pytest.fixture
async def anna(centre: Centre, login: SignIn) -> dict[str, str]:
    return await login(await centre.agent("Anna"))


async def test_a_caller_rings(
    http: httpx.AsyncClient, settings: Settings, centre: Centre, anna: dict[str, str]
) -> None:
    answer = await deliver(http, settings, joined())
    assert (answer.status_code, answer.headers["content-security-policy"]) == (204, NOTHING)
    call = await centre.by_room("call_1")
    assert call.caller_id == NUMBER
    assert (await http.post(f"/api/calls/{call.id}/answer", headers=anna)).status_code == 200
    (shown,) = await calls(http, anna)
    assert (shown["caller_id"], shown["livekit_room_name"], shown["status"]) == (NUMBER, "call_1", "In_Progress")


async def test_a_doubled_notification_is_applied_once(
    http: httpx.AsyncClient, settings: Settings, centre: Centre
) -> None:
    for _ in range(3):
        assert (await deliver(http, settings, joined())).status_code == 204
    assert await centre.events((await centre.by_room("call_1")).id or 0) == ["created", "queued"]


async def test_without_a_genuine_signature_nothing_happens(
    http: httpx.AsyncClient, settings: Settings, services: Services
) -> None:
    body = json.dumps(joined()).encode()
    other = json.dumps(joined(room="call_2")).encode()
    for headers in (
        {},
        {"Authorization": "nonsense"},
        signed(settings, body, key="another-secret-0123456789-0123456789"),
        signed(settings, body, iss="another key"),
        signed(settings, body, exp=int(time.time()) - 3600),
        signed(settings, other),
        signed(settings, body, sha256=""),
        signed(settings, body, sha256="not base64 €"),
        {"Authorization": jwt.encode({"iss": settings.livekit_api_key}, "", "none")},
    ):
        answer = await http.post(PATH, content=body, headers=headers)
        assert answer.status_code == 401, headers
        assert answer.headers["content-type"] == "application/problem+json"
    async with services.units.reading() as (session, _):
        assert not await stored_calls.waiting(session)


@pytest.mark.parametrize(
    "event",
    [
        {"id": "EV_1", "event": "something_new", "room": {"name": "x"}, "unknownField": {"a": [1]}},
        {"id": "EV_1", "event": "participant_joined"},
        {"id": "EV_1", "event": "participant_joined", "participant": {"identity": "x", "kind": "SIP"}},
        {"event": "room_finished"},
        {"id": "EV_1", "event": "participant_left", "room": {"name": "x"}, "participant": {}},
        {"id": "x" * 5000, "event": "room_started", "room": {"name": "y" * 5000}},
        joined(room="z" * 3000),
        joined(room="z\x00z"),
        joined(participant={"identity": "i", "sid": "PA_1", "kind": "SIP", "attributes": {"sip.phoneNumber": "\x00"}}),
        joined(
            participant={"identity": "i" * 900, "sid": "PA_1", "kind": "SIP", "attributes": {"sip.phoneNumber": ""}}
        ),
        {"id": "EV_1", "event": "track_published", "room": {"name": "x"}, "participant": {"kind": "NEW_KIND"}},
        {},
    ],
)
async def test_odd_notifications_do_no_harm(http: httpx.AsyncClient, settings: Settings, event: dict[str, Any]) -> None:
    answer = await deliver(http, settings, event)
    assert answer.status_code == 204, answer.text
    assert (await deliver(http, settings, joined("EV_9", "call_9"))).status_code == 204, "the next one comes through"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff\xfe", b"{", b'"x"', b"[" * 20000, b'{"id": 5}'])
async def test_what_is_no_notification_does_no_harm(http: httpx.AsyncClient, settings: Settings, body: bytes) -> None:
    answer = await deliver(http, settings, body)
    assert answer.status_code in (204, 400, 401)


async def test_a_body_has_its_limit(http: httpx.AsyncClient, settings: Settings) -> None:
    body = b" " * (1024 * 1024 + 1)

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield body[: 64 * 1024]

    assert (await http.post(PATH, content=body, headers=signed(settings, body))).status_code == 413
    answer = await http.post(PATH, content=unannounced(), headers=signed(settings, body))
    assert (answer.status_code, answer.json()["code"]) == (413, "request_entity_too_large")


async def test_it_is_answered_at_once_even_when_the_media_server_is_slow(
    http: httpx.AsyncClient, settings: Settings, centre: Centre, media: SignedMedia, anna: dict[str, str]
) -> None:
    """Ending a call deletes its room; the notification that caused it does not wait for that."""
    asked, let_go = asyncio.Event(), asyncio.Event()

    async def slow(room_name: str) -> None:
        asked.set()
        await let_go.wait()

    media.delete_room = slow  # type: ignore[method-assign]
    await deliver(http, settings, joined())
    async with asyncio.timeout(60):
        gone = joined("EV_2") | {"event": "participant_left"}
        assert (await deliver(http, settings, gone)).status_code == 204
        await asked.wait()
    let_go.set()


async def test_a_signature_is_verified_once(
    http: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the door, from the headers; what follows compares the body with the digest that was signed."""
    verified, digest = [], Seals.digest

    def counted(seals: Seals, authorization: str) -> bytes:
        verified.append(authorization)
        return digest(seals, authorization)

    monkeypatch.setattr(Seals, "digest", counted)
    body = json.dumps(joined()).encode()
    headers = signed(settings, body)
    assert (await http.post(PATH, content=body, headers=headers)).status_code == 204
    assert len(verified) == 1
    assert (await http.post(PATH, content=body + b" ", headers=headers)).status_code == 401, "another body"
    assert len(verified) == 2
