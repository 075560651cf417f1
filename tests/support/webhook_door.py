"""Between livekit-server and the desk: notifications pass here, and may be lost, late, doubled or out of turn."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine, Sequence
from enum import StrEnum
from typing import Any

import aiohttp
from aiohttp import web

PATIENCE_SECONDS = 15.0
SHUFFLED_WITHIN_SECONDS = 2.0
DELAYED_UP_TO_SECONDS = 8.0


class Manner(StrEnum):
    PASSED = "passed"
    DROPPED = "dropped"
    DELAYED = "delayed"
    DOUBLED = "doubled"
    SHUFFLED = "shuffled"
    REFUSED = "refused"


class WebhookDoor:
    """Takes notifications on ``port`` and hands them to one of the hosts, the next one when that does not answer."""

    def __init__(self, port: int, hosts: Callable[[], Sequence[str]]) -> None:
        self.port = port
        self.manner = Manner.PASSED
        self.rng = random.Random(0)
        self.errors: list[str] = []
        self._hosts = hosts
        self._turn = 0
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None
        self._late: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/calls/inbound"

    async def open(self) -> None:
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE_SECONDS))
        application = web.Application()
        application.router.add_post("/api/calls/inbound", self._take)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, shutdown_timeout=0.1).start()

    async def close(self) -> None:
        for task in tuple(self._late):
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._client is not None:
            await self._client.close()

    async def _take(self, request: web.Request) -> web.Response:
        body, manner = await request.read(), self.manner
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        spoilt = manner is not Manner.PASSED and self.rng.random() < 0.7
        if not spoilt:
            return web.Response(status=await self._deliver(body, headers))
        if manner is Manner.DROPPED:
            return web.Response()
        if manner is Manner.REFUSED:
            return web.Response(status=503)
        if manner is Manner.DOUBLED:
            first, _ = await asyncio.gather(self._deliver(body, headers), self._deliver(body, headers))
            return web.Response(status=first)
        if manner is Manner.DELAYED:
            await asyncio.sleep(self.rng.uniform(0, DELAYED_UP_TO_SECONDS))
            return web.Response(status=await self._deliver(body, headers))
        self._later(self._deliver_late(body, headers, self.rng.uniform(0, SHUFFLED_WITHIN_SECONDS)))
        return web.Response()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _deliver_late(self, body: bytes, headers: dict[str, str], seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._deliver(body, headers)

    async def _deliver(self, body: bytes, headers: dict[str, str]) -> int:
        """As a load balancer would: by turns, and to the next one when the first is not there."""
        assert self._client is not None
        hosts = self._hosts()
        self._turn += 1
        for offset in range(len(hosts)):
            host = hosts[(self._turn + offset) % len(hosts)]
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with self._client.post(f"{host}/api/calls/inbound", data=body, headers=headers) as answer:
                    if not answer.ok and answer.status != 503:
                        self.errors.append(f"a notification was answered with {answer.status}")
                    return answer.status
        return 503
