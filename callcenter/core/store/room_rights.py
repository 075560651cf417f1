"""Who may be in the room of a call, and under which name."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, bindparam, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.core.domain.calls import OfferState
from callcenter.core.domain.room_rights import DIALLED, Handover, Right, read_stay, right_in, stay_name
from callcenter.core.tables import Agent, Call, Offer

_EARLIER = aliased(Offer)


def handover(call_id: Any) -> Any:
    """SQL: the last offer of a call, by which whoever has it was given it."""
    last = select(func.max(_EARLIER.id)).where(_EARLIER.call_id == call_id).correlate(Call).scalar_subquery()
    return func.coalesce(last, DIALLED)


NAME_OF_AGENT: Any = stay_name(Agent.livekit_identity, cast(handover(Call.id), String))
"""SQL: the name of ``Agent`` in the room of ``Call``."""
_THERE = (
    select(Agent.id, Call.state, Call.agent_id, Offer.id, Offer.agent_id, Offer.state)
    .select_from(Call)
    .join(Agent, Agent.livekit_identity == bindparam("agent_name"))
    .outerjoin(Offer, Offer.id == handover(Call.id))
    .where(Call.livekit_room_name == bindparam("room"))
)
_NAME = (
    select(NAME_OF_AGENT)
    .select_from(Call)
    .join(Agent, Agent.id == bindparam("agent"))
    .where(Call.id == bindparam("call"))
)


@dataclass(frozen=True)
class Standing:
    """An agent in the room of a call."""

    agent_id: int
    right: Right


async def standing(session: AsyncSession, room_name: str, identity: str) -> Standing | None:
    """How whoever is in a call's room under that name stands to the call. None for who is no agent, and without a
    call."""
    agent_name, number = read_stay(identity)
    row = (await session.execute(_THERE, {"room": room_name, "agent_name": agent_name})).one_or_none()
    if row is None:
        return None
    agent_id, state, has_it, offer_id, offered_to, offer_state = row
    last = Handover(offer_id or DIALLED, offered_to, offer_state is OfferState.PENDING)
    return Standing(agent_id, right_in(state, has_it, last, agent_id, number))


async def name(session: AsyncSession, call_id: int, agent_id: int) -> str:
    """The name of an agent in the room of a call; empty without either."""
    return (await session.execute(_NAME, {"call": call_id, "agent": agent_id})).scalar_one_or_none() or ""
