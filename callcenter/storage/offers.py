"""Offers: at most one live one for an agent and one for a call, by unique index."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.domain.calls import LIVE_OFFER, OFFER_TRANSITIONS, OfferState
from callcenter.storage.models import Connection, Offer
from callcenter.storage.rows import changed

LET_PASS = frozenset({OfferState.DECLINED, OfferState.TIMEOUT})


async def add(session: AsyncSession, offer: Offer) -> bool:
    """False when the agent or the call has a live offer already."""
    try:
        async with session.begin_nested():
            session.add(offer)
    except IntegrityError:
        return False
    return True


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
    before = {state for state, after in OFFER_TRANSITIONS.items() if to in after}
    query = update(Offer).where(Offer.id == offer_id, Offer.state.in_(before))
    if in_time:
        query = query.where(Offer.deadline > now)
    values = {"state": to, "decided_at": now} | ({"deadline": deadline} if deadline else {})
    return changed(await session.execute(query.values(**values)))


async def extend(session: AsyncSession, call_id: int, deadline: datetime, accepted_after: datetime) -> None:
    """More time for an answered offer, unless it was answered too long ago."""
    query = update(Offer).where(
        Offer.call_id == call_id,
        Offer.state == OfferState.ACCEPTING,
        Offer.deadline < deadline,
        Offer.decided_at > accepted_after,
    )
    await session.execute(query.values(deadline=deadline))


async def live_for_agent(session: AsyncSession, agent_id: int) -> Offer | None:
    query = select(Offer).where(Offer.agent_id == agent_id, Offer.state.in_(LIVE_OFFER))
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


async def live_for_call(session: AsyncSession, call_id: int) -> Offer | None:
    query = select(Offer).where(Offer.call_id == call_id, Offer.state.in_(LIVE_OFFER))
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


async def live(session: AsyncSession) -> Sequence[Offer]:
    return (await session.execute(select(Offer).where(Offer.state.in_(LIVE_OFFER)))).scalars().all()


async def overdue(session: AsyncSession, now: datetime) -> Sequence[Offer]:
    query = select(Offer).where(Offer.state.in_(LIVE_OFFER), Offer.deadline <= now)
    return (await session.execute(query)).scalars().all()


async def without_desk(session: AsyncSession, now: datetime) -> Sequence[Offer]:
    """Ringing at agents who have no open desk any more."""
    there = select(Connection.agent_id).where(Connection.lease_until > now, Connection.closed.is_(False))
    query = select(Offer).where(Offer.state == OfferState.PENDING, Offer.agent_id.not_in(there))
    return (await session.execute(query)).scalars().all()


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


async def last_withdrawn(session: AsyncSession, agent_id: int, since: datetime) -> Offer | None:
    """The agent's latest offer, if it went away without being answered or declined."""
    query = select(Offer).where(Offer.agent_id == agent_id).order_by(Offer.id.desc()).limit(1)
    offer = (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()
    gone = {OfferState.TIMEOUT, OfferState.RESCINDED, OfferState.CANCELED}
    if offer is None or offer.state not in gone or offer.decided_at is None or offer.decided_at < since:
        return None
    return offer


async def count_missed(session: AsyncSession, agent_id: int, since: datetime) -> int:
    query = select(func.count()).where(
        Offer.agent_id == agent_id, Offer.state == OfferState.TIMEOUT, Offer.decided_at >= since
    )
    return int((await session.execute(query)).scalar_one())
