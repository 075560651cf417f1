"""The real services with a real livekit-server, which tells them of its rooms over the real webhook route."""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
from aiohttp import web

from callcenter.api_app import create_api
from callcenter.bootstrap import Services, build, set_services
from callcenter.call_control.views import RoomGrant
from callcenter.cli.simulator import AgentEars, Caller, Connection, tone
from callcenter.core.domain.agents import Actor
from callcenter.core.store import calls, legs
from callcenter.core.tables import Call
from callcenter.platform.pubsub.change_bus import BOARD, CALLS, QUEUE, agent_topic
from callcenter.settings import Settings
from callcenter.workspace.views import DeskView
from tests.consistency import assert_consistent
from tests.support.livekit_server import LiveKitServer

CALLER_HZ = 440
AGENT_HZ = 1000
SOON = 60.0
"""Seconds in which anything that happens at all has happened, on a busy machine too."""


class WebhookDoor:
    """Listens where livekit-server sends its notifications and hands them to the API. It can be shut and reopened.

    Notifications of a time before it was opened belong to another test: livekit-server tries for half a minute to
    deliver what it could not deliver then. They are taken and thrown away.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken = self.refused = 0
        """Notifications since it was first opened."""
        self.copies = 1
        """How often each is handed on; 0: they are lost."""
        self.late_seconds = 0.0
        self._since = 0
        self._runner: web.AppRunner | None = None
        self._api = httpx.AsyncClient(transport=httpx.ASGITransport(create_api()), base_url="http://localhost")

    async def open(self) -> None:
        self._since = self._since or await _next_second()
        relay = web.Application()
        relay.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(relay)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, shutdown_timeout=1).start()

    async def shut(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def close(self) -> None:
        await self.shut()
        await self._api.aclose()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            socket = web.WebSocketResponse()
            await socket.prepare(request)  # what goes over it is no part of this
            await socket.close()
            return socket
        body = await request.read()
        if _created_at(body, otherwise=self._since) < self._since:
            return web.Response()
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        if not self.copies:
            return web.Response()
        await asyncio.sleep(self.late_seconds)
        for _ in range(self.copies):
            answer = await self._api.request(request.method, request.path, content=body, headers=headers)
        self.taken += 1
        self.refused += answer.is_error
        shown = {"Content-Type": answer.headers.get("content-type", "text/plain")}
        return web.Response(status=answer.status_code, body=answer.content, headers=shown)


async def _next_second() -> int:
    """The second that begins next, as soon as it has begun: livekit-server dates its notifications in whole seconds."""
    now = time.time()
    await asyncio.sleep(math.ceil(now) - now)
    return math.ceil(now)


def _created_at(body: bytes, otherwise: int) -> int:
    """When a notification was made, in seconds since 1970."""
    try:
        return int(json.loads(body)["createdAt"])
    except (ValueError, KeyError, TypeError):
        return otherwise


@asynccontextmanager
async def live_centre(
    server: LiveKitServer, webhook_port: int, make_settings: Callable[..., Settings], **changes: Any
) -> AsyncIterator["LiveCentre"]:
    """Everything real, in this process. Its record must be consistent in the end."""
    server.start()
    server.empty()
    settings = make_settings(
        livekit_url=server.url, livekit_api_key=server.api_key, livekit_api_secret=server.api_secret, **changes
    )
    services = build(settings)
    set_services(services)
    door = WebhookDoor(webhook_port)
    await door.open()
    await services.start()
    centre = LiveCentre(services, server, door)
    yield centre
    await centre.close()
    await assert_consistent(services)
    set_services(None)
    await services.stop()


@dataclass
class LiveCentre:
    """Callers with real sound on one side, agents' ears and mouths on the other."""

    services: Services
    server: LiveKitServer
    door: WebhookDoor
    callers: list[Caller] = field(default_factory=list)
    ears: list[AgentEars] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        return Connection(self.server.ws_url, self.server.api_key, self.server.api_secret)

    async def call_in(self, number: str = "+493023125001", hertz: int = CALLER_HZ) -> Caller:
        caller = await Caller.join(self.connection, number=number, to="+4930901820", sound=tone(hertz))
        self.callers.append(caller)
        return caller

    async def listen(self, grant: RoomGrant, hertz: int = AGENT_HZ) -> AgentEars:
        """A desk uses what it was given to join."""
        ears = await AgentEars.join(grant.url, grant.token, sound=tone(hertz))
        self.ears.append(ears)
        return ears

    async def shows(self, actor: Actor, what: Callable[[DeskView], bool], timeout: float = SOON) -> DeskView:
        """Until that desk shows it. Raises TimeoutError saying what it shows instead."""
        async with self.services.hub.subscribe(BOARD, QUEUE, CALLS, agent_topic(actor.id)) as changes:
            deadline = asyncio.get_running_loop().time() + timeout
            while not what(view := await self.services.desk.view(actor)):
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    raise TimeoutError(f"after {timeout:.0f} s the desk still shows {view}")
                await changes.wait(left)
        return view

    async def offered(self, actor: Actor) -> int:
        """Until it rings at that desk; returns the call's id."""
        return (await self.shows(actor, lambda view: view.offer.call_id > 0)).offer.call_id

    async def answered(self, actor: Actor, hertz: int = AGENT_HZ) -> tuple[int, AgentEars]:
        """It rings, the desk answers and talks."""
        call_id = await self.offered(actor)
        ears = await self.listen(await self.services.calls.answer(actor, call_id), hertz)
        await self.shows(actor, lambda view: view.work == "talking")
        return call_id, ears

    async def ended(self, actor: Actor) -> DeskView:
        return await self.shows(actor, lambda view: view.ended.id > 0 and view.call.id == 0)

    async def call(self, call_id: int) -> Call:
        async with self.services.units.reading() as (session, _):
            return cast(Call, await calls.by_id(session, call_id))

    async def present(self, call_id: int) -> set[str]:
        """The sids of those who are in the room of a call, as the record has it."""
        call = await self.call(call_id)
        async with self.services.units.reading() as (session, _):
            return {leg.participant_sid for leg in await legs.present(session, call.livekit_room_name)}

    async def forgets(self, sids: set[str], timeout: float = 30) -> None:
        """Until the reconciler believes that these stays are over."""
        async with asyncio.timeout(timeout):
            while any([await self._stays(sid) for sid in sids]):  # noqa: ASYNC110 (a database has no event for it)
                await asyncio.sleep(0.2)

    async def _stays(self, sid: str) -> bool:
        async with self.services.units.reading() as (session, _):
            leg = await legs.leg(session, sid)
        return leg is not None and leg.left_at is None

    async def close(self) -> None:
        for leg in [*self.callers, *self.ears]:
            await leg.leave()
        await self.door.close()
