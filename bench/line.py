"""A telephone line: Redis, LiveKit and livekit-sip. The desk is behind one number, nobody behind others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from aiohttp import web
from livekit import api

from bench.centre import Centre, running
from tests.support.livekit_server import LiveKitServer, free_port
from tests.support.livekit_sip import LiveKitSip
from tests.support.redis_server import RedisServer

DESK_NUMBER = "+4930901820"
BARE = "bare"
SERVERS = ("livekit-server", "livekit-sip", "redis-server")
BARE_NUMBERS = [f"+49309027{number:04}" for number in range(200)]
"""Whoever dials one of these is put into a room of its own, of which the desk knows nothing."""
PLAN = f"""
[[numbers]]
number = "{DESK_NUMBER}"

[inbound]
allowed_addresses = ["127.0.0.1"]
"""


@dataclass
class Line:
    """The running servers."""

    home: Path
    livekit: LiveKitServer
    target: str
    """Where phones call: host:port."""
    desk_port: int

    @asynccontextmanager
    async def desk(self, agents: int) -> AsyncIterator[Centre]:
        """The desk behind DESK_NUMBER, with so many agents' accounts."""
        settings = {"TELEPHONY_FILE": str(self.home / "telephony.toml")}
        async with running(self.home, agents, self.livekit, self.desk_port, settings) as centre:
            await asyncio.to_thread(centre.app.run, "telephony", "apply")
            yield centre

    @asynccontextmanager
    async def no_desk(self) -> AsyncIterator[None]:
        """Somebody who takes LiveKit's notifications and does nothing: the desk would act on every caller."""

        async def take(_: web.Request) -> web.Response:
            return web.Response()

        nobody = web.Application()
        nobody.router.add_route("*", "/{path:.*}", take)
        runner = web.AppRunner(nobody)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.desk_port, shutdown_timeout=1).start()
        try:
            yield
        finally:
            await runner.cleanup()

    @staticmethod
    def processes() -> dict[str, psutil.Process]:
        """Every server this process has started, by name."""
        named = {child.name(): child for child in psutil.Process().children()}
        desk = [child for child in psutil.Process().children() if "bench.served:app" in child.cmdline()]
        return {name: named[name] for name in SERVERS if name in named} | ({"desk": desk[0]} if desk else {})


@asynccontextmanager
async def open_line(home: Path) -> AsyncIterator[Line]:
    """All of it on ports of its own."""
    (home / "telephony.toml").write_text(PLAN)
    with ExitStack() as stack:
        desk_port, redis = free_port(), RedisServer()
        stack.callback(redis.stop)
        redis.start()
        livekit = LiveKitServer.boot_for(desk_port, redis_address=redis.address)
        stack.callback(livekit.stop)
        sip = LiveKitSip(livekit, redis.address)
        stack.callback(sip.stop)
        sip.start()
        await _let_callers_in(livekit)
        yield Line(home, livekit, sip.address, desk_port)


def bare_room(number: str) -> str:
    """The room of whoever dials that number."""
    return f"{BARE}_{number}"


async def _let_callers_in(livekit: LiveKitServer) -> None:
    """The numbers that lead past the desk: what the same takes without it."""
    async with api.LiveKitAPI(livekit.url, livekit.api_key, livekit.api_secret) as server:
        trunk = api.SIPInboundTrunkInfo(name=BARE, numbers=BARE_NUMBERS, allowed_addresses=["127.0.0.1"])
        made = await server.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=trunk))
        rule = api.SIPDispatchRule(dispatch_rule_callee=api.SIPDispatchRuleCallee(room_prefix=BARE))
        request = api.CreateSIPDispatchRuleRequest(rule=rule, name=BARE, trunk_ids=[made.sip_trunk_id])
        await server.sip.create_dispatch_rule(request)
