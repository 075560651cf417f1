"""Waiting for a condition that events may bring about."""

import asyncio
from collections.abc import Callable


class Changes:
    """``happened`` after each event; ``until`` looks at its condition then, and only then."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def happened(self) -> None:
        """Something may have changed: wake everybody who waits."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, condition: Callable[[], bool], timeout: float | None) -> None:
        """Until ``condition`` holds. Raises TimeoutError after ``timeout`` seconds; None waits without end."""
        async with asyncio.timeout(timeout):
            while not condition():
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.add(waiter)
                try:
                    await waiter
                finally:
                    self._waiters.discard(waiter)
