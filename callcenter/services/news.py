"""Tells programs that listen of what concerns everybody, at most so often: the more they are, the seldomer.

What concerns one agent (a call that rings) goes to that agent at once, by their own topic.
"""

import asyncio
import contextlib

from callcenter.services.hub import BOARD, CALLS, Hub

NEWS = "news"
"""A status has changed."""
CALL_NEWS = "call_news"
"""Something happened to a call."""
PAUSE_SECONDS = 0.02
PAUSE_A_LISTENER_SECONDS = 0.001
LONGEST_PAUSE_SECONDS = 1.0


class News:
    """Gathers for as long as the process lives."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="news")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        async with self._hub.subscribe(BOARD, CALLS) as changes:
            while True:
                topics = await changes.wait()
                await asyncio.sleep(0)  # those with a topic of their own go first
                told = [news for topic, news in ((BOARD, NEWS), (CALLS, CALL_NEWS)) if topic in topics]
                self._hub.wake(*told)
                pause = PAUSE_SECONDS + PAUSE_A_LISTENER_SECONDS * sum(map(self._hub.listeners, told))
                await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, pause))
