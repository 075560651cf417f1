"""Reads the agents who may get the next call."""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.agent_state import AgentState
from callcenter.core.domain.agents import Presence, Routable
from callcenter.core.store.agent_facts import lease_of_agent
from callcenter.core.store.agent_state import FREE
from callcenter.core.tables import Agent

_LONGEST_IDLE = (
    select(Agent.id, Agent.idle_since, lease_of_agent(closed=False))
    .where(*FREE)
    .order_by(Agent.idle_since, Agent.id)
    .limit(bindparam("most"))
)


async def free(session: AsyncSession, now: datetime, limit: int) -> list[AgentState]:
    """Whom a call could be offered to now, longest idle first."""
    rows = await session.execute(_LONGEST_IDLE, {"now": now, "most": limit})
    return [
        AgentState(agent_id, Presence.AVAILABLE, Routable.OK, idle_since, open_until=open_until)
        for agent_id, idle_since, open_until in rows
    ]
