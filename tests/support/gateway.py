"""A small telephony gateway of the tests' own, written from docs/telephony-gateway.md and not from the program."""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from aiohttp import web

from callcenter.api_app import create_api, guarded
from callcenter.cli.simulator import Caller, tone
from callcenter.cli.simulator.leg import Leg
from callcenter.cli.simulator.sounds import Sound
from tests.support.livekit_server import free_port

SECRET = "a secret of the gateway 0123456789abcdef"
PHONE_HZ = 600
HEADER = "X-Callcenter-Signature"


def signature(body: bytes, secret: str = SECRET, at: float | None = None) -> str:
    """What both sides put into the header."""
    stamp = f"{time.time() if at is None else at:.3f}"
    return f"t={stamp},v1={hmac.new(secret.encode(), stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


class GatewayCaller(Caller):
    """A caller who was given a room by the centre."""

    @classmethod
    async def enter(cls, room: dict[str, str], number: str, sound: Sound) -> Self:
        caller = cls(number, sound)
        await caller._connect(room["url"], room["token"])
        caller._ringing = True
        caller._see_whether_answered()
        await caller._open_mouth()
        return caller


class GatewayPhone(Leg):
    """A phone that was ordered, in the room of its order."""

    @classmethod
    async def enter(cls, room: dict[str, str]) -> Self:
        phone = cls(tone(PHONE_HZ))
        await phone._connect(room["url"], room["token"])
        return phone

    async def ring(self) -> None:
        await self._show_status("ringing")

    async def pick_up(self) -> None:
        await self._show_status("active")
        self._mouth.say(self.sound)
        await self._mouth.open(self.room.local_participant)


@dataclass
class TestGateway:
    """Takes orders on ``url``. ``takes``: the status of its answers, or None to let the centre wait."""

    __test__ = False
    port: int = field(default_factory=free_port)
    takes: int | None = 202
    orders: list[dict[str, Any]] = field(default_factory=list)
    forged: int = 0
    phones: dict[str, GatewayPhone] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._runner: web.AppRunner | None = None
        self._changed = asyncio.Condition()
        self._numbers = itertools.count(1)
        transport = httpx.ASGITransport(guarded(create_api()))
        self._desk = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/orders"

    async def open(self) -> None:
        app = web.Application()
        app.router.add_post("/orders", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def shut(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def close(self) -> None:
        for phone in self.phones.values():
            await phone.leave()
        await self.shut()
        await self._desk.aclose()

    async def ordered(self, action: str, timeout: float = 8) -> dict[str, Any]:
        """Until such an order has come; returns it."""

        def found() -> dict[str, Any] | None:
            return next((one for one in self.orders if one["action"] == action), None)

        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(lambda: found() is not None)
        return found() or {}

    async def phone(self) -> GatewayPhone:
        """The ordered phone, in its room."""
        order = await self.ordered("dial")
        if order["id"] not in self.phones:
            self.phones[order["id"]] = await GatewayPhone.enter(order["room"])
        return self.phones[order["id"]]

    async def report(self, state: str, **more: Any) -> httpx.Response:
        """News of the ordered phone."""
        order = await self.ordered("dial")
        return await self.send("events", {"id": f"n{next(self._numbers)}", "call": order["id"], "state": state, **more})

    async def send(self, where: str, what: dict[str, Any]) -> httpx.Response:
        body = json.dumps(what).encode()
        headers = {HEADER: signature(body), "Content-Type": "application/json"}
        return await self._desk.post(f"/api/telephony/{where}", content=body, headers=headers)

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        stamp, _, given = request.headers[HEADER].removeprefix("t=").partition(",v1=")
        wanted = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        if given != wanted or abs(time.time() - float(stamp)) > 300:
            self.forged += 1
            return web.Response(status=401)
        async with self._changed:
            self.orders.append(json.loads(body))
            self._changed.notify_all()
        while self.takes is None:
            await asyncio.Event().wait()
        return web.Response(status=self.takes)
