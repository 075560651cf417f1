"""Tasks that run beside whoever started them: one from its start to its end, or many that are held until they end."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


class Background:
    """Runs ``work`` once between start() and stop(), however often either is called."""

    def __init__(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._name = name
        self._work = work
        self._task: asyncio.Task[None] | None = None

    @property
    def runs(self) -> bool:
        return self._task is not None

    def start(self) -> None:
        """Start the work unless it runs; work that has ended by itself is started again."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name=self._name)
            self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Cancel the work and return when it has ended. It may be started again meanwhile."""
        task = self.cancel()
        if task is not None:
            await asyncio.wait([task])

    def cancel(self) -> "asyncio.Task[None] | None":
        """Cancel the work without waiting for its end; return what still runs."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Nobody awaits it, so a failure would go unseen."""
        if not task.cancelled() and task.exception() is not None:
            logger.error("%s has failed and will not go on", self._name, exc_info=task.exception())


class HeldTasks:
    """Holds tasks until they end: asyncio itself refers to them weakly, and may lose one in the middle of its work."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, Result], *, awaited: bool = False) -> "asyncio.Task[Result]":
        """Run ``work`` to its end. A failure is logged, unless the task is ``awaited`` by whoever started it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_seen if awaited else _logged)
        return task

    async def stop(self) -> None:
        """Cancel all tasks and return when they have ended."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _logged(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.error("background work failed", exc_info=task.exception())


def _seen(task: "asyncio.Task[Any]") -> None:
    """Marks a failure as seen, also for when its awaiter was cancelled or has given up."""
    if not task.cancelled():
        task.exception()
