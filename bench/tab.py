"""One tab without a browser: what the built page says to Reflex' socket, and no more."""

import asyncio
import json
import os
import re
import struct
import uuid
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
READY = re.compile(rb'"ready_rx_state_":true')
ROSTER = re.compile(rb'"loaded_rx_state_":true')
TEXT, CLOSE, PING = 1, 8, 9


@dataclass(frozen=True)
class Page:
    """One tab: whose (a desk session cookie), and which page."""

    cookie: str
    path: str = "/"


class Tab(asyncio.Protocol):
    """One page's socket, with as little work for each message as can be."""

    def __init__(self, page: Page, number: int, host: str, seen: Callable[[int, bytes], None]) -> None:
        self._page = page
        self._number = number
        self._host = host
        self._seen = seen
        self._buffer = b""
        self._upgraded = False
        self._token = str(uuid.uuid4())
        self._missing = {READY, ROSTER} if page.path.startswith("/team") else {READY}
        """What it has not been sent yet of its first view. Only with READY its connection is on record."""
        self.shown: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = False
        self.received = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        key = b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET /_event/?token={self._token}&EIO=4&transport=websocket HTTP/1.1\r\n"
            f"Host: {self._host}\r\nOrigin: http://{self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: {_reflex_version()}\r\n"
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/9\r\n"
            "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n"
            f"Cookie: callcenter_session={self._page.cookie}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._upgraded:
            head, separator, rest = self._buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                return self._fail(f"no WebSocket: {head[:200]!r}")
            self._upgraded, self._buffer = True, rest
        while (message := self._message()) is not None:
            self._take(*message)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        self._fail("closed by the server")

    def emit(self, event: str, payload: dict[str, Any]) -> None:
        """What a click sends, such as ``emit(f"{DESK}.go", {"presence": "available", "reason": ""})``."""
        where = {"pathname": self._page.path.partition("?")[0], "asPath": self._page.path}
        told = {"name": event, "payload": payload, "router_data": where}
        self._send(f"42/_event,{json.dumps(['event', told])}")

    def leave(self) -> None:
        if not self.closed:
            self._send("41/_event,")
            self._transport.close()

    def _message(self) -> tuple[int, bytes] | None:
        """The next frame, if all of it is there. The server's frames are neither masked nor split."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1] & 127, 2
        if length == 126:
            if len(buffer) < 4:
                return None
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        elif length == 127:
            if len(buffer) < 10:
                return None
            length, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + length:
            return None
        self._buffer = buffer[start + length :]
        return buffer[0] & 15, buffer[start : start + length]

    def _take(self, kind: int, message: bytes) -> None:
        if kind == PING:
            self._frame(10, message)
        elif kind == CLOSE:
            self._transport.close()
        elif message == b"2":
            self._send("3")
        elif message[:1] == b"0":
            self._send(f"40/_event,{json.dumps(self._boot())}")
        else:
            self.received += 1
            self._seen(self._number, message)
            if not self.shown.done():
                self._missing = {one for one in self._missing if not one.search(message)}
                if not self._missing:
                    self.shown.set_result(None)

    def _boot(self) -> dict[str, Any]:
        where = {"pathname": self._page.path.partition("?")[0], "asPath": self._page.path}
        schema, hashes = _built_page()
        event = {
            "name": "reflex___state____state.hydrate_and_load",
            "payload": {"hashes": hashes},
            "router_data": where,
        }
        return {"event": event, "state_schema": schema}

    def _send(self, text: str) -> None:
        self._frame(TEXT, text.encode())

    def _frame(self, kind: int, payload: bytes) -> None:
        """Masked with zeros: the rule is kept and nothing has to be computed."""
        size = len(payload)
        short = (
            bytes([0x80 | kind, 0x80 | size]) if size < 126 else bytes([0x80 | kind, 0xFE]) + struct.pack(">H", size)
        )
        self._transport.write(short + bytes(4) + payload)

    def _fail(self, why: str) -> None:
        if not self.shown.done():
            self.shown.set_exception(RuntimeError(f"tab {self._number}: {why}"))


@cache
def _built_page() -> tuple[str, list[str]]:
    """The schema and the hashes that the built page sends."""
    text = (ROOT / ".web" / "utils" / "context.jsx").read_text()
    schema = re.search(r'stateSchema = "(\w+)"', text)
    hashes = re.search(r"initialStateHashes = (\[.*?\])", text)
    if schema is None or hashes is None:
        raise RuntimeError("The page is not built: run `make export` first.")
    return schema[1], json.loads(hashes[1])


@cache
def _reflex_version() -> str:
    return version("reflex")
