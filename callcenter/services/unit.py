"""One service method, one transaction; what follows it happens after the commit."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from callcenter import logs, tracing
from callcenter.domain.calls import CallEventKind, CallState
from callcenter.domain.errors import DatabaseUnavailable
from callcenter.services import metrics
from callcenter.services.hub import BOARD, CALLS, QUEUE, Hub, account_topic, agent_topic
from callcenter.services.media import MediaError
from callcenter.services.together import Together
from callcenter.storage import agents, calls
from callcenter.storage.database import Database, Transaction, Turn, waited_for
from callcenter.storage.logbook import LogEntry
from callcenter.storage.models import Call

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Effect = Callable[[], Awaitable[None]]
Assign = Callable[["Unit"], Awaitable[None]]


IN_THE_QUEUE = frozenset(
    {
        CallEventKind.CREATED,
        CallEventKind.ADOPTED,
        CallEventKind.QUEUED,
        CallEventKind.OFFERED,
        CallEventKind.DECLINED,
        CallEventKind.MISSED,
        CallEventKind.OFFER_WITHDRAWN,
        CallEventKind.ANSWERED,
        CallEventKind.REQUEUED,
        CallEventKind.NOT_CONNECTED,
    }
)
"""What changes the list of waiting callers; so does the end of a call that was in it."""
BEGINNING = frozenset({CallEventKind.CREATED, CallEventKind.ADOPTED, CallEventKind.QUEUED, CallEventKind.OFFERED})
TOLD = ("state", "reason", "by", "sip_code")
"""What of an entry's detail is fit for the log of the program."""


@dataclass(frozen=True)
class Happened:
    """An entry in the log of a call, to be told once it is committed."""

    kind: CallEventKind
    call_id: int
    agent_id: int | None
    detail: dict[str, Any]
    bound: dict[str, Any] = field(default_factory=logs.bound_now)
    """What the log's line about it carries, such as the id of the request that it came with."""

    def row(self, at: datetime) -> dict[str, Any]:
        return {"call_id": self.call_id, "at": at, "kind": self.kind, "agent_id": self.agent_id, "detail": self.detail}

    def tell(self) -> None:
        metrics.count_event(self.kind, self.detail)
        facts = {name: value for name, value in self.detail.items() if name in TOLD}
        ids = {"kind": self.kind.value, "call_id": self.call_id, "agent_id": self.agent_id}
        with logs.fresh(**self.bound):
            logger.info("call", extra=ids | facts)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Unit:
    """A running transaction: where it writes, when it is, whom it wakes, and what it does afterwards."""

    def __init__(self, session: Transaction, now: datetime) -> None:
        self.session = session
        self.now = now
        self.topics: set[str] = set()
        self.effects: list[Effect] = []
        self.happened: list[Happened] = []
        self.begun: dict[int, Call] = {}
        """Calls that have begun in this very transaction, as they were written."""
        self.logged: list[LogEntry] = []
        """What was written down, when all of it is about calls that have begun here: whoever follows the log need not
        read that."""
        self.waited: list[float] = []
        """Seconds from a caller's arrival to the first answer, where this was it."""
        self.together: Together | None = None
        """Where several notifications are applied at once."""
        self._of_agents: list[dict[str, Any]] = []
        self.routes = False
        """Calls and agents may find each other now."""
        self.frees = False
        """An agent may have got rid of a call or an offer."""
        self.answers_first = False
        """Whoever waits for this is not kept waiting for the media server."""

    def agent_changed(self, agent_id: int | None) -> None:
        """What others see of this agent, or what their own desk shows."""
        self.topics.add(BOARD)
        if agent_id:
            self.topics.add(agent_topic(agent_id))

    def sign_ins_ended(self, agent_id: int) -> None:
        """One of this agent's, or all of them: what is open has to look whether it is its own."""
        self.agent_changed(agent_id)
        self.topics.add(account_topic(agent_id))

    def agent_freed(self, agent_id: int | None) -> None:
        """A call or an offer of theirs is over: perhaps another one rings at them, or somebody else."""
        self.agent_changed(agent_id)
        self.routes = self.frees = True

    def afterwards(self, effect: Effect) -> None:
        """Call the media server once this is committed. A failure is the reconciler's to repair."""
        self.effects.append(effect)

    async def log_call(self, call_id: int, kind: CallEventKind, agent_id: int | None = None, **detail: Any) -> None:
        self.topics.add(CALLS)
        if kind in IN_THE_QUEUE or (kind is CallEventKind.ENDED and agent_id is None):
            self.topics.add(QUEUE)
        if agent_id:
            self.topics.add(agent_topic(agent_id))
        self.happened.append(Happened(kind, call_id, agent_id, detail))

    async def log_agent(self, agent_id: int, kind: str, **detail: Any) -> None:
        self.agent_changed(agent_id)
        self._of_agents.append({"agent_id": agent_id, "at": self.now, "kind": kind, "detail": detail})

    async def write_log(self) -> None:
        """All entries at once, as the last thing before the commit."""
        rows = [entry.row(self.now) for entry in self.happened]
        if rows and all(entry.call_id in self.begun and entry.kind in BEGINNING for entry in self.happened):
            offered = {entry.call_id for entry in self.happened if entry.kind is CallEventKind.OFFERED}
            numbers = await calls.log_numbered(self.session, rows)
            for entry in self.happened:
                number, call = numbers[entry.call_id, entry.kind], self.begun[entry.call_id]
                state = CallState.OFFERED if entry.call_id in offered else CallState.QUEUED
                self.logged.append(LogEntry.of(number, self.now, entry.kind, entry.agent_id, call, state))
        elif rows:
            await calls.log(self.session, rows)
        if self._of_agents:
            await agents.log(self.session, self._of_agents)

    def tell(self) -> None:
        """It is committed: count it, and write it down."""
        for entry in self.happened:
            entry.tell()
        for seconds in self.waited:
            metrics.TIME_TO_ANSWER.observe(seconds)


