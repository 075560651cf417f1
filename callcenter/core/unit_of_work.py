"""One service method, one transaction, which says what happened in it; what follows it happens after the commit."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Generic, TypeVar

from callcenter.core.domain.calls import CallEventKind
from callcenter.core.domain.events import AgentEvent, CallEvent, CallOffered, CallQueued, CallStarted, Event
from callcenter.core.store import agents, call_events
from callcenter.platform.database.engine import Database, Transaction, WriteLock, waited_for
from callcenter.platform.errors import DatabaseUnavailable, MediaError
from callcenter.platform.jobs.background_task import HeldTasks
from callcenter.platform.observability import logging as observability_logging
from callcenter.platform.observability import metrics, tracing
from callcenter.platform.pubsub.change_bus import Hub

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Effect = Callable[[], Awaitable[None]]
BeforeCommit = Callable[["UnitOfWork"], Awaitable[None]]
"""Runs inside the transaction: it may write, record more, and ask for effects. When it raises, nothing is kept."""
AfterCommit = Callable[["Committed"], None]
"""Is told what was committed. It must not wait. When it raises, that is logged, and the others are told as well."""
Handler = TypeVar("Handler")

BEGINNING = (CallStarted, CallQueued, CallOffered)
"""A transaction that does only this to calls, and only to new ones, leaves nothing of them to be read afterwards."""


@dataclass(frozen=True)
class PendingCallEvent:
    """An event of a call, to be written into its log just before the commit."""

    event: CallEvent
    bound: dict[str, Any] = field(default_factory=observability_logging.bound_now)
    """What the log's line about it carries, such as the id of the request that it came with."""

    def row(self, at: datetime) -> dict[str, Any]:
        event = self.event
        ids = {"call_id": event.call_id, "agent_id": event.agent_id}
        return {**ids, "at": at, "kind": event.kind, "detail": event.detail()}


@dataclass(frozen=True)
class Committed:
    """What one transaction has done, in the order in which it was recorded."""

    at: datetime
    events: Sequence[Event]
    calls: Sequence[PendingCallEvent]
    """Those of ``events`` that are about calls, with what their lines in the log carry."""
    numbers: Mapping[tuple[int, CallEventKind], int]
    """The ids of the entries in the log of calls, when the transaction only began calls (``BEGINNING``)."""


@dataclass(frozen=True)
class When(Generic[Handler]):
    """A handler, and the events for which it is called. ``Event`` stands for all of them."""

    kinds: tuple[type[Event], ...]
    handler: Handler

    def concerns(self, events: Iterable[Event]) -> bool:
        """Returns True if one of these events is of such a kind."""
        return any(isinstance(event, self.kinds) for event in events)


def utc_now() -> datetime:
    return datetime.now(UTC)


class UnitOfWork:
    """A running transaction: where it writes, when it is, what happens in it, and what it does afterwards."""

    def __init__(self, session: Transaction, now: datetime) -> None:
        self.session = session
        self.now = now
        self.events: list[Event] = []
        self.effects: list[Effect] = []
        self._calls: list[PendingCallEvent] = []

    def record(self, *events: Event) -> None:
        """Say what has happened. What is about a call or an agent comes into their log, where it has a kind."""
        self.events += events
        self._calls += [PendingCallEvent(event) for event in events if isinstance(event, CallEvent)]

    def after_commit(self, effect: Effect) -> None:
        """Call the media server once this is committed. A failure is the reconciler's to repair."""
        self.effects.append(effect)

    async def write_log(self) -> Committed:
        """All entries at once, as the last thing before the commit."""
        numbers: dict[tuple[int, CallEventKind], int] = {}
        rows = [entry.row(self.now) for entry in self._calls]
        if rows and self._only_begins_calls():
            numbers = await call_events.log_numbered(self.session, rows)
        elif rows:
            await call_events.log(self.session, rows)
        of_agents = [
            {"agent_id": event.agent_id, "at": self.now, "kind": event.kind, "detail": event.detail()}
            for event in self.events
            if isinstance(event, AgentEvent) and event.kind
        ]
        if of_agents:
            await agents.log(self.session, of_agents)
        return Committed(self.now, tuple(self.events), tuple(self._calls), numbers)

    def _only_begins_calls(self) -> bool:
        begun = {one.event.call_id for one in self._calls if isinstance(one.event, CallStarted)}
        return all(isinstance(one.event, BEGINNING) and one.event.call_id in begun for one in self._calls)


