"""One address for all hosts, as a load balancer gives them: each connection goes to the next host that takes it.

It looks at nothing: neither which host a browser was at before, nor whether a host that takes a connection answers.
Where pages have come to is written down for whoever asks.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CONNECT_SECONDS = 2.0
CHUNK = 64 * 1024
PAGE_SOCKET = re.compile(rb"GET /_event/\?\S*token=([\w-]+)")


@dataclass(frozen=True)
class PageSocket:
    """The socket of an open page, as the host sees it."""

    token: str
    """What the browser calls the page."""
    host_port: int
    client_port: int


class FrontDoor:
    def __init__(self, port: int, ports: Callable[[], Sequence[int]]) -> None:
        self.port = port
        self.pages: set[PageSocket] = set()
        """Those that are open now."""
        self._ports = ports
        self._turn = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._enter, "127.0.0.1", self.port)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """Every connection that is open breaks."""
        for task in tuple(self._open):
            task.cancel()

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._pass_on(reader, writer)
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await self._connect()
        if there is None:
            return
        inner_reader, inner_writer = there
        try:
            both = [
                asyncio.ensure_future(self._let_in(reader, inner_writer)),
                asyncio.ensure_future(_copy(inner_reader, writer)),
            ]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in both:
                    one.cancel()
                await asyncio.gather(*both, return_exceptions=True)
        finally:
            inner_writer.transport.abort()

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """To the host; a page is noted for as long as that goes on."""
        first = await reader.read(CHUNK)
        found = PAGE_SOCKET.match(first)
        writer.write(first)
        if not found:
            return await _copy(reader, writer)
        host, client = (writer.get_extra_info(end)[1] for end in ("peername", "sockname"))
        page = PageSocket(found[1].decode(), host, client)
        self.pages.add(page)
        try:
            await _copy(reader, writer)
        finally:
            self.pages.discard(page)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        ports = self._ports()
        self._turn += 1
        for offset in range(len(ports)):
            port = ports[(self._turn + offset) % len(ports)]
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection("127.0.0.1", port)
        return None


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
