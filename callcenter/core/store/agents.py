"""Agents, their connections and their event log."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.agents import NotReadyReason, Presence, Routable
from callcenter.core.store.calls import ENGAGED
from callcenter.core.store.offers import LIVE
from callcenter.core.tables import Agent, AgentEvent, Call, Offer
from callcenter.platform.database.statements import FRESH, changed

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


async def set_language(session: AsyncSession, agent_id: int, language: str | None) -> None:
    await session.execute(update(Agent).where(Agent.id == agent_id).values(language=language))


async def log(session: AsyncSession, entries: Sequence[dict[str, Any]]) -> None:
    """Each with agent_id, at, kind and detail; in this order."""
    await session.execute(insert(AgentEvent.__table__), list(entries))


# Connections


async def last_event_id(session: AsyncSession) -> int:
    query = select(AgentEvent.id).order_by(AgentEvent.id.desc()).limit(1)
    return int((await session.execute(query)).scalar_one_or_none() or 0)
