"""Wake-ups inside one process: who waits for a topic is told that it changed, not what changed.

A listener that is slow finds all that happened meanwhile in one wake-up, so it can never be flooded and
never slows a publisher.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

BOARD = "board"
CALLS = "calls"


def agent_topic(agent_id: int) -> str:
    return f"agent:{agent_id}"


class Subscription:
    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._woken = asyncio.Event()

    def wake(self, topic: str) -> None:
        self._topics.add(topic)
        self._woken.set()

    async def wait(self, timeout: float | None = None) -> set[str]:
        """The topics that changed since the last wait; empty after ``timeout`` seconds without any."""
        try:
            async with asyncio.timeout(timeout):
                await self._woken.wait()
        except TimeoutError:
            return set()
        self._woken.clear()
        topics, self._topics = self._topics, set()
        return topics


class Hub:
    def __init__(self) -> None:
        self._listeners: dict[str, set[Subscription]] = defaultdict(set)
        self._published: Counter[str] = Counter()

    @asynccontextmanager
    async def subscribe(self, *topics: str) -> AsyncIterator[Subscription]:
        """Listens for as long as the block runs. Read the present state *after* subscribing."""
        subscription = Subscription()
        for topic in topics:
            self._listeners[topic].add(subscription)
        try:
            yield subscription
        finally:
            for topic in topics:
                self._listeners[topic].discard(subscription)
                if not self._listeners[topic]:
                    del self._listeners[topic]

    def publish(self, *topics: str) -> None:
        self._published.update(topics)
        for topic in topics:
            for listener in tuple(self._listeners.get(topic, ())):
                listener.wake(topic)

    def published(self, topic: str) -> int:
        """How often this topic was published: unchanged means that nothing has happened."""
        return self._published[topic]
