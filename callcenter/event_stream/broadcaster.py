"""Tells programs that listen of what concerns everybody, at most so often: the more they are, the seldomer.

What concerns one agent (a call that rings) goes to that agent at once, by their own topic. Hundreds who hear of a
status are told a few at a time, with as long a pause after each few, and none while something is being written down,
so that such a call gets in between.
"""

import asyncio
import logging
from contextlib import suppress

from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.event_stream.feed import Feed
from callcenter.platform.jobs.background_task import Background
from callcenter.platform.pubsub.change_bus import BOARD, CALLS

NEWS = "news"
"""A status has changed; the feed has read it."""
CALL_NEWS = "call_news"
"""Something happened to a call; the feed has read it."""
AT_ONCE = 10
LEAD_SECONDS = 0.005
"""Those with a topic of their own go first."""
WAY_SECONDS = 0.03
"""The longest that each few are kept waiting for what is being written."""
PAUSE_SECONDS = 0.02
PAUSE_A_LISTENER_SECONDS = 0.001
LONGEST_PAUSE_SECONDS = 1.0

logger = logging.getLogger(__name__)


class News:
    """Gathers for as long as the process lives."""

    def __init__(self, units: UnitOfWorkFactory, feed: Feed) -> None:
        self._units = units
        self._hub = units.hub
        self._feed = feed
        self._told = 0
        self._task = Background("news", self._run)

    def start(self) -> None:
        self._task.start()

    async def stop(self) -> None:
        await self._task.stop()

    async def _run(self) -> None:
        async with self._hub.subscribe(BOARD, CALLS) as changes:
            while True:
                topics = await changes.wait()
                await asyncio.sleep(LEAD_SECONDS)
                told = [NEWS] if await self._statuses_changed() else []
                if CALLS in topics:
                    told.append(CALL_NEWS)
                for topic in told:
                    await self._tell(topic)
                pause = PAUSE_SECONDS + PAUSE_A_LISTENER_SECONDS * sum(map(self._hub.listeners, told))
                await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, pause))

    async def _statuses_changed(self) -> bool:
        """Read what is new, for all who are told."""
        before = self._told
        while True:
            try:
                await self._feed.position()
            except Exception:
                logger.warning("what is new could not be read", exc_info=True)
                await asyncio.sleep(LONGEST_PAUSE_SECONDS)
            else:
                self._told = self._feed.statuses_told
                return self._told != before

    async def _tell(self, topic: str) -> None:
        clock = asyncio.get_running_loop().time
        for few in self._hub.by_few(topic, AT_ONCE):
            await self._give_way()
            began = clock()
            for listener in few:
                listener.wake(topic)
            await asyncio.sleep(0)  # they run
            await asyncio.sleep(clock() - began)

    async def _give_way(self) -> None:
        if not self._units.idle.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(WAY_SECONDS):
                    await self._units.idle.wait()
