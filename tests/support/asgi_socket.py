"""A WebSocket client that talks to an application in this process."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Message

PATIENCE = 5.0


class Closed(Exception):
    """The server closed the socket."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Socket:
    """``room`` is how many messages fit in before the server has to wait: the reader is as slow as the test."""

    def __init__(self, app: ASGIApp, path: str, headers: Mapping[str, str], room: int = 1000) -> None:
        self._app = app
        self._to_server: asyncio.Queue[Message] = asyncio.Queue()
        self._from_server: asyncio.Queue[Message] = asyncio.Queue(room)
        self._scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "scheme": "ws",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("198.51.100.7", 50001),
            "server": ("localhost", 3000),
            "subprotocols": [],
        }
        self._task: asyncio.Task[None] | None = None
        self.token = ""
        self.snapshot: dict[str, Any] = {}

    async def connect(self) -> None:
        """Raises Closed when the server refuses."""
        self._task = asyncio.create_task(self._run())
        self._to_server.put_nowait({"type": "websocket.connect"})
        message = await self._next()
        assert message["type"] == "websocket.accept"

    def send(self, message: Any) -> None:
        """A text as it is, anything else as JSON."""
        text = message if isinstance(message, str) else json.dumps(message)
        self._to_server.put_nowait({"type": "websocket.receive", "text": text})

    def send_bytes(self, data: bytes) -> None:
        self._to_server.put_nowait({"type": "websocket.receive", "bytes": data})

    async def receive(self) -> dict[str, Any]:
        """The next message. Raises Closed."""
        parsed: dict[str, Any] = await self.receive_any()
        return parsed

    async def receive_any(self) -> Any:
        """The next message, which may be a list of several. Raises Closed."""
        return json.loads((await self._next())["text"])

    async def until(self, kind: str, **facts: Any) -> dict[str, Any]:
        """The next message of that type with these facts in it; others are passed over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.receive()
                if message["type"] == kind and facts.items() <= message.items():
                    return message

    async def closed(self) -> int:
        """The code with which the server closes, whatever it says before."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await self.receive()
                except Closed as closed:
                    return closed.code

    async def sign_in(self, token: str) -> dict[str, Any]:
        """Send the token; returns the first answer."""
        self.send({"type": "auth", "token": token})
        return await self.receive()

    async def leave(self) -> None:
        """Disconnect and wait until the server has finished with it."""
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": 1001})
        if self._task is not None:
            while not self._task.done():
                await asyncio.wait([self._task], timeout=0.01)
                while not self._from_server.empty():
                    self._from_server.get_nowait()
            self._task.result()

    async def _run(self) -> None:
        await self._app(self._scope, self._to_server.get, self._from_server.put)

    async def _next(self) -> Message:
        async with asyncio.timeout(PATIENCE):
            message = await self._from_server.get()
        if message["type"] == "websocket.close":
            raise Closed(message.get("code", 1000))
        return message
