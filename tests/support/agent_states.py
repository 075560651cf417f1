"""The state of every agent, put together in Python from whole rows: what the statements of the product are held to."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.agent_state import AgentState
from callcenter.core.domain.calls import ENGAGED, LIVE_OFFER
from callcenter.core.tables import Agent, Call, Connection, LoginSession, Offer


async def agent_states(session: AsyncSession, now: datetime, *, expired: bool = False) -> dict[int, AgentState]:
    """By id, disabled accounts as well. ``expired``: with leases that have run out, which statements leave out."""
    known = {"populate_existing": True}
    agents = (await session.execute(select(Agent).execution_options(**known))).scalars().all()
    calls = (await session.execute(select(Call).execution_options(**known))).scalars().all()
    offers = (await session.execute(select(Offer).execution_options(**known))).scalars().all()
    connections = (await session.execute(select(Connection).execution_options(**known))).scalars().all()
    sign_ins = (await session.execute(select(LoginSession).execution_options(**known))).scalars().all()
    by_call = {call.agent_id: call for call in calls if call.state in ENGAGED}
    by_offer = {offer.agent_id: offer for offer in offers if offer.state in LIVE_OFFER}
    return {
        agent.id or 0: _state(
            agent,
            by_call.get(agent.id),
            by_offer.get(agent.id or 0),
            [one for one in connections if one.agent_id == agent.id and (expired or one.lease_until > now)],
            [one for one in sign_ins if one.agent_id == agent.id and one.revoked_at is None],
            now,
        )
        for agent in agents
    }


def _state(
    agent: Agent,
    call: Call | None,
    offer: Offer | None,
    connections: list[Connection],
    sign_ins: list[LoginSession],
    now: datetime,
) -> AgentState:
    return AgentState(
        id=agent.id or 0,
        presence=agent.presence,
        routable=agent.routable,
        idle_since=agent.idle_since,
        wrapup_until=agent.wrapup_until,
        disabled_at=agent.disabled_at,
        open_until=max((one.lease_until for one in connections if not one.closed), default=None),
        grace_until=max((one.lease_until for one in connections if one.closed), default=None),
        call_state=call.state if call else None,
        call_since=(call.answered_at or call.start_time) if call else None,
        offer_state=offer.state if offer else None,
        offered_at=offer.created_at if offer else None,
        username=agent.username,
        full_name=agent.full_name,
        role=agent.role,
        livekit_identity=agent.livekit_identity,
        presence_reason=agent.presence_reason,
        presence_since=agent.presence_since,
        routable_since=agent.routable_since,
        call_id=call.id if call else None,
        call_party=call.caller_id if call else None,
        may_begin=not sign_ins or any(one.expires_at > now for one in sign_ins),
    )
