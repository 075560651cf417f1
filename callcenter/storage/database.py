"""Engines and transactions.

What statements carry (numbers, hashes) is kept out of error texts, and so out of logs.

Writers wait their turn instead of failing half-way, and readers never wait. SQLite runs in WAL mode and takes
BEGIN IMMEDIATE; PostgreSQL takes an advisory lock that all processes share. So what a transaction has read (who is
free, who has waited longest) still holds when it writes.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

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
        async with AsyncSession(self._reader, expire_on_commit=False, autoflush=False) as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """Commits at the end of the block; rolls back when it raises."""
        async with AsyncSession(self._writer, expire_on_commit=False) as session, session.begin():
            if self._writer.dialect.name == "postgresql":
                await session.execute(select(func.pg_advisory_xact_lock(WRITERS)))
            yield session

    async def close(self) -> None:
        await self._reader.dispose()
        await self._writer.dispose()


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
