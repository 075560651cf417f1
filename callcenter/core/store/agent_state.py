"""Who is free for a call, asked of the database; and what is at hand when an agent acts on one."""

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.agents import Presence, Routable
from callcenter.core.store import calls, offers, sign_ins
from callcenter.core.tables import Agent, Call, Connection, Offer
from callcenter.platform.database.statements import FRESH, one_of

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
    sign_ins.MAY_BEGIN,
)
"""Of an agent to whom a call could be offered at the time ``now``: whom ``AgentState.excluded`` leaves in."""


async def at_hand(session: AsyncSession, agent_id: int, call_id: int) -> tuple[Agent | None, Offer | None, Call | None]:
    """An agent, held until the transaction ends (see ``agents.lock``), their live offer, and a call."""
    row = (await session.execute(_AT_HAND, {"agent": agent_id, "call": call_id})).one_or_none()
    return (None, None, None) if row is None else (row[0], row[1], row[2])
