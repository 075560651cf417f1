"""Answers that never end are not waited for: a byte now and then is no answer."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from callcenter.core.domain.calls import EndReason
from callcenter.core.ports.telephony_provider import DialOrder, PhoneEvent
from callcenter.platform.errors import MediaError
from callcenter.settings import Settings
from callcenter.telephony.gateway import provider as gateway_provider
from callcenter.telephony.gateway.provider import WebhookGateway
from callcenter.telephony.livekit_sip import call_counters
from tests.conftest import MakeSettings
from tests.fakes import FakeMedia

ORDER = DialOrder("out_1", "+49301234567", "phone_1", ring_seconds=10)
LIMIT = 0.5
GIVE_UP = 20


async def drip(request: web.Request) -> web.StreamResponse:
    """An answer in pieces, each well before one would stop waiting for it."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    while True:
        await answer.write(b"#")
        await asyncio.sleep(LIMIT / 10)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", drip)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0)
    yield str(server.make_url("/"))
    await server.close()


@pytest.fixture
def settings(make_settings: MakeSettings, address: str) -> Settings:
    return make_settings(telephony="webhook", telephony_webhook_url=address, telephony_webhook_secret="s" * 32)


async def test_a_gateway(settings: Settings, media: FakeMedia, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_provider, "ANSWER_SECONDS", LIMIT)
    told: list[PhoneEvent] = []

    async def report(event: PhoneEvent) -> None:
        told.append(event)

    gateway = WebhookGateway(settings, media)
    async with asyncio.timeout(GIVE_UP):
        await gateway.dial(ORDER, report)
        with pytest.raises(MediaError):
            await gateway.hang_up(ORDER.room_name)
    await gateway.close()
    assert [event.reason for event in told] == [EndReason.LINE_SILENT]


async def test_the_counts_of_livekit_sip(address: str) -> None:
    async with asyncio.timeout(GIVE_UP):
        with pytest.raises(call_counters.NoCounts):
            await call_counters.read(address, LIMIT)
