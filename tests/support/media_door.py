"""A proxy in front of livekit-server that asks the desk about every connection, as deploy/Caddyfile has it done."""

import asyncio

import httpx
from aiohttp import ClientSession, WSMsgType, web

from callcenter.api_app import create_api
from callcenter.call_control.media_admission_api import ADMISSION


class MediaDoor:
    """Listens on ``port``; lets through to ``upstream`` (ws://…) whom the API of this process admits."""

    def __init__(self, port: int, upstream: str) -> None:
        self.url = f"ws://127.0.0.1:{port}"
        self.admitted = self.refused = 0
        self._port = port
        self._upstream = upstream
        self._api = httpx.AsyncClient(transport=httpx.ASGITransport(create_api()), base_url="http://localhost")

    async def open(self) -> None:
        application = web.Application()
        application.router.add_get("/rtc{rest:.*}", self._pass_on)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        self._client = ClientSession()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def close(self) -> None:
        await self._runner.cleanup()
        await self._client.close()
        await self._api.aclose()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        asked = {"X-Forwarded-Uri": request.raw_path}
        if "Authorization" in request.headers:
            asked["Authorization"] = request.headers["Authorization"]
        answer = await self._api.get(ADMISSION, headers=asked)
        if not answer.is_success:
            self.refused += 1
            return web.Response(status=answer.status_code, body=answer.content)
        self.admitted += 1
        address = f"{self._upstream}{request.raw_path}"
        passed = {name: request.headers[name] for name in ("Authorization",) if name in request.headers}
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(request, address, passed)
        async with self._client.get(address.replace("ws", "http", 1), headers=passed) as found:
            return web.Response(status=found.status, body=await found.read())

    async def _socket(self, request: web.Request, address: str, headers: dict[str, str]) -> web.StreamResponse:
        async with self._client.ws_connect(address, headers=headers, max_msg_size=0) as server:
            client = web.WebSocketResponse(max_msg_size=0)
            await client.prepare(request)
            ways = [asyncio.create_task(_copy(client, server)), asyncio.create_task(_copy(server, client))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
                await client.close()
        return client


async def _copy(source: object, target: object) -> None:
    """Until either end closes."""
    async for message in source:  # type: ignore[attr-defined]
        if message.type is WSMsgType.BINARY:
            await target.send_bytes(message.data)  # type: ignore[attr-defined]
        elif message.type is WSMsgType.TEXT:
            await target.send_str(message.data)  # type: ignore[attr-defined]
