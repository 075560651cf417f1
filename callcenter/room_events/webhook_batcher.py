"""LiveKit's notifications: verified one by one, applied many at a time.

What comes while a transaction runs, or while the next one waits for its turn, is applied in the next one, all
together, with one decision about who is offered which call. Each is answered when its transaction is committed. One
that cannot be applied takes no other with it: then nothing was kept, and each is tried alone.
"""

import asyncio
from collections.abc import Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice, takewhile
from typing import Any

from callcenter.core import call_metrics
from callcenter.core.ports.media_server import TRIAL_ROOM, Media, Notification
from callcenter.core.store import processed_events
from callcenter.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from callcenter.platform.database.retry import retried
from callcenter.platform.errors import DatabaseUnavailable, NotSignedIn, Overloaded
from callcenter.platform.observability import logging, metrics
from callcenter.room_events.notifications import GONE, LEFT, THERE, fits
from callcenter.room_events.room_observer import Observer

AT_ONCE = 50
"""Notifications in one transaction."""
MOST_WAITING = 2000
"""More wait only when the database stands still: LiveKit is told to send them again."""

KEPT = timedelta(days=1)
"""How long it is remembered which notifications were applied: longer than LiveKit sends one again."""


@dataclass(frozen=True)
class _Waiting:
    notification: Notification
    answers_first: bool
    result: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    context: Context = field(default_factory=copy_context)
    ids: dict[str, Any] = field(default_factory=logging.bound_now)

    def tell(self, result: str | BaseException) -> None:
        """Unless nobody waits for it any more."""
        if self.result.done():
            return
        if isinstance(result, str):
            self.result.set_result(result)
        else:
            self.result.set_exception(result)


class Intake:
    def __init__(
        self, units: UnitOfWorkFactory, media: Media, observer: Observer, most_waiting: int = MOST_WAITING
    ) -> None:
        self._units = units
        self._media = media
        self._observer = observer
        self._most_waiting = most_waiting
        self._waiting: list[_Waiting] = []
        self._running: asyncio.Task[None] | None = None

    async def webhook(
        self, body: str, authorization: str, digest: bytes | None = None, *, answers_first: bool = False
    ) -> None:
        """Verify, de-duplicate and apply one notification.

        ``digest``: what ``authorization`` signs for, when the caller has verified it already.
        ``answers_first``: return when it is recorded; requests to the media server follow on their own.
        Raises NotSignedIn when it is not from our server, Overloaded when too many wait.
        """
        try:
            notification = self._media.notification(body, authorization, digest)
        except NotSignedIn:
            call_metrics.count_webhook("", "refused")
            raise
        result = "failed"
        try:
            with metrics.timed(call_metrics.WEBHOOK_SECONDS):
                result = await self._take(notification, answers_first)
        finally:
            call_metrics.count_webhook(notification.kind, result)

    async def forget(self, unit: UnitOfWork) -> None:
        """Deletes which notifications were applied long ago."""
        await processed_events.forget(unit.session, unit.now - KEPT)

    async def _take(self, notification: Notification, answers_first: bool) -> str:
        """Returns what became of it, for those who count."""
        if not (notification.room.name and fits(notification.room, notification.participant, notification.id)):
            return "foreign"
        if not needed(notification):
            return "unneeded"
        if len(self._waiting) >= self._most_waiting:
            raise Overloaded()
        one = _Waiting(notification, answers_first)
        self._waiting.append(one)
        if self._running is None:
            self._next()
        result = await one.result
        if result == "applied" and notification.created_at:
            delay = self._units.clock().timestamp() - notification.created_at
            call_metrics.WEBHOOK_DELAY.observe(max(0.0, delay))
        return result

    def _next(self) -> None:
        batch = [self._waiting.pop(0)]
        self._fill(batch)
        self._running = asyncio.create_task(self._settle(batch), context=batch[0].context)
        self._running.add_done_callback(self._settled)

    def _fill(self, batch: list[_Waiting]) -> None:
        """Take in those next in line that are answered alike."""
        alike = takewhile(lambda one: one.answers_first is batch[0].answers_first, self._waiting)
        more = list(islice(alike, AT_ONCE - len(batch)))
        batch += more
        del self._waiting[: len(more)]

    def _settled(self, _: "asyncio.Task[None]") -> None:
        self._running = None
        if self._waiting:
            self._next()

    async def _settle(self, batch: list[_Waiting], *, alone: bool = False) -> None:
        """Apply them, and unless ``alone`` what else has come when it is their turn; tell each what became of it."""
        try:
            results: Sequence[str | BaseException] = await self._together(batch, alone)
        except DatabaseUnavailable:
            results = [DatabaseUnavailable() for _ in batch]
        except asyncio.CancelledError:
            for one in batch:
                one.result.cancel()
            raise
        except Exception as error:
            if len(batch) > 1:
                for one in batch:
                    await self._settle([one], alone=True)
                return
            results = [error]
        for one, result in zip(batch, results, strict=True):
            one.tell(result)

    @retried
    async def _together(self, batch: list[_Waiting], alone: bool) -> list[str]:
        """What is logged of one of several carries the ids of its own request."""
        with logging.fresh():
            return await self._in_one(batch, alone)

    async def _in_one(self, batch: list[_Waiting], alone: bool) -> list[str]:
        async with self._units.begin(effects_in_background=batch[0].answers_first) as unit:
            if not alone:
                self._fill(batch)
            if len(batch) == 1:
                logging.bind(**batch[0].ids)
            new = await processed_events.first_times(unit.session, [one.notification.id for one in batch], unit.now)
            webhook_batch = None
            if len(new) > 1:
                seen = [one.notification for one in batch if one.notification.id in new]
                webhook_batch = await self._observer.begin(unit, seen)
            results = []
            for one in batch:
                first = one.notification.id in new
                results.append("applied" if first else "known")
                if first:
                    new.remove(one.notification.id)
                    with logging.fresh(**one.ids):
                        await self._observer.apply(unit, one.notification, webhook_batch)
            if webhook_batch is not None:
                await self._observer.finish(unit, webhook_batch)
            return results


def needed(seen: Notification) -> bool:
    """Whether the record can change with it. That a room has begun, say, is known from who comes into it."""
    if seen.room.name.startswith(TRIAL_ROOM):
        return True
    return seen.kind == GONE or (seen.participant is not None and seen.kind in THERE | LEFT)
