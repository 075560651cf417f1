"""Waiting for a condition that has no event of its own, such as what another program writes to a file."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
LOOK_SECONDS = 0.02


async def until(look: Callable[[], T | None], timeout: float, missing: Callable[[], str]) -> T:
    """The first true answer. Raises TimeoutError with what ``missing`` says."""
    deadline = asyncio.get_running_loop().time() + timeout
    while not (found := look()):
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"after {timeout:.0f} s: {missing()}")
        await asyncio.sleep(LOOK_SECONDS)
    return found


async def until_async(look: Callable[[], Awaitable[T | None]], timeout: float, missing: Callable[[], str]) -> T:
    """Like until(), for a look that takes time itself."""
    deadline = asyncio.get_running_loop().time() + timeout
    while not (found := await look()):
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"after {timeout:.0f} s: {missing()}")
        await asyncio.sleep(LOOK_SECONDS)
    return found
