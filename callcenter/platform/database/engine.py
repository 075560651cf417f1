"""Engines and transactions.

What statements carry (numbers, hashes) is kept out of error texts, and so out of logs.

Writers wait their turn instead of failing half-way, and readers never wait. SQLite runs in WAL mode and takes
BEGIN IMMEDIATE; PostgreSQL takes an advisory lock that all processes share. So what a transaction has read (who is
free, who has waited longest) still holds when it writes.

A server that restarts is waited for before anything is read; a transaction it undoes on its own (a deadlock, a
broken connection) raises Interrupted, and whoever runs it may run it again.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import IntEnum
from time import monotonic, perf_counter
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from callcenter.platform.database.limits import (
    RECYCLE_SECONDS,
    TOO_LONG,
    UNDONE,
    Limits,
    full,
    locked,
    sqlstate,
    unreachable,
    with_limits,
)
from callcenter.platform.errors import DatabaseUnavailable
from callcenter.settings import service_urls

ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
BUSY_SECONDS = 10
POOL_SECONDS = 10
FIRST_PAUSE_SECONDS = 0.05
BEGIN = "begin"
"""The option of a connection that says how a transaction begins; empty: every statement is one by itself."""
USED_AT = "used_at"
BELIEVED_SECONDS = 1.0
"""A connection that was in use so recently is not asked whether it is alive."""
NOTING = 2
"""Connections of each process for what does not wait for the turn of those who decide about calls."""


class WriteLock(IntEnum):
    """On PostgreSQL, the advisory lock for which a transaction that writes waits first."""

    CALLS = 0x63616C6C
    """Everything that decides about calls and agents."""
    SIGN_INS = 0x7369676E
    """Attempts are counted before one more is let in; calls do not wait for that."""
    NOBODY = 0
    """Single statements that stand by themselves: nothing is decided on what was read before."""


Transaction = AsyncSession
"""What services hold and hand to storage functions without looking inside."""


class Interrupted(DatabaseUnavailable):
    """Nothing of this transaction has been kept; it may be run again."""


def async_url(url: str) -> str:
    """``DATABASE_URL`` as administrators write it, with the driver this project uses. Raises ValueError."""
    parsed = service_urls.database(url)
    return parsed.set(drivername=ASYNC_DRIVERS[parsed.drivername]).render_as_string(hide_password=False)


class _Session(Session):
    """Notes how long it waited for its connection and, where writers take turns, for its turn."""


@event.listens_for(_Session, "after_begin")
def _note_wait(session: Session, *_: Any) -> None:
    session.info["waited"] = perf_counter() - session.info["asked_at"]


class _AsyncSession(AsyncSession):
    """What was read is good, and what was committed is kept, also when the connection is lost as it is given back."""

    async def close(self) -> None:
        try:
            await super().close()
        except DBAPIError:
            await self.invalidate()


def waited_for(session: AsyncSession) -> float | None:
    """Seconds until this session could begin; None when it has not touched the database."""
    waited = session.info.get("waited")
    return None if waited is None else float(waited)


class Database:
    """Hands out sessions: ``reading()`` sees one consistent snapshot, ``writing()`` is one transaction."""

    def __init__(self, url: str, limits: Limits | None = None) -> None:
        self.url = async_url(url)
        limits = limits or Limits()
        if not self.is_shared:
            self._patience = 0.0
            self._reader = _sqlite_engine(self.url, pool_size=8)
            self._notes = self._writer = _sqlite_engine(self.url, pool_size=1)
        else:
            self._patience = limits.patience_seconds
            self._reader = _postgresql_engine(self.url, limits, pool_size=limits.pool_size)
            self._writer = _postgresql_engine(self.url, limits, pool_size=1)
            self._notes = _postgresql_engine(self.url, limits, pool_size=NOTING)

    @asynccontextmanager
    async def reading(self, *, once: bool = False) -> AsyncIterator[AsyncSession]:
        """``once``: for a single statement, which needs no transaction to see one moment.

        Raises DatabaseUnavailable, and Interrupted when reading again may help.
        """
        async with _session(self._reader, autoflush=False) as session:
            whole = "BEGIN ISOLATION LEVEL REPEATABLE READ" if self.is_shared else "BEGIN"
            await self._start(session, "" if once else whole)
            with _undone():
                yield session

    @asynccontextmanager
    async def writing(self, lock: WriteLock = WriteLock.CALLS) -> AsyncIterator[AsyncSession]:
        """Commits at the end of the block; rolls back when it raises.

        Raises DatabaseUnavailable; Interrupted only when it is sure that nothing was kept.
        """
        async with _session(self._writer if lock is WriteLock.CALLS else self._notes) as session:
            await self._start(session, self._begin_in(lock))
            with _undone():
                yield session
                await session.flush()
            try:
                await session.commit()
            except DBAPIError as error:
                raise _translated(error, lost_means_undone=False) from error

    def _begin_in(self, lock: WriteLock) -> str:
        """On PostgreSQL, what begins and what waits for its turn go there in one message."""
        if not self.is_shared:
            return "BEGIN IMMEDIATE"
        return f"BEGIN; SELECT pg_advisory_xact_lock({lock:d})" if lock else "BEGIN"

    async def _start(self, session: AsyncSession, begin: str) -> None:
        """Connect and begin; a server that is away for a moment is waited for."""
        give_up, pause = monotonic() + self._patience, FIRST_PAUSE_SECONDS
        while True:
            try:
                await session.connection(execution_options={BEGIN: begin})
            except PoolTimeout as error:
                raise DatabaseUnavailable() from error
            except DBAPIError as error:
                await session.rollback()
                if not unreachable(error) or monotonic() + pause > give_up:
                    raise _translated(error) from error
                await asyncio.sleep(pause)
                pause = min(2 * pause, 1.0)
            else:
                return

    @property
    def is_shared(self) -> bool:
        """Processes on several machines may use it."""
        return not self.url.startswith("sqlite")

    def pools(self) -> dict[tuple[str, str], int]:
        """Connections of this process by pool (read, write) and state (in_use, idle)."""
        pools = {"read": self._reader.pool, "write": self._writer.pool}
        if self._notes is not self._writer:
            pools["note"] = self._notes.pool
        found: dict[tuple[str, str], int] = {}
        for name, pool in pools.items():
            found[name, "in_use"], found[name, "idle"] = pool.checkedout(), pool.checkedin()
        return found

    async def close(self) -> None:
        await self._reader.dispose()
        await self._writer.dispose()
        await self._notes.dispose()


@contextmanager
def _undone() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _translated(error) from error


def _translated(error: DBAPIError, *, lost_means_undone: bool = True) -> Exception:
    """A connection that breaks during a commit leaves open whether it was kept."""
    state = sqlstate(error)
    if state in UNDONE:
        return Interrupted()
    if unreachable(error):
        return Interrupted() if lost_means_undone else DatabaseUnavailable()
    return DatabaseUnavailable() if state == TOO_LONG or locked(error) or full(error) else error


def _session(engine: AsyncEngine, *, autoflush: bool = True) -> AsyncSession:
    return _AsyncSession(
        engine,
        sync_session_class=_Session,
        expire_on_commit=False,
        autoflush=autoflush,
        info={"asked_at": perf_counter()},
    )


def _postgresql_engine(url: str, limits: Limits, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        with_limits(make_url(url), limits),
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_recycle=RECYCLE_SECONDS,
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "checkin")
    def note(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[USED_AT] = monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def look_after_a_while(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
        """Whether the server is still there; one that was used just now is believed."""
        if monotonic() - record.info.get(USED_AT, monotonic()) < BELIEVED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    return _begun_as_told(engine)


def _sqlite_engine(url: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        connect_args={"timeout": BUSY_SECONDS},
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "temp_store=MEMORY"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return _begun_as_told(engine)


def _begun_as_told(engine: AsyncEngine) -> AsyncEngine:
    """The driver begins nothing of its own accord; a transaction begins with the statement that came with it."""

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        begin = connection.get_execution_options().get(BEGIN)
        if begin:
            connection.exec_driver_sql(begin)

    return engine
