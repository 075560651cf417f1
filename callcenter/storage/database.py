"""Engines and transactions.

What statements carry (numbers, hashes) is kept out of error texts, and so out of logs.

Writers wait their turn instead of failing half-way, and readers never wait. SQLite runs in WAL mode and takes
BEGIN IMMEDIATE; PostgreSQL takes an advisory lock that all processes share. So what a transaction has read (who is
free, who has waited longest) still holds when it writes.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
BUSY_SECONDS = 10
WRITERS = 0x63616C6C
"""The advisory lock of everybody who writes, on PostgreSQL."""

Transaction = AsyncSession
"""What services hold and hand to storage functions without looking inside."""


def async_url(url: str) -> str:
    """``DATABASE_URL`` as administrators write it, with the driver this project uses."""
    parsed = make_url(url)
    driver = ASYNC_DRIVERS.get(parsed.get_backend_name())
    if driver is None:
        raise ValueError(f"DATABASE_URL names {parsed.get_backend_name()}; use sqlite or postgresql")
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


class _Session(Session):
    """Notes how long it waited for its connection and, where writers take turns, for its turn."""


@event.listens_for(_Session, "after_begin")
def _note_wait(session: Session, *_: Any) -> None:
    session.info["waited"] = perf_counter() - session.info["asked_at"]


def waited_for(session: AsyncSession) -> float | None:
    """Seconds until this session could begin; None when it has not touched the database."""
    waited = session.info.get("waited")
    return None if waited is None else float(waited)


class Database:
    """Hands out sessions: ``reading()`` sees one consistent snapshot, ``writing()`` is one transaction."""

    def __init__(self, url: str) -> None:
        self.url = async_url(url)
        if self.url.startswith("sqlite"):
            self._reader = _sqlite_engine(self.url, "BEGIN", pool_size=8)
            self._writer = _sqlite_engine(self.url, "BEGIN IMMEDIATE", pool_size=1)
        else:
            self._reader = _postgresql_engine(self.url, "REPEATABLE READ", pool_size=8)
            self._writer = _postgresql_engine(self.url, "READ COMMITTED", pool_size=1)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        async with _session(self._reader, autoflush=False) as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """Commits at the end of the block; rolls back when it raises."""
        async with _session(self._writer) as session, session.begin():
            if self._writer.dialect.name == "postgresql":
                await session.execute(select(func.pg_advisory_xact_lock(WRITERS)))
                session.info["waited"] = perf_counter() - session.info["asked_at"]
            yield session

    def pools(self) -> dict[tuple[str, str], int]:
        """Connections of this process by pool (read, write) and state (in_use, idle)."""
        pools = {"read": self._reader.pool, "write": self._writer.pool}
        found: dict[tuple[str, str], int] = {}
        for name, pool in pools.items():
            found[name, "in_use"], found[name, "idle"] = pool.checkedout(), pool.checkedin()
        return found

    async def close(self) -> None:
        await self._reader.dispose()
        await self._writer.dispose()


def _session(engine: AsyncEngine, *, autoflush: bool = True) -> AsyncSession:
    return AsyncSession(
        engine,
        sync_session_class=_Session,
        expire_on_commit=False,
        autoflush=autoflush,
        info={"asked_at": perf_counter()},
    )


def _postgresql_engine(url: str, isolation_level: str, pool_size: int) -> AsyncEngine:
    return create_async_engine(
        url,
        isolation_level=isolation_level,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=True,
        hide_parameters=True,
    )


def _sqlite_engine(url: str, begin: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
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

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
