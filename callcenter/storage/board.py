"""What everybody is doing, derived in one reading from agents, connections, offers and calls; and who is free."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.domain.agents import AgentStatus, Presence, Routable, Session, Work, agent_status, wrapping_up
from callcenter.domain.calls import CallState, OfferState
from callcenter.domain.routing import AgentFacts
from callcenter.storage import agents, calls, logins, offers
from callcenter.storage.models import Agent, Call, Connection, Offer
from callcenter.storage.rows import FRESH, one_of

WORK = {
    CallState.CONNECTING: Work.CONNECTING,
    CallState.CONNECTED: Work.TALKING,
    CallState.DIALING: Work.DIALING,
    CallState.RINGING: Work.DIALING,
}


@dataclass(frozen=True)
class AgentNow:
    agent: Agent
    session: Session
    work: Work
    work_since: datetime | None
    call: Call | None
    offer: Offer | None

    @property
    def status(self) -> AgentStatus:
        return agent_status(self.agent.presence, self.work, self.agent.routable, self.session)


def derive(agent: Agent, session: Session, call: Call | None, offer: Offer | None, now: datetime) -> AgentNow:
    """The agent's work follows from an open call, a live offer or a wrap-up deadline, in that order."""
    work, since = Work.IDLE, None
    if call is not None:
        work, since = WORK[call.state], call.answered_at or call.start_time
    elif offer is not None and offer.state is OfferState.PENDING:
        work, since = Work.RINGING, offer.created_at
    elif wrapping_up(agent.wrapup_until, now):
        work, since = Work.WRAPUP, agent.idle_since
    return AgentNow(agent, session, work, since, call, offer)


async def everyone(session: AsyncSession, now: datetime) -> list[AgentNow]:
    there = await agents.sessions(session, now)
    calls_by_agent = {call.agent_id: call for call in await calls.engaged(session)}
    offers_by_agent = {offer.agent_id: offer for offer in await offers.live(session)}
    return [
        derive(
            agent,
            there.get(agent.id or 0, Session.LOST),
            calls_by_agent.get(agent.id),
            offers_by_agent.get(agent.id or 0),
            now,
        )
        for agent in await agents.everyone(session)
    ]


async def one(session: AsyncSession, agent: Agent, now: datetime) -> AgentNow:
    agent_id = agent.id or 0
    return derive(
        agent,
        await agents.session_of(session, agent_id, now),
        await calls.engaged_with(session, agent_id),
        await offers.live_for_agent(session, agent_id),
        now,
    )


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
"""Of an agent to whom a call could be offered at the time ``now``."""
_LONGEST_IDLE = (
    select(Agent.id, Agent.idle_since).where(*FREE).order_by(Agent.idle_since, Agent.id).limit(bindparam("most"))
)


async def at_hand(session: AsyncSession, agent_id: int, call_id: int) -> tuple[Agent | None, Offer | None, Call | None]:
    """An agent, held until the transaction ends (see ``agents.lock``), their live offer, and a call."""
    row = (await session.execute(_AT_HAND, {"agent": agent_id, "call": call_id})).one_or_none()
    return (None, None, None) if row is None else (row[0], row[1], row[2])


async def free(session: AsyncSession, now: datetime, limit: int) -> list[AgentFacts]:
    """Whom a call could be offered to now, longest idle first: those of ``everyone`` whom routing excludes for nothing
    but the call itself."""
    rows = await session.execute(_LONGEST_IDLE, {"now": now, "most": limit})
    return [
        AgentFacts(agent_id, Presence.AVAILABLE, Work.IDLE, Routable.OK, Session.CONNECTED, idle_since)
        for agent_id, idle_since in rows
    ]
