"""Reads and writes the connections of desks and API clients."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.agent_state import session_at
from callcenter.core.domain.agents import Presence, Session
from callcenter.core.tables import Agent, Connection
from callcenter.platform.database.statements import NOT_SYNCED, changed


async def connect(session: AsyncSession, connection: Connection) -> None:
    await session.merge(connection)


async def renew(
    session: AsyncSession, connection_ids: Collection[str], holder: str, now: datetime, lease_until: datetime
) -> set[str]:
    """In one statement. Returns those that were neither closed nor had run out, nor have gone to another process."""
    query = update(Connection).where(
        Connection.id.in_(connection_ids),
        Connection.closed.is_(False),
        Connection.lease_until > now,
        Connection.holder == holder,
    )
    query = query.values(lease_until=lease_until).returning(Connection.id)
    rows = await session.execute(query.execution_options(**NOT_SYNCED))
    return set(rows.scalars())


async def claim_connection(
    session: AsyncSession, connection_id: str, agent_id: int, holder: str, now: datetime, *, from_anybody: bool
) -> bool:
    """Another process has its socket now. Unless ``from_anybody``, only when the one before has let go."""
    query = update(Connection).where(_open(connection_id, now), Connection.agent_id == agent_id)
    if not from_anybody:
        query = query.where(Connection.holder.in_(("", holder)))
    return changed(await session.execute(query.values(holder=holder)))


async def let_go(session: AsyncSession, holder: str) -> None:
    """All that a process has: it ends, and its tabs go to others."""
    await session.execute(update(Connection).where(Connection.holder == holder).values(holder=""))


def _open(connection_id: str, now: datetime) -> ColumnElement[bool]:
    return and_(Connection.id == connection_id, Connection.closed.is_(False), Connection.lease_until > now)


async def close_connection(session: AsyncSession, connection_id: str, holder: str, lease_until: datetime) -> int | None:
    """Closed, but remembered until ``lease_until``. Returns whose it was.

    None when it was closed before, or when another process has it.
    """
    rows = await session.execute(
        update(Connection)
        .where(Connection.id == connection_id, Connection.closed.is_(False), Connection.holder == holder)
        .values(closed=True, lease_until=lease_until)
        .returning(Connection.agent_id)
    )
    return rows.scalar_one_or_none()


async def drop_connections(session: AsyncSession, agent_id: int, kind: str = "") -> None:
    """All of an agent's, or only the desk's or the programs'."""
    query = delete(Connection).where(Connection.agent_id == agent_id)
    await session.execute(query.where(Connection.kind == kind) if kind else query)


async def forget_connections(session: AsyncSession, before: datetime) -> None:
    await session.execute(delete(Connection).where(Connection.lease_until <= before))


async def leases_ended(session: AsyncSession, after: datetime, until: datetime) -> list[int]:
    """Agents one of whose connections ran out in that time."""
    rows = await session.execute(
        select(Connection.agent_id).where(Connection.lease_until > after, Connection.lease_until <= until).distinct()
    )
    return [int(agent_id) for agent_id in rows.scalars()]


async def connections(session: AsyncSession, agent_id: int, now: datetime) -> Sequence[Connection]:
    query = select(Connection).where(Connection.agent_id == agent_id, Connection.lease_until > now)
    return (await session.execute(query)).scalars().all()


async def connections_since(session: AsyncSession, agent_id: int, since: datetime) -> Sequence[Connection]:
    """Those that were remembered at that time or later, whether they still are there or not."""
    query = select(Connection).where(Connection.agent_id == agent_id, Connection.lease_until >= since)
    return (await session.execute(query.execution_options(populate_existing=True))).scalars().all()


async def session_of(session: AsyncSession, agent_id: int, now: datetime) -> Session:
    last: dict[bool, datetime] = {}
    for one in await connections(session, agent_id, now):
        last[one.closed] = max(one.lease_until, last.get(one.closed, one.lease_until))
    return session_at(now, last.get(False), last.get(True))


async def without_desk_since(session: AsyncSession, before: datetime) -> list[int]:
    """Agents who are not offline although nothing of theirs has been connected after ``before``."""
    seen = select(Connection.agent_id).where(Connection.lease_until > before)
    rows = await session.execute(
        select(Agent.id).where(
            Agent.presence != Presence.OFFLINE, Agent.presence_since <= before, Agent.id.not_in(seen)
        )
    )
    return [int(agent_id) for agent_id in rows.scalars()]
