"""Runs the sweeper and the reconciler for as long as the process lives."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from callcenter.platform.errors import DatabaseUnavailable, MediaError
from callcenter.platform.jobs.background_task import Background
from callcenter.platform.observability import logging as observability_logging
from callcenter.platform.observability import metrics

logger = logging.getLogger(__name__)


class Loop:
    """Calls ``step`` every ``seconds``; a failing step is logged and tried again.

    Before each it waits for ``turn``: for as long as another process does it.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[Any]],
        seconds: float,
        turn: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._name = name
        self._step = step
        self._seconds = seconds
        self._turn = turn
        self._task = Background(name, self._run)
        self._down = False

    def start(self) -> None:
        self._task.start()

    async def stop(self) -> None:
        await self._task.stop()

    async def _run(self) -> None:
        observability_logging.bind(loop=self._name)
        if self._turn is not None:
            await self._turn()
        # One that never comes to an end of its first round is late as well.
        metrics.ROUND_SUCCESS.labels(self._name).set_to_current_time()
        for reason in ("media", "database", "error"):
            metrics.ROUND_FAILURES.labels(self._name, reason)
        while True:
            try:
                with metrics.timed(metrics.ROUND_SECONDS.labels(self._name)):
                    await self._step()
                metrics.ROUND_SUCCESS.labels(self._name).set_to_current_time()
                if self._down:
                    logger.info("media server answers again")
                self._down = False
            except MediaError:
                metrics.ROUND_FAILURES.labels(self._name, "media").inc()
                if not self._down:
                    logger.warning("media server does not answer; calls are kept as they are")
                self._down = True
            except DatabaseUnavailable:
                metrics.ROUND_FAILURES.labels(self._name, "database").inc()
                logger.warning("%s waits: the database does not answer", self._name)
            except Exception:
                metrics.ROUND_FAILURES.labels(self._name, "error").inc()
                logger.exception("%s failed", self._name)
            await asyncio.sleep(self._seconds)
            if self._turn is not None:
                await self._turn()
