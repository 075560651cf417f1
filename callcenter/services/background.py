"""A task of a service, from its start to its end."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any

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
        if self._task is None:
            self._task = asyncio.create_task(self._work(), name=self._name)
            self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Returns when it has ended."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._task
            self._task = None

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Nobody awaits it, so a failure would go unseen."""
        if not task.cancelled() and task.exception() is not None:
            logger.error("%s has failed and will not go on", self._name, exc_info=task.exception())