class Units:
    """Makes units of work. ``assign`` decides about waiting calls inside the same transaction."""

    def __init__(self, db: Database, hub: Hub, clock: Clock = utc_now) -> None:
        self.db = db
        self.hub = hub
        self.clock = clock
        self.assign: Assign | None = None
        self.follow: Callable[[Sequence[LogEntry]], None] | None = None
        """Told what has been committed here, before anybody is woken."""
        self.idle = asyncio.Event()
        """Nothing is being written now: what can wait gives way to what is."""
        self.idle.set()
        self._writing = 0
        self._running: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def begin(self, turn: Turn = Turn.CALLS) -> AsyncIterator[Unit]:
        """What reads or changes how calls and agents stand keeps to the turn of ``CALLS``."""
        with _observed("write"), self._counted():
            async with self.db.writing(turn) as session:
                unit = Unit(session, self.clock())
                yield unit
                if unit.routes and self.assign is not None:
                    await self.assign(unit)
                await unit.write_log()
                _observe_wait("write", session)
        if unit.logged and self.follow is not None:
            self.follow(unit.logged)
        self.hub.publish(*unit.topics)
        unit.tell()
        with _about_one_call(unit):
            if unit.answers_first and unit.effects:
                self.in_background(_attempt_all(unit.effects))
            else:
                await _attempt_all(unit.effects)

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

    def in_background(self, work: Awaitable[None]) -> None:
        """Run something that outlasts the request, such as a phone that rings."""
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Future[None]") -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("background work failed", exc_info=task.exception())

    async def stop(self) -> None:
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


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
def _about_one_call(unit: Unit) -> Iterator[None]:
    """What is logged of the requests that follow names their call."""
    concerned = {entry.call_id for entry in unit.happened}
    if len(concerned) == 1:
        with logs.bound(call_id=concerned.pop()):
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
