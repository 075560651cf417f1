"""What a page says to the server over its socket, without a page: also what no page would say."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import websockets
from websockets.typing import Origin

PATIENCE = 60.0
STATE = "reflex___state____state."
SESSION = STATE + "callcenter___entry___page_session____session."
TEAM = SESSION + "callcenter___team___ui___state____team_board."


class PageSocket:
    """``heard`` is everything that came; pings are answered as they come."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self._connection = connection
        self._news = asyncio.Condition()
        self.heard: list[str] = []
        self._reading = asyncio.create_task(self._read())

    async def frame(self, frame: str | bytes) -> None:
        await self._connection.send(frame)

    async def event(self, name: str, payload: Any, **more: Any) -> None:
        """As a click sends it."""
        where = {"pathname": "/team", "asPath": "/team"}
        told = {"name": name, "payload": payload, "router_data": where, **more}
        await self.frame("42/_event," + json.dumps(["event", told]))

    async def until(self, text: str) -> None:
        """Until that has come, now or before. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: any(text in one for one in self.heard))

    async def works(self) -> None:
        """Everything sent before has been dealt with, and the next click has its effect."""
        word = secrets.token_hex(8)
        await self.event(TEAM + "look_for", {"text": word})
        await self.until(f'"{word}"')

    async def closed(self) -> int:
        """The code with which the server closes."""
        async with asyncio.timeout(PATIENCE):
            await self._reading
        return self._connection.close_code or 0

    async def _read(self) -> None:
        try:
            async for message in self._connection:
                if message == "2":
                    await self._connection.send("3")
                async with self._news:
                    self.heard.append(str(message))
                    self._news.notify_all()
        except websockets.ConnectionClosed:
            pass

    async def leave(self) -> None:
        await self._connection.close()
        await self._reading


@asynccontextmanager
async def page_socket(port: int, cookie: str = "", token: str = "") -> AsyncIterator[PageSocket]:
    """A socket as a page opens it; ``token`` names the tab."""
    address = f"ws://127.0.0.1:{port}/_event/?EIO=4&transport=websocket&token={token or secrets.token_hex(16)}"
    headers = {"Cookie": f"callcenter_session={cookie}"} if cookie else {}
    connection = await websockets.connect(
        address,
        origin=Origin(f"http://localhost:{port}"),
        proxy=None,
        additional_headers=headers,
        max_size=None,
        open_timeout=PATIENCE,
    )
    page = PageSocket(connection)
    try:
        await page.until('0{"sid"')
        await page.frame("40/_event,")
        await page.until('40/_event,{"sid"')
        yield page
    finally:
        await page.leave()
