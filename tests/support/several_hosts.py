"""Clients of a centre with several hosts: programs that go from one to another."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import websockets
from websockets.asyncio.client import ClientConnection

from tests.support.hosts import Host

SOON = 60.0
"""Seconds in which anything that happens at all has happened, on a busy machine too."""

Event = dict[str, Any]


class Program:
    """Anna or Ben without a browser: requests to any host, and a socket on one."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http = http
        self._token = token

    async def ask(self, host: Host, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = await self._http.request(method, host.url + path, headers=headers, **options)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def listen(self, host: Host) -> "Listening":
        socket = await websockets.connect(f"ws://127.0.0.1:{host.port}/api/ws", proxy=None)
        await socket.send(json.dumps({"type": "auth", "token": self._token}))
        listening = Listening(socket, host.worker_of(socket.local_address[1]))
        listening.snapshot = await listening.hears(lambda event: event["type"] == "snapshot")
        return listening


class Listening:
    """Answers pings, so that it is not taken for dead while a test is busy elsewhere."""

    def __init__(self, socket: ClientConnection, worker: int) -> None:
        self.worker = worker
        self.snapshot: Event = {}
        self._socket = socket
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for text in self._socket:
                event: Event = json.loads(text)
                if event["type"] == "ping":
                    await self._socket.send('{"type": "pong"}')
                self._events.put_nowait(event)
        except websockets.ConnectionClosed:
            pass
        finally:
            self._events.put_nowait(None)

    async def hears(self, what: Callable[[Event], bool], seconds: float = SOON) -> Event:
        """Until it is told so. Raises TimeoutError, or EOFError when the other end has died."""
        async with asyncio.timeout(seconds):
            while (event := await self._events.get()) is not None:
                if what(event):
                    return event
        raise EOFError

    async def close(self) -> None:
        await self._socket.close()
        await self._reading
