"""Agents, their connections and their event log."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.domain.agent_state import session_at
from callcenter.domain.agents import NotReadyReason, Presence, Role, Routable, Session
from callcenter.domain.errors import UsernameTaken
from callcenter.storage.calls import ENGAGED
from callcenter.storage.models import Agent, AgentEvent, Call, Connection, Offer
from callcenter.storage.offers import LIVE
from callcenter.storage.rows import FRESH, NOT_SYNCED, changed

_NEXT_DUE = (
    select(Agent)
    .where(
        Agent.next_presence.is_not(None),
        Agent.id.not_in(select(Call.agent_id).where(Call.agent_id.is_not(None), ENGAGED)),
        Agent.id.not_in(select(Offer.agent_id).where(LIVE)),
    )
    .execution_options(**FRESH)
)


async def by_id(session: AsyncSession, agent_id: int) -> Agent | None:
    return await session.get(Agent, agent_id)


async def lock(session: AsyncSession, agent_id: int) -> Agent | None:
    """The row, held until the transaction ends: whoever reserves an agent takes this first."""
    return (await session.execute(select(Agent).where(Agent.id == agent_id).with_for_update())).scalar_one_or_none()


async def by_username(session: AsyncSession, username: str) -> Agent | None:
    return (await session.execute(select(Agent).where(Agent.username == username))).scalar_one_or_none()


async def everyone(session: AsyncSession, *, disabled: bool = False) -> Sequence[Agent]:
    query = select(Agent).order_by(Agent.full_name, Agent.id)
    if not disabled:
        query = query.where(Agent.disabled_at.is_(None))
    return (await session.execute(query)).scalars().all()


async def names(session: AsyncSession, ids: Iterable[int]) -> dict[int, str]:
    wanted = set(ids)
    if not wanted:
        return {}
    rows = await session.execute(select(Agent.id, Agent.full_name).where(Agent.id.in_(wanted)))
    return dict(rows.all())


async def usernames(session: AsyncSession, ids: Iterable[int]) -> dict[int, str]:
    rows = await session.execute(select(Agent.id, Agent.username).where(Agent.id.in_(set(ids))))
    return dict(rows.all())


async def add(session: AsyncSession, agent: Agent) -> Agent:
    """Raises UsernameTaken."""
    session.add(agent)
    try:
        await session.flush()
    except IntegrityError:
        raise UsernameTaken() from None
    return agent


async def set_presence(
    session: AsyncSession,
    agent_id: int,
    presence: Presence,
    reason: NotReadyReason | None,
    now: datetime,
    *,
    fresh_idle: bool = False,
) -> bool:
    """False when it was so already. ``fresh_idle``: the idle time starts now."""
    values: dict[str, Any] = {"presence": presence, "presence_reason": reason, "presence_since": now}
    if fresh_idle:
        values["idle_since"] = now
    return changed(
        await session.execute(
            update(Agent)
            .where(
                Agent.id == agent_id,
                or_(Agent.presence != presence, Agent.presence_reason.is_distinct_from(reason)),
            )
            .values(next_presence=None, next_presence_reason=None, **values)
        )
    )


async def set_next_presence(
    session: AsyncSession, agent_id: int, presence: Presence | None, reason: NotReadyReason | None
) -> bool:
    """None takes back what was chosen; False when nothing was."""
    query = update(Agent).where(Agent.id == agent_id)
    if presence is None:
        query = query.where(Agent.next_presence.is_not(None))
    return changed(await session.execute(query.values(next_presence=presence, next_presence_reason=reason)))


async def next_presence_due(session: AsyncSession) -> Sequence[Agent]:
    """Agents who chose a presence for afterwards, and whose call is over (or never came of an offer)."""
    return (await session.execute(_NEXT_DUE)).scalars().all()


async def set_routable(
    session: AsyncSession, agent_id: int, routable: Routable, now: datetime, until: datetime | None = None
) -> bool:
    return changed(
        await session.execute(
            update(Agent)
            .where(Agent.id == agent_id, Agent.routable != routable)
            .values(routable=routable, routable_since=now, routable_until=until)
        )
    )


async def end_pauses(session: AsyncSession, now: datetime) -> list[int]:
    """Agents whose short pause after a declined call is over, made routable again."""
    rows = await session.execute(
        update(Agent)
        .where(Agent.routable_until <= now)
        .values(routable=Routable.OK, routable_since=now, routable_until=None)
        .returning(Agent.id)
    )
    return [int(agent_id) for agent_id in rows.scalars()]


async def start_wrap_up(session: AsyncSession, agent_id: int, now: datetime, until: datetime | None) -> None:
    """Without ``until`` there is none, and the agent is idle from now."""
    await session.execute(update(Agent).where(Agent.id == agent_id).values(wrapup_until=until, idle_since=now))


async def end_wrap_up(session: AsyncSession, now: datetime, agent_id: int | None = None) -> list[int]:
    """Close wrap-ups: this agent's now, or, without an agent, all whose time is over."""
    query = update(Agent).where(Agent.wrapup_until.is_not(None))
    query = query.where(Agent.id == agent_id) if agent_id else query.where(Agent.wrapup_until <= now)
    rows = await session.execute(query.values(wrapup_until=None, idle_since=now).returning(Agent.id))
    return [int(found) for found in rows.scalars()]


async def set_media_connection(session: AsyncSession, agent_id: int, connection_id: str | None) -> None:
    await session.execute(update(Agent).where(Agent.id == agent_id).values(media_connection=connection_id))


async def set_password(session: AsyncSession, agent_id: int, hashed: str) -> bool:
    return changed(await session.execute(update(Agent).where(Agent.id == agent_id).values(hashed_password=hashed)))


async def set_language(session: AsyncSession, agent_id: int, language: str | None) -> None:
    await session.execute(update(Agent).where(Agent.id == agent_id).values(language=language))


async def disable(session: AsyncSession, agent_id: int, at: datetime) -> bool:
    """False for an unknown account, and for the last enabled administrator."""
    query = update(Agent).where(Agent.id == agent_id, _leaves_an_administrator(agent_id)).values(disabled_at=at)
    return changed(await session.execute(query))


async def enable(session: AsyncSession, agent_id: int) -> bool:
    return changed(await session.execute(update(Agent).where(Agent.id == agent_id).values(disabled_at=None)))


def _leaves_an_administrator(agent_id: int) -> ColumnElement[bool]:
    """Somebody manages accounts without this one: the condition of whatever takes an administrator away."""
    other = aliased(Agent)
    others = select(other.id).where(other.role == Role.ADMIN, other.disabled_at.is_(None), other.id != agent_id)
    return or_(Agent.role != Role.ADMIN, Agent.disabled_at.is_not(None), others.exists())


async def log(session: AsyncSession, entries: Sequence[dict[str, Any]]) -> None:
    """Each with agent_id, at, kind and detail; in this order."""
    await session.execute(insert(AgentEvent.__table__), list(entries))


# Connections


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


async def last_event_id(session: AsyncSession) -> int:
    query = select(AgentEvent.id).order_by(AgentEvent.id.desc()).limit(1)
    return int((await session.execute(query)).scalar_one_or_none() or 0)
