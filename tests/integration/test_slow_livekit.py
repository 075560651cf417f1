"""A phone that is called off before LiveKit has been asked to call it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit import api
from livekit.protocol.sip import SIPOutboundTrunkInfo

from callcenter.core.ports.telephony_provider import DialOrder, PhoneEvent
from callcenter.telephony.livekit_sip.provider import OUTBOUND_TRUNK, LiveKitSip
from callcenter.telephony.plan import OutboundLine, TelephonyPlan
from tests.conftest import MakeSettings
from tests.fakes import FakeMedia

ORDER = DialOrder("out_1", "+49301234567", "phone_1", ring_seconds=10)


class SlowLiveKit:
    """Answers which trunks there are when it is told to, and counts the phones it is asked to call."""

    def __init__(self) -> None:
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()
        self.dialled = 0
        app = web.Application()
        app.router.add_post("/twirp/livekit.SIP/ListSIPOutboundTrunk", self._trunks)
        app.router.add_post("/twirp/livekit.SIP/CreateSIPParticipant", self._dial)
        self.server = TestServer(app)

    async def _trunks(self, _request: web.Request) -> web.Response:
        self.asked.set()
        await self.go_on.wait()
        trunk = SIPOutboundTrunkInfo(name=OUTBOUND_TRUNK, sip_trunk_id="ST_1")
        return _protobuf(api.ListSIPOutboundTrunkResponse(items=[trunk]).SerializeToString())

    async def _dial(self, _request: web.Request) -> web.Response:
        self.dialled += 1
        return _protobuf(api.SIPParticipantInfo().SerializeToString())


def _protobuf(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/protobuf")


@pytest.fixture
async def slow() -> AsyncIterator[SlowLiveKit]:
    livekit = SlowLiveKit()
    await livekit.server.start_server()
    yield livekit
    livekit.go_on.set()
    await livekit.server.close()


@pytest.mark.parametrize("called_off", [False, True])
async def test_a_phone_that_was_called_off_meanwhile_is_not_called(
    slow: SlowLiveKit, make_settings: MakeSettings, media: FakeMedia, called_off: bool
) -> None:
    told: list[PhoneEvent] = []

    async def report(event: PhoneEvent) -> None:
        told.append(event)

    plan = TelephonyPlan(outbound=OutboundLine(address="203.0.113.5"))
    phones = LiveKitSip(make_settings(livekit_url=str(slow.server.make_url(""))), media, plan)
    dialling = asyncio.create_task(phones.dial(ORDER, report))
    async with asyncio.timeout(60):
        await slow.asked.wait()
        if called_off:
            await phones.hang_up(ORDER.room_name)
        slow.go_on.set()
        await dialling
    await phones.close()
    assert (slow.dialled, [event.state.value for event in told]) == ((0, []) if called_off else (1, ["answered"]))
