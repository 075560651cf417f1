"""Wake-ups between processes, by way of Redis: what one has committed is told to all.

Messages carry topics only, and are never replayed. So after a connection was lost everybody is woken once, and while
there is none everybody is woken every few seconds: whatever Redis does, nobody misses a change for good.

Each process says something every second and hears itself: so one that does not is cut off, also when the server stands
still without closing its connections, or when it hears the others alone. Then it begins anew from nothing.
"""

import asyncio
import contextlib
import logging
from time import monotonic

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from callcenter.platform.jobs.background_task import Background
from callcenter.platform.observability import logging as observability_logging
from callcenter.platform.observability import metrics
from callcenter.platform.pubsub.change_bus import Hub

CHANNEL = "callcenter.changes"
ALL = "*"
"""In place of topics: too many have changed to name them."""
MOST_TOPICS = 1000
HEARTBEAT_SECONDS = 1.0
SILENT_SECONDS = 4.0
"""Longer than this without an answer, or without hearing itself, and the connection counts as broken."""
POLL_SECONDS = 3.0
"""How often everybody is woken while this process is cut off."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0

logger = logging.getLogger(__name__)


class Relay:
    """Does nothing, and is never cut off, without an address."""

    def __init__(self, url: str, hub: Hub) -> None:
        self._url = url
        self._hub = hub
        self._waiting: set[str] = set()
        self._something = asyncio.Event()
        self._connected = False
        self._heard_at = 0.0
        self._task = Background("relay", self._run)

    @property
    def cut_off(self) -> bool:
        """What happens here does not reach the others at once, nor the other way round."""
        return bool(self._url) and not self._connected

    def start(self) -> None:
        if self._url and not self._task.runs:
            self._hub.tell_others = self._tell
            self._set_connected(False)
            self._task.start()

    async def stop(self) -> None:
        self._hub.tell_others = None
        await self._task.stop()

    def _tell(self, topics: set[str]) -> None:
        """Soon; what is published until then goes along."""
        self._waiting |= topics
        if len(self._waiting) > MOST_TOPICS:
            self._waiting = {ALL}
        self._something.set()

    async def _run(self) -> None:
        observability_logging.bind(loop="relay")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll())
            tasks.create_task(self._keep_connected())

    async def _keep_connected(self) -> None:
        """Whatever breaks it: a client's own mistakes, such as writing to what has closed, come and go as well."""
        pause, said = FIRST_PAUSE_SECONDS, False
        while True:
            try:
                await self._serve()
            except* Exception as broken:
                if self._connected or not said:
                    logger.warning("cut off from other workers: Redis does not answer", extra={"error": _name(broken)})
                    pause, said = FIRST_PAUSE_SECONDS, True
                _, unforeseen = broken.split((RedisError, OSError, TimeoutError))
                if unforeseen is not None:
                    logger.error("what goes between workers failed", extra={"error": _name(unforeseen)})
            finally:
                self._set_connected(False)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _serve(self) -> None:
        """Until the connection breaks; raises what broke it."""
        # The client must not mend it by itself, unseen: messages would be lost.
        never, most = Retry(NoBackoff(), 0), SILENT_SECONDS
        async with (
            Redis.from_url(self._url, retry=never, socket_timeout=most, socket_connect_timeout=most) as redis,
            redis.pubsub() as listening,
            asyncio.TaskGroup() as tasks,
        ):
            await listening.subscribe(CHANNEL)
            self._heard_at = monotonic()
            tasks.create_task(self._send(redis))
            tasks.create_task(self._listen(listening))

    async def _send(self, redis: Redis) -> None:
        """Topics that could not be sent wait for the next connection; one that was sent twice does no harm."""
        while True:
            self._check_heard()
            topics, self._waiting = self._waiting, set()
            self._something.clear()
            try:
                await redis.publish(CHANNEL, " ".join((self._hub.origin, *topics)))
            except BaseException:
                self._tell(topics)
                raise
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._something.wait()

    async def _listen(self, listening: PubSub) -> None:
        while True:
            message = await listening.get_message(ignore_subscribe_messages=True, timeout=None)
            origin, *topics = message["data"].decode(errors="replace").split() if message else [""]
            if origin == self._hub.origin:
                self._heard_itself()
            elif ALL in topics:
                self._hub.wake_all()
            else:
                self._hub.wake(*topics)
            self._check_heard()

    def _check_heard(self) -> None:
        """Both look, so that neither is left alone with a connection that only seems to work: Python 3.11 can lose the
        cancellation with which a group of tasks ends the other one. Raises TimeoutError."""
        if monotonic() - self._heard_at > SILENT_SECONDS:
            raise TimeoutError

    def _heard_itself(self) -> None:
        self._heard_at = monotonic()
        if not self._connected:
            self._set_connected(True)
            logger.info("connected to other workers")
            self._hub.wake_all()

    def _set_connected(self, connected: bool) -> None:
        self._connected = connected
        metrics.CUT_OFF.set(int(self.cut_off))

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if not self._connected:
                self._hub.wake_all()


def _name(broken: BaseExceptionGroup[Exception]) -> str:
    """What went wrong first; texts of errors may have the address with its password in them."""
    first: BaseException = broken
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return type(first).__name__
