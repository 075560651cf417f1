"""However much is asked for at once: no call is lost by it."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from callcenter.bootstrap import Services
from callcenter.core.ports.media_server import Notification
from callcenter.platform.http import admission_middleware
from callcenter.settings import Settings
from tests.builders import PASSWORD, Centre
from tests.conftest import MakeSettings
from tests.fakes import SEAL, FakeMedia
from tests.integration.conftest import SignIn
from tests.support.notices import NUMBER, SignedMedia, deliver, joined, signed
from tests.support.waiting import until


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings(max_notifications=2)


class EitherMedia(SignedMedia):
    """Takes LiveKit's own notifications, and those of the stories."""

    def notification(self, body: str, authorization: str, digest: bytes | None = None) -> Notification:
        if authorization == SEAL:
            return FakeMedia.notification(self, body, authorization, digest)
        return super().notification(body, authorization, digest)


@pytest.fixture
async def media(settings: Settings) -> EitherMedia:
    return EitherMedia(settings)


async def test_a_caller_whose_notification_was_refused_rings_all_the_same(
    http: httpx.AsyncClient, settings: Settings, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lane is full when they come, LiveKit gives up, and comparing rooms with calls finds them."""
    anna = await centre.agent("Anna")
    busy, let_go = 0, asyncio.Event()

    async def trickle() -> AsyncIterator[bytes]:
        nonlocal busy
        busy += 1
        yield b"{"
        await let_go.wait()

    monkeypatch.setattr(admission_middleware, "SIGNED_SECONDS", 60.0)
    headers = signed(settings, b"{") | {"Content-Length": "1"}
    slow = [asyncio.create_task(http.post("/api/calls/inbound", content=trickle(), headers=headers)) for _ in range(2)]
    await until(lambda: busy == 2, 10, lambda: f"{busy} are in the lane")
    centre.media.caller_joins("call_1", NUMBER)
    refused = await deliver(http, settings, joined())
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    centre.forget_notifications()
    await centre.reconcile()
    call = await centre.by_room("call_1")
    assert await centre.ringing_at(call.id or 0, anna) == anna
    let_go.set()
    await asyncio.gather(*slow)
    assert (await deliver(http, settings, joined())).status_code == 204, (
        "and when it is told after all, nothing doubles"
    )
    await centre.answer(anna, call.id or 0)
    assert (await centre.call(call.id or 0)).state == "connected"
    assert await centre.events(call.id or 0) == ["adopted", "queued", "offered", "answered", "connected"]


async def test_a_caller_rings_although_nobody_else_gets_an_answer(
    http: httpx.AsyncClient, settings: Settings, centre: Centre, services: Services, login: SignIn
) -> None:
    anna = await centre.agent("Anna")
    headers = await login(anna)
    for _ in range(30):
        services.load.note(3 * settings.overload_lag_seconds)
    assert (await http.get("/api/calls", headers=headers)).status_code == 503
    assert (await http.post("/api/login", data={"username": "anna", "password": PASSWORD})).status_code == 503
    centre.media.caller_joins("call_1", NUMBER)
    centre.forget_notifications()
    assert (await deliver(http, settings, joined())).status_code == 204
    call = await centre.by_room("call_1")
    answered = await http.post(f"/api/calls/{call.id}/answer", headers=headers)
    assert answered.status_code == 200, "what an agent does with a call comes last"
    await centre.enter(anna, call.id or 0)
