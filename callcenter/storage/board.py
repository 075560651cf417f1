"""Who is free for a call, asked of the database; and what is at hand when an agent acts on one."""

from datetime import datetime

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.domain.agent_state import AgentState
from callcenter.domain.agents import Presence, Routable
from callcenter.storage import calls, logins, offers
from callcenter.storage.models import Agent, Call, Connection, Offer
from callcenter.storage.rows import FRESH, one_of
from callcenter.storage.standing import lease_of_agent

_NOW = bindparam("now", type_=Agent.idle_since.type)
_AT_HAND = (
    select(Agent, Offer, Call)
    .outerjoin(Offer, and_(Offer.agent_id == Agent.id, offers.LIVE))
    .outerjoin(Call, Call.id == bindparam("call"))
    .where(Agent.id == bindparam("agent"))
    .with_for_update(of=Agent)
    .execution_options(**FRESH)
)
FREE = (
    one_of(Agent.presence, (Presence.AVAILABLE,)),
    one_of(Agent.routable, (Routable.OK,)),
    Agent.disabled_at.is_(None),
    or_(Agent.wrapup_until.is_(None), Agent.wrapup_until <= _NOW),
    exists().where(Connection.agent_id == Agent.id, Connection.closed.is_(False), Connection.lease_until > _NOW),
    ~exists().where(Call.agent_id == Agent.id, calls.ENGAGED),
    ~exists().where(Offer.agent_id == Agent.id, offers.LIVE),
    logins.MAY_BEGIN,
)
"""Of an agent to whom a call could be offered at the time ``now``: whom ``AgentState.excluded`` leaves in."""
_LONGEST_IDLE = (
    select(Agent.id, Agent.idle_since, lease_of_agent(closed=False))
    .where(*FREE)
    .order_by(Agent.idle_since, Agent.id)
    .limit(bindparam("most"))
)


async def at_hand(session: AsyncSession, agent_id: int, call_id: int) -> tuple[Agent | None, Offer | None, Call | None]:
    """An agent, held until the transaction ends (see ``agents.lock``), their live offer, and a call."""
    row = (await session.execute(_AT_HAND, {"agent": agent_id, "call": call_id})).one_or_none()
    return (None, None, None) if row is None else (row[0], row[1], row[2])


async def free(session: AsyncSession, now: datetime, limit: int) -> list[AgentState]:
    """Whom a call could be offered to now, longest idle first."""
    rows = await session.execute(_LONGEST_IDLE, {"now": now, "most": limit})
    return [
        AgentState(agent_id, Presence.AVAILABLE, Routable.OK, idle_since, open_until=open_until)
        for agent_id, idle_since, open_until in rows
    ]
