"""Bounded work: so many at once, so many who wait, and none of them for long."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from callcenter.platform.errors import Overloaded
from callcenter.platform.observability import metrics


class Gate:
    """Before work that is dear and can wait, so that it never takes the machine or the database from calls.

    Who finds too long a queue, or has stood in it for too long, is told to come back: better a refusal at once than
    an answer that nobody waits for any more.
    """

    def __init__(
        self, name: str, at_once: int, waiting: int, seconds: float, late: Callable[[], bool] = lambda: False
    ) -> None:
        """``late`` says that the whole process has too much to do, and this can wait."""
        self._name = name
        metrics.begin_refusals(name)
        self._late = late
        self._waiting = 0
        self._most_waiting = waiting
        self._seconds = seconds
        self._free = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def entered(self, seconds: float | None = None) -> AsyncIterator[None]:
        """Raises Overloaded, at the latest after ``seconds`` instead of the usual."""
        if self._late():
            raise self._refused("overload")
        if self._waiting >= self._most_waiting:
            raise self._refused("full")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds if seconds is None else seconds):
                await self._free.acquire()
        except TimeoutError:
            raise self._refused("full") from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()

    def _refused(self, reason: str) -> Overloaded:
        metrics.REFUSED.labels(self._name, reason).inc()
        return Overloaded()
