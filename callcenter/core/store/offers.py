"""Offers: at most one live one for an agent and one for a call, by unique index."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.calls import LIVE_OFFER_ORDER, OFFER_TRANSITIONS, OfferState
from callcenter.core.tables import Connection, Offer
from callcenter.platform.database.statements import FRESH, NOT_SYNCED, changed, insert_new, of_this, one_of

_OFFERS: Any = Offer.__table__
LET_PASS = frozenset({OfferState.DECLINED, OfferState.TIMEOUT})
LIVE = one_of(Offer.state, LIVE_OFFER_ORDER)
"""As in the unique indexes."""
_OF_AGENT = select(Offer).where(Offer.agent_id == bindparam("agent"), LIVE).execution_options(**FRESH)
_OF_CALL = select(Offer).where(Offer.call_id == bindparam("call"), LIVE).execution_options(**FRESH)

_ADD_ALL = insert_new(_OFFERS, _OFFERS.c.call_id, _OFFERS.c.id)
_WITHDRAW = (
    update(_OFFERS)
    .where(_OFFERS.c.call_id.in_(bindparam("calls", expanding=True)), one_of(_OFFERS.c.state, LIVE_OFFER_ORDER))
    .returning(_OFFERS.c.call_id, _OFFERS.c.agent_id)
)


async def add_all(
    session: AsyncSession, agent_of: Mapping[int, int], now: datetime, deadline: datetime
) -> dict[int, int]:
    """Offer calls to agents (by call). Returns the offers made by call: none where either has a live one already."""
    rows = [
        {"call_id": call_id, "agent_id": agent_id, "state": OfferState.PENDING, "created_at": now, "deadline": deadline}
        for call_id, agent_id in agent_of.items()
    ]
    made = await session.execute(of_this(session, _ADD_ALL), rows)
    return dict(made.all())


async def move(
    session: AsyncSession,
    offer_id: int,
    to: OfferState,
    now: datetime,
    *,
    deadline: datetime | None = None,
    in_time: bool = False,
) -> bool:
    """The one way an offer changes its state. ``in_time``: only before its deadline."""
    values = {"state": to, "decided_at": now} | ({"deadline": deadline} if deadline else {})
    given = {"offer": offer_id} | ({"now": now} if in_time else {})
    return changed(await session.execute(_to(to, in_time=in_time), given | values))


@cache
def _to(to: OfferState, *, in_time: bool) -> Executable:
    """An update of the offer ``offer`` in a state that may become that; what is set comes with it."""
    before = sorted(state for state, after in OFFER_TRANSITIONS.items() if to in after)
    query = update(_OFFERS).where(_OFFERS.c.id == bindparam("offer"), _OFFERS.c.state.in_(before))
    return query.where(_OFFERS.c.deadline > bindparam("now")) if in_time else query


async def connected(session: AsyncSession, call_id: int, now: datetime) -> None:
    """The microphone is open: the offer that was answered has done its work."""
    query = update(Offer).where(Offer.call_id == call_id, LIVE, Offer.state == OfferState.ACCEPTING)
    await session.execute(query.values(state=OfferState.ACCEPTED, decided_at=now).execution_options(**NOT_SYNCED))


async def withdraw(session: AsyncSession, call_ids: Collection[int], to: OfferState, now: datetime) -> dict[int, int]:
    """Take the live offers of calls away. Returns by call whom it was for; those that had none are not in it."""
    given = {"calls": list(call_ids), "state": to, "decided_at": now}
    return dict((await session.execute(_WITHDRAW, given)).all())


async def extend(session: AsyncSession, call_id: int, deadline: datetime, accepted_after: datetime) -> None:
    """More time for an answered offer, unless it was answered too long ago."""
    query = update(Offer).where(
        Offer.call_id == call_id,
        Offer.state == OfferState.ACCEPTING,
        Offer.deadline < deadline,
        Offer.decided_at > accepted_after,
    )
    await session.execute(query.values(deadline=deadline).execution_options(**NOT_SYNCED))


async def live_for_agent(session: AsyncSession, agent_id: int) -> Offer | None:
    return (await session.execute(_OF_AGENT, {"agent": agent_id})).scalar_one_or_none()


async def has_been_offered(session: AsyncSession, call_id: int, agent_id: int) -> bool:
    """Whether a call rings, or has ever rung, at this agent."""
    query = select(Offer.id).where(Offer.call_id == call_id, Offer.agent_id == agent_id).limit(1)
    return (await session.execute(query)).scalar_one_or_none() is not None


async def live_for_call(session: AsyncSession, call_id: int) -> Offer | None:
    return (await session.execute(_OF_CALL, {"call": call_id})).scalar_one_or_none()


async def live(session: AsyncSession) -> Sequence[Offer]:
    return (await session.execute(select(Offer).where(LIVE).execution_options(**FRESH))).scalars().all()


async def overdue(session: AsyncSession, now: datetime) -> Sequence[Offer]:
    query = select(Offer).where(LIVE, Offer.deadline <= now)
    return (await session.execute(query.execution_options(**FRESH))).scalars().all()


async def without_desk(session: AsyncSession, now: datetime) -> Sequence[Offer]:
    """Ringing at agents who have no open desk any more."""
    there = select(Connection.agent_id).where(Connection.lease_until > now, Connection.closed.is_(False))
    query = select(Offer).where(LIVE, Offer.state == OfferState.PENDING, Offer.agent_id.not_in(there))
    return (await session.execute(query.execution_options(**FRESH))).scalars().all()


async def let_pass(session: AsyncSession, call_ids: Collection[int]) -> dict[int, dict[int, datetime]]:
    """By call: the agents who declined or missed it, and when last."""
    found: dict[int, dict[int, datetime]] = {}
    if not call_ids:
        return found
    query = (
        select(Offer.call_id, Offer.agent_id, Offer.decided_at)
        .where(Offer.call_id.in_(call_ids), Offer.state.in_(LET_PASS), Offer.decided_at.is_not(None))
        .order_by(Offer.id)
    )
    for call_id, agent_id, at in await session.execute(query):
        found.setdefault(call_id, {})[agent_id] = at
    return found


async def refusals(session: AsyncSession, call_id: int) -> tuple[int, int]:
    """How many offers of a call were declined, and how many were missed."""
    rows = await session.execute(
        select(
            func.count().filter(Offer.state == OfferState.DECLINED),
            func.count().filter(Offer.state == OfferState.TIMEOUT),
        ).where(Offer.call_id == call_id)
    )
    declined, missed = rows.one()
    return int(declined), int(missed)
