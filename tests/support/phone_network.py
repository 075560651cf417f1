"""A telephone network on one machine: Redis, livekit-server and livekit-sip, and the real services behind them."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web
from sqlmodel import select

from callcenter.cli import livekit_sip
from callcenter.core.domain.agents import Actor
from callcenter.core.domain.calls import CallState
from callcenter.core.tables import Call
from callcenter.settings import Settings
from callcenter.telephony.livekit_sip.trunks import Trunks
from callcenter.telephony.plan import CentreNumber, InboundLine, OutboundLine, TelephonyPlan
from callcenter.workspace.views import DeskView
from tests.support.baresip import Baresip
from tests.support.live_centre import SOON, LiveCentre, WebhookDoor
from tests.support.livekit_server import LiveKitServer, free_port
from tests.support.livekit_sip import LiveKitSip
from tests.support.ports import steady_port
from tests.support.redis_server import RedisServer
from tests.support.server_process import LOG_SHOWN
from tests.support.sipp import PATIENCE, Sipp
from tests.support.waiting import until_async

SUPPORT, ORDERS = "+4930901820", "+4930901821"
NUMBER = "+493023125001"
USER, PASSWORD = "carrier", "a-password-of-the-test-carrier"


def lacking() -> list[str]:
    """The programs telephone tests need that are not here; `make test` installs or builds them where it may."""
    programs = [name for name in ("redis-server", "sipp", "baresip") if not shutil.which(name)]
    return programs + ([] if livekit_sip.PROGRAM.find() else ["livekit-sip"])


@dataclass
class PhoneNetwork:
    """The servers of a session. Phones of the carrier listen at ``carrier_port``."""

    webhook_port: int = field(default_factory=free_port)
    carrier_port: int = field(default_factory=steady_port)
    redis: RedisServer = field(default_factory=RedisServer)
    rooms: set[str] = field(default_factory=set)
    """All there ever were."""

    def __post_init__(self) -> None:
        webhook = f"http://127.0.0.1:{self.webhook_port}/api/calls/inbound"
        ports: dict[str, Any] = {name: steady_port() for name in ("port", "tcp_port", "udp_port")}
        self.livekit = LiveKitServer(webhook_url=webhook, redis_address=self.redis.address, **ports)
        self.sip = LiveKitSip(self.livekit, self.redis.address)

    def start(self) -> None:
        """Start whatever is not running. A Redis that was lost takes the others along: they find each other anew."""
        if not self.redis.running:
            self.sip.kill()
            self.livekit.kill()
        self.redis.start()
        self.livekit.start()
        self.sip.start()

    def stop(self) -> None:
        self.sip.stop()
        self.livekit.stop()
        self.redis.stop()

    def plan(self, **changes: Any) -> TelephonyPlan:
        """Two numbers, a carrier on this machine with a password; ``changes`` are of the inbound line."""
        inbound: dict[str, Any] = {"user": USER, "password": PASSWORD, "allowed_addresses": ("127.0.0.1/32",)}
        outbound = OutboundLine(address=f"127.0.0.1:{self.carrier_port}", caller_id=SUPPORT)
        numbers = (CentreNumber(SUPPORT, "Support"), CentreNumber(ORDERS, "Orders"))
        return TelephonyPlan(numbers, InboundLine(**(inbound | changes)), outbound)

    @property
    def settings(self) -> dict[str, Any]:
        """What the services have to know of these servers."""
        return {
            "livekit_url": self.livekit.url,
            "livekit_api_key": self.livekit.api_key,
            "livekit_api_secret": self.livekit.api_secret,
            "telephony": "livekit",
            "sip_address": self.sip.address,
            "sip_metrics_url": self.sip.metrics_url,
            "redis_url": self.redis.url,
        }

    async def apply(self, settings: Settings, plan: TelephonyPlan) -> None:
        """Put trunks and the rule into LiveKit."""
        async with Trunks(settings) as trunks:
            await trunks.apply(plan)


class PhoneDoor(WebhookDoor):
    """Does not let in what is told of the rooms of earlier centres: their phones may take half a minute to go."""

    def __init__(self, port: int, earlier: set[str]) -> None:
        super().__init__(port)
        self._known = earlier
        self._earlier = frozenset(earlier)

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        room = json.loads(await request.read() or "{}").get("room", {}).get("name", "")
        self._known.add(room)
        return web.Response() if room in self._earlier else await super()._pass_on(request)


@dataclass
class PhoneCentre(LiveCentre):
    """A centre with telephones."""

    network: PhoneNetwork = field(kw_only=True)
    home: Path = field(kw_only=True)
    phones: list[Sipp | Baresip] = field(default_factory=list)

    async def shows(self, actor: Actor, what: Callable[[DeskView], bool], timeout: float = SOON) -> DeskView:
        """As for every centre; a TimeoutError says what the phones and the servers have seen."""
        try:
            return await super().shows(actor, what, timeout)
        except TimeoutError as error:
            seen = [phone.state() for phone in self.phones if isinstance(phone, Sipp)]
            logs = [f"{server.title}: {server.log[-LOG_SHOWN:]}" for server in (self.network.sip, self.network.livekit)]
            told = f"notifications: {self.door.taken} taken, {self.door.refused} refused"
            raise TimeoutError("\n".join([str(error), *seen, told, *logs])) from None

    def sipp_call(self, to: str = SUPPORT, number: str = NUMBER, password: str = PASSWORD, **options: Any) -> Sipp:
        """A phone that has just dialled one of our numbers."""
        return self._on(
            Sipp.caller(self.home, self.network.sip.address, to=to, number=number, password=password, **options)
        )

    async def sipp_phone(self, *, answers: bool = False, **options: Any) -> Sipp:
        """A phone that can be called: any number leads to it."""
        return await self._on(Sipp.callee(self.home, self.network.carrier_port, answers=answers, **options)).listening()

    async def sipp_refusing(self, code: int, phrase: str, **options: Any) -> Sipp:
        return await self._on(Sipp.refusing(self.home, self.network.carrier_port, code, phrase, **options)).listening()

    async def sipp_carrier(self, scenario: str) -> Sipp:
        """A carrier that does what that scenario says."""
        return await self._on(Sipp(scenario, self.home, port=self.network.carrier_port)).listening()

    async def baresip_call(self, to: str = SUPPORT, number: str = NUMBER, **options: Any) -> Baresip:
        """A phone with sound that has just dialled one of our numbers."""
        phone = await self.baresip(number=number, user=USER, password=PASSWORD, **options)
        await phone.dial(f"sip:{to}@{self.network.sip.address}")
        return phone

    async def baresip_phone(self, *, answers: bool = True, **options: Any) -> Baresip:
        """A phone with sound that can be called: any number leads to it."""
        return await self.baresip(port=self.network.carrier_port, answers=answers, **options)

    async def baresip(self, **options: Any) -> Baresip:
        phone = await Baresip.boot(self.home, **options)
        self.phones.append(phone)
        return phone

    def _on(self, phone: Sipp) -> Sipp:
        self.phones.append(phone)
        return phone.start()

    async def records(self) -> list[Call]:
        """All calls there have ever been, in order."""
        async with self.services.units.reading() as (session, _):
            return list((await session.execute(select(Call).order_by("id"))).scalars())

    async def becomes(self, call_id: int, state: CallState, timeout: float = PATIENCE) -> Call:
        """Until the call is in that state."""

        async def look() -> Call | None:
            call = await self.call(call_id)
            return call if call.state is state else None

        found = await until_async(look, timeout, lambda: f"call {call_id} did not become {state}")
        assert found is not None
        return found

    async def close(self) -> None:
        for phone in self.phones:
            if isinstance(phone, Sipp):
                phone.kill()
            else:
                await phone.close()
        with contextlib.suppress(httpx.TransportError):
            await asyncio.to_thread(self.network.livekit.empty)
        await super().close()
