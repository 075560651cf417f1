"""Which deadlines have passed: first whether any has, in one cheap reading, since a quiet centre is looked at often and
written to never; then whose."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.agents import Presence
from callcenter.core.domain.calls import DIALLED, TALKING, CallState, OfferState
from callcenter.core.store.agent_state import FREE
from callcenter.core.store.calls import ENGAGED
from callcenter.core.store.offers import LIVE
from callcenter.core.tables import Agent, Call, Connection, Offer
from callcenter.platform.database.statements import FRESH, one_of


def _instant(name: str) -> ColumnElement[datetime]:
    return bindparam(name, type_=Agent.idle_since.type)


_NOW, _LAST, _FORGET = _instant("now"), _instant("last"), _instant("forget")
_HAS_DESK = exists().where(
    Connection.agent_id == Offer.agent_id, Connection.lease_until > _NOW, Connection.closed.is_(False)
)
_OPEN = Call.ended_at.is_(None)
_QUEUED = and_(_OPEN, Call.state == CallState.QUEUED)
_DUE = {
    "offer": exists().where(LIVE, or_(Offer.deadline <= _NOW, and_(Offer.state == OfferState.PENDING, ~_HAS_DESK))),
    "call": exists().where(_OPEN, or_(Call.agent_deadline <= _NOW, and_(_QUEUED, Call.turn_away_at <= _NOW))),
    "dialled": exists().where(_OPEN, one_of(Call.state, sorted(DIALLED))),
    "pause": exists().where(or_(Agent.wrapup_until <= _NOW, Agent.routable_until <= _NOW)),
    "next presence": exists().where(
        Agent.next_presence.is_not(None),
        ~exists().where(Call.agent_id == Agent.id, ENGAGED),
        ~exists().where(Offer.agent_id == Agent.id, LIVE),
    ),
    "lease": exists().where(
        or_(and_(Connection.lease_until > _LAST, Connection.lease_until <= _NOW), Connection.lease_until <= _FORGET)
    ),
    "desk lost": exists().where(
        Agent.presence != Presence.OFFLINE,
        Agent.presence_since <= _FORGET,
        ~exists().where(Connection.agent_id == Agent.id, Connection.lease_until > _FORGET),
    ),
    "match": and_(exists().where(_QUEUED), exists().where(*FREE)),
}
_READING = select(*_DUE.values())


async def due(session: AsyncSession, now: datetime, last: datetime, forget: datetime) -> list[str]:
    """What wants a look: something fell due, a phone is being dialled, or a caller and an agent wait side by side.

    ``last``: when leases were looked at before. ``forget``: connections and presences until then are forgotten.
    """
    row = (await session.execute(_READING, {"now": now, "last": last, "forget": forget})).one()
    return [name for name, found in zip(_DUE, row, strict=True) if found]


async def late(session: AsyncSession, now: datetime) -> Sequence[Call]:
    """Callers to whom nobody is being offered, and whose time to wait is over."""
    query = select(Call).where(Call.ended_at.is_(None), Call.state == CallState.QUEUED, Call.turn_away_at <= now)
    return (await session.execute(query.execution_options(**FRESH))).scalars().all()


async def agent_overdue(session: AsyncSession, now: datetime) -> Sequence[Call]:
    query = select(Call).where(Call.ended_at.is_(None), Call.state.in_(TALKING), Call.agent_deadline <= now)
    return (await session.execute(query.execution_options(**FRESH))).scalars().all()


async def accept_overdue(session: AsyncSession, now: datetime) -> Sequence[Call]:
    """Answered by an agent whose microphone is not open although it is time."""
    query = (
        select(Call)
        .join(Offer, Offer.call_id == Call.id)
        .where(Call.ended_at.is_(None), Offer.state == OfferState.ACCEPTING, Offer.deadline <= now)
    )
    return (await session.execute(query.execution_options(**FRESH))).scalars().all()


async def being_dialled(session: AsyncSession) -> Sequence[Call]:
    query = select(Call).where(Call.ended_at.is_(None), Call.state.in_(DIALLED))
    return (await session.execute(query.execution_options(**FRESH))).scalars().all()


async def dial_overdue(session: AsyncSession, now: datetime) -> Sequence[Call]:
    query = select(Call).where(Call.ended_at.is_(None), Call.state.in_(DIALLED), Call.dial_deadline <= now)
    return (await session.execute(query.execution_options(**FRESH))).scalars().all()