class UnitOfWorkFactory:
    """Makes units of work, and hands what happened in each to the handlers. See docs/decisions/typed-events.md."""

    def __init__(self, db: Database, hub: Hub, clock: Clock = utc_now) -> None:
        self.db = db
        self.hub = hub
        self.clock = clock
        self.before_commit: Sequence[When[BeforeCommit]] = ()
        """Called one after the other; each sees what those before it have recorded."""
        self.after_commit: Sequence[When[AfterCommit]] = ()
        """Called one after the other, before the effects."""
        self.idle = asyncio.Event()
        """Nothing is being written now: what can wait gives way to what is."""
        self.idle.set()
        self._writing = 0
        self._running = HeldTasks()

    @asynccontextmanager
    async def begin(
        self, lock: WriteLock = WriteLock.CALLS, *, effects_in_background: bool = False
    ) -> AsyncIterator[UnitOfWork]:
        """What reads or changes how calls and agents stand takes the lock ``CALLS``.

        ``effects_in_background``: whoever waits for this is not kept waiting for the media server.
        """
        with _observed("write"), self._counted():
            async with self.db.writing(lock) as session:
                unit = UnitOfWork(session, self.clock())
                yield unit
                for one in self.before_commit:
                    if one.concerns(unit.events):
                        await one.handler(unit)
                done = await unit.write_log()
                _observe_wait("write", session)
        self._hand_on(done)
        with _about_one_call(done):
            if effects_in_background and unit.effects:
                self.in_background(_attempt_all(unit.effects))
            else:
                await _attempt_all(unit.effects)

    def _hand_on(self, done: Committed) -> None:
        for one in self.after_commit:
            try:
                if one.concerns(done.events):
                    one.handler(done)
            except Exception:
                logger.exception("a handler failed after a commit")

    @asynccontextmanager
    async def reading(self, *, once: bool = False) -> AsyncIterator[tuple[Transaction, datetime]]:
        """``once``: for a single statement."""
        with _observed("read"):
            async with self.db.reading(once=once) as session:
                yield session, self.clock()
                _observe_wait("read", session)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._writing += 1
        self.idle.clear()
        try:
            yield
        finally:
            self._writing -= 1
            if not self._writing:
                self.idle.set()

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that outlasts the request, such as a phone that rings."""
        self._running.start(work)

    async def stop(self) -> None:
        await self._running.stop()


@contextmanager
def _observed(kind: str) -> Iterator[None]:
    """Time a unit of work; one that fails counts as well."""
    began = perf_counter()
    with tracing.part(f"database {kind}"):
        try:
            yield
        finally:
            metrics.DATABASE_SECONDS.labels(kind).observe(perf_counter() - began)


def _observe_wait(kind: str, session: Transaction) -> None:
    waited = waited_for(session)
    if waited is not None:
        metrics.DATABASE_WAIT.labels(kind).observe(waited)


@contextmanager
def _about_one_call(done: Committed) -> Iterator[None]:
    """What is logged of the requests that follow names their call."""
    concerned = {entry.event.call_id for entry in done.calls}
    if len(concerned) == 1:
        with observability_logging.bound(call_id=concerned.pop()):
            yield
    else:
        yield


async def _attempt_all(effects: Sequence[Effect]) -> None:
    """All at once: a media server that hangs is waited for once."""
    await asyncio.gather(*(_attempt(effect) for effect in effects))


async def _attempt(effect: Effect) -> None:
    try:
        await effect()
    except DatabaseUnavailable:
        logger.warning("what follows a transaction failed; left to the reconciler", exc_info=True)
    except MediaError:
        logger.warning("media server refused; left to the reconciler", exc_info=True)
