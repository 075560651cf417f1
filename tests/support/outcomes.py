"""Waiting for what services do on their own, after the act that a test has done."""

import asyncio
from collections.abc import Awaitable, Callable

from callcenter.core.domain.calls import CallState
from tests.builders import Centre


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Background work goes on by itself; give it its turns."""
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 (a database has no event to wait for)
            await asyncio.sleep(0.002)


async def state_becomes(centre: Centre, call_id: int, state: CallState) -> None:
    async def holds() -> bool:
        return (await centre.call(call_id)).state is state

    await until(holds)
