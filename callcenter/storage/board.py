"""What everybody is doing, derived in one reading from agents, connections, offers and calls."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.domain.agents import AgentStatus, Session, Work, agent_status, wrapping_up
from callcenter.domain.calls import CallState, OfferState
from callcenter.storage import agents, calls, offers
from callcenter.storage.models import Agent, Call, Offer

_WORK = {
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
        work, since = _WORK[call.state], call.answered_at or call.start_time
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
