"""Connections for the load clients, with as little work for a message as can be: the server is what is measured."""

import asyncio
import base64
import json
import os
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Any, cast

HEAD_END = b"\r\n\r\n"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
ATTEMPTS = 3
NO_MASK = bytes(4)
"""A mask of zeros leaves what it masks as it is; clients have to send one."""
PONG_TEXT = b'{"type": "pong"}'


class HttpConnection(asyncio.Protocol):
    """One request after another over one connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[float, int]] | None = None
        self._head = b""
        self._body_left = 0
        self._status = 0
        self.closed = False
        self.body = b""
        """Of the last answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, request: bytes) -> "asyncio.Future[tuple[float, int]]":
        """When it was answered (``time.perf_counter``), and the status; 0 when the connection broke."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        if self._body_left:
            self._body_left -= len(data)
            self.body += data
        else:
            self._head += data
            end = self._head.find(HEAD_END)
            if end < 0:
                return
            head, body = self._head[:end].lower(), len(self._head) - end - len(HEAD_END)
            self.body = self._head[end + len(HEAD_END) :]
            self._status, self._head = int(head[9:12]), b""
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r", 1)[0]) if at >= 0 else 0
            self._body_left = length - body
        if self._body_left <= 0:
            self._settle(self._status)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._settle(0)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _settle(self, status: int) -> None:
        self._body_left = 0
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((perf_counter(), status))


class Pool:
    """So many connections; who finds none free waits for the next."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._all: list[HttpConnection] = []
        self._free: deque[HttpConnection] = deque()
        self._freed = asyncio.Condition()

    async def grow(self, count: int) -> None:
        """At least so many."""
        while len(self._all) < count:
            made = await self._connected()
            self._all.append(made)
            self._free.append(made)

    async def ask(self, request: bytes) -> tuple[float, float, int]:
        """When it was sent and when answered (``time.perf_counter``), and the status; 0 when nobody answers."""
        sent, answered, status, _ = await self._exchange(request)
        return sent, answered, status

    async def read(self, request: bytes) -> tuple[int, bytes]:
        """The status, 0 when nobody answers, and the body."""
        _, _, status, body = await self._exchange(request)
        return status, body

    async def _exchange(self, request: bytes) -> tuple[float, float, int, bytes]:
        async with self._freed:
            await self._freed.wait_for(lambda: bool(self._free))
            connection = self._free.popleft()
        sent, answered, status = perf_counter(), 0.0, 0
        for _ in range(ATTEMPTS):
            if connection.closed:  # by the server: it had nothing to do for a while
                connection = await self._connected()
                self._all.append(connection)
            answered, status = await connection.ask(request)
            if status:
                break
        body = connection.body
        async with self._freed:
            self._free.append(connection)
            self._freed.notify()
        return sent, answered, status, body

    async def _connected(self) -> HttpConnection:
        _, made = await asyncio.get_running_loop().create_connection(HttpConnection, "127.0.0.1", self._port)
        return made

    def close(self) -> None:
        for connection in self._all:
            connection.close()


class Socket(asyncio.Protocol):
    """A WebSocket whose messages are handed on as bytes. Answers both kinds of pings by itself."""

    def __init__(self, request: bytes, first: bytes, heard: Callable[[bytes], None]) -> None:
        self._request, self._first, self._heard = request, first, heard
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._open = False
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.reason = ""
        """Why the server closed it."""

    @classmethod
    async def open(cls, port: int, path: str, first: str, heard: Callable[[bytes], None]) -> "Socket":
        """``first``: what is sent as soon as it is open; ``heard`` is called with each message."""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        request = ("\r\n".join(lines) + "\r\n\r\n").encode()
        loop = asyncio.get_running_loop()
        _, made = await loop.create_connection(lambda: cls(request, first.encode(), heard), "127.0.0.1", port)
        return made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.gone.done():
            self.gone.set_result(None)

    def send(self, payload: bytes, kind: int = TEXT) -> None:
        """One short or long message."""
        if self._transport is None:
            return
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        self._transport.write(bytes([0x80 | kind]) + length + NO_MASK + payload)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            end = self._buffer.find(HEAD_END)
            if end < 0:
                return
            self._open = b" 101 " in self._buffer[:20]
            if not self._open:
                self.reason = bytes(self._buffer[:40]).split(b"\r")[0].decode(errors="replace")
                self.close()
                return
            del self._buffer[: end + len(HEAD_END)]
            if self._first:
                self.send(self._first)
        while (frame := self._next()) is not None:
            self._take(*frame)

    def _next(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1] & 127, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(buffer) < start:
                return None
            size = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + size:
            return None
        frame = buffer[0] & 15, bytes(buffer[start : start + size])
        del buffer[: start + size]
        return frame

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == PING:
            self.send(payload, PONG)
        elif kind == CLOSE:
            self.reason = f"{int.from_bytes(payload[:2], 'big')} {payload[2:].decode(errors='replace')}"
            self.close()
        elif b'"ping"' in payload[:40]:
            self.send(PONG_TEXT)
        else:
            self._heard(payload)


Command = Callable[..., Any]


async def obey(commands: dict[str, Command]) -> None:
    """A helper's main loop: each line of standard input is a command, its result one line of JSON."""
    reader = asyncio.StreamReader(limit=2**28)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(0, "rb"))
    while line := await reader.readline():
        asked = json.loads(line)
        result = await commands[asked.pop("do")](**asked)
        print(json.dumps(result), flush=True)
