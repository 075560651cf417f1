"""Wake-ups inside one process: who waits for a topic is told that it changed, not what changed.

A listener that is slow finds all that happened meanwhile in one wake-up, so it can never be flooded and
never slows a publisher. Other processes are told by ``platform/pubsub/redis_bridge.py``, where there are any.
"""

import asyncio
import secrets
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager

BOARD = "board"
"""Somebody's status, or what they do, has changed."""
QUEUE = "queue"
"""The list of waiting callers has changed."""
CALLS = "calls"
"""Something happened to a call."""
EVERYTHING = "everything"
"""Told to ``everything()`` listeners alone: nobody knows what has changed."""


def agent_topic(agent_id: int) -> str:
    return f"agent:{agent_id}"


def account_topic(agent_id: int) -> str:
    """Perhaps they are no longer signed in, or what is open of theirs has lost its lease."""
    return f"account:{agent_id}"


class Subscription:
    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._woken = asyncio.Event()

    def wake(self, topic: str) -> None:
        self._topics.add(topic)
        self._woken.set()

    async def wait(self, timeout: float | None = None) -> set[str]:
        """The topics that changed since the last wait; empty after ``timeout`` seconds without any."""
        # Hundreds wait so, again and again: a timer that only wakes costs a third of one that cancels.
        timer = None if timeout is None else asyncio.get_running_loop().call_later(timeout, self._woken.set)
        try:
            await self._woken.wait()
        finally:
            if timer is not None:
                timer.cancel()
        return self.take()

    def take(self) -> set[str]:
        """The topics that changed since the last time, without waiting for any."""
        self._woken.clear()
        topics, self._topics = self._topics, set()
        return topics


class Hub:
    def __init__(self) -> None:
        self.origin = secrets.token_hex(8)
        """This process among all that share the database."""
        self.tell_others: Callable[[set[str]], None] | None = None
        """Hands on what was published here; must not wait."""
        self._listeners: dict[str, set[Subscription]] = defaultdict(set)
        self._hearing_all: list[Subscription] = []
        self._published: Counter[str] = Counter()
        self._woken_all = 0

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

    def everything(self) -> Subscription:
        """Told of every topic for as long as this hub lives: for what keeps a copy of the database up to date."""
        subscription = Subscription()
        self._hearing_all.append(subscription)
        return subscription

    def publish(self, *topics: str) -> None:
        """This was changed, here and now: after the commit."""
        self.wake(*topics)
        if self.tell_others is not None and topics:
            self.tell_others(set(topics))

    def wake(self, *topics: str) -> None:
        """This was changed somewhere."""
        self._published.update(topics)
        for topic in topics:
            for listener in (*self._hearing_all, *self._listeners.get(topic, ())):
                listener.wake(topic)

    def wake_all(self) -> None:
        """Anything may have changed: nobody knows what was missed."""
        self._woken_all += 1
        for listener in self._hearing_all:
            listener.wake(EVERYTHING)
        for topic in tuple(self._listeners):
            for listener in tuple(self._listeners[topic]):
                listener.wake(topic)

    def by_few(self, topic: str, at_once: int) -> Iterator[Sequence[Subscription]]:
        """Those who wait for this topic now, so many at a time."""
        listeners = tuple(self._listeners.get(topic, ()))
        return (listeners[start : start + at_once] for start in range(0, len(listeners), at_once))

    def listeners(self, topic: str) -> int:
        """How many wait for this topic."""
        return len(self._listeners.get(topic, ()))

    def published(self, topic: str) -> int:
        """How often this topic was published: unchanged means that nothing has happened."""
        return self._published[topic] + self._woken_all
