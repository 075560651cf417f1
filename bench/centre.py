"""The product as it is served, with agents at it: what the measures of events and calls act on."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import websockets

from callcenter.bootstrap import build
from callcenter.settings import Settings
from tests.builders import PASSWORD, add_agent
from tests.support.desk_app import DeskApp
from tests.support.livekit_server import LiveKitServer, free_port

SETTINGS = {"WRAP_UP_SECONDS": "0", "LOG_LEVEL": "warning"}
PATIENCE = 20.0


@dataclass
class Listener:
    """One agent's event socket. What comes is noted with the time it came."""

    name: str
    token: str
    heard: asyncio.Queue[tuple[float, dict[str, Any]]] = field(default_factory=asyncio.Queue)
    socket: Any = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def read(self) -> None:
        """Until the socket closes."""
        async for text in self.socket:
            message = json.loads(text)
            if message["type"] == "ping":
                await self.socket.send('{"type": "pong"}')
            self.heard.put_nowait((time.perf_counter(), message))

    async def when(self, kind: str, *, forever: bool = False, **facts: Any) -> tuple[float, dict[str, Any]]:
        """The next message of that type with these facts, and when it came. Raises TimeoutError unless ``forever``."""
        async with asyncio.timeout(None if forever else PATIENCE):
            while True:
                at, message = await self.heard.get()
                if message["type"] == kind and facts.items() <= message.items():
                    return at, message


@dataclass
class Centre:
    app: DeskApp
    http: httpx.AsyncClient
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @asynccontextmanager
    async def listening(self, count: int) -> AsyncIterator[list[Listener]]:
        """So many agents, signed in and Available, each with a socket. They sign out in the end."""
        async with AsyncExitStack() as stack:
            listeners = [await self._open(stack, f"agent{number}") for number in range(count)]
            tasks = [asyncio.create_task(one.read()) for one in listeners]
            try:
                yield listeners
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            for one in listeners:
                answer = await self.http.post("/api/logout", headers=one.headers)
                if answer.status_code != httpx.codes.CONFLICT:  # whoever still has a call stays
                    answer.raise_for_status()

    async def _open(self, stack: AsyncExitStack, name: str) -> Listener:
        form = {"username": name, "password": PASSWORD, "status": "Available"}
        answer = (await self.http.post("/api/login", data=form)).raise_for_status()
        listener = Listener(name, answer.json()["access_token"])
        address = f"ws://127.0.0.1:{self.app.port}/api/ws"
        listener.socket = await stack.enter_async_context(websockets.connect(address, proxy=None))
        await listener.socket.send(json.dumps({"type": "auth", "token": listener.token}))
        return listener

    def room_name(self) -> str:
        return f"call_bench_{next(self._numbers)}"


@asynccontextmanager
async def running(
    home: Path, agents: int, livekit: LiveKitServer | None = None, port: int = 0, settings: dict[str, str] | None = None
) -> AsyncIterator[Centre]:
    """The real server with so many accounts, and a real LiveKit on ports of its own unless one is given."""
    port = port or free_port()
    own = None if livekit else LiveKitServer.boot_for(port)
    app = DeskApp(livekit or cast(LiveKitServer, own), home, port, {**SETTINGS, **(settings or {})}, "bench.served:app")
    try:
        await asyncio.to_thread(app.run, "migrate")
        await _add_agents(app, agents)
        await asyncio.to_thread(app.start)
        async with httpx.AsyncClient(base_url=app.url, trust_env=False, timeout=PATIENCE) as http:
            yield Centre(app, http)
    finally:
        app.stop()
        if own:
            own.stop()


async def _add_agents(app: DeskApp, count: int) -> None:
    services = build(Settings(_env_file=None, debug=True, database_url=app.environment["DATABASE_URL"]))
    for number in range(count):
        await add_agent(services, f"agent{number}", available=False, connected=False)
    await services.stop()
