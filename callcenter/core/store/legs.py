"""Reads and writes the stays of participants in rooms."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.calls import LegRole
from callcenter.core.store.calls import _IN_ROOMS
from callcenter.core.tables import Leg
from callcenter.platform.database.statements import FRESH, changed, insert_new, of_this

_LEGS: Any = Leg.__table__


_ENTER = insert_new(_LEGS, _LEGS.c.id)


_LEAVE = update(_LEGS).where(_LEGS.c.participant_sid == bindparam("sid"), _LEGS.c.left_at.is_(None))


_LEAVE_THESE = update(_LEGS).where(
    _LEGS.c.participant_sid.in_(bindparam("sids", expanding=True)), _LEGS.c.left_at.is_(None)
)


_LEAVE_ALL = update(_LEGS).where(_LEGS.c.room_name.in_(_IN_ROOMS), _LEGS.c.left_at.is_(None))


_PRESENT = select(Leg).where(Leg.room_name == bindparam("room"), Leg.left_at.is_(None)).execution_options(**FRESH)


async def enter(session: AsyncSession, legs: Sequence[Leg]) -> None:
    """Record that participants are there; a stay that is known already, even if it has ended, stays as it is."""
    await session.execute(of_this(session, _ENTER), [leg.model_dump(exclude={"id"}) for leg in legs])


async def leg(session: AsyncSession, participant_sid: str) -> Leg | None:
    query = select(Leg).where(Leg.participant_sid == participant_sid).execution_options(**FRESH)
    return (await session.execute(query)).scalar_one_or_none()


async def leave(session: AsyncSession, participant_sid: str, now: datetime) -> bool:
    """False when that stay had ended before."""
    return changed(await session.execute(_LEAVE, {"sid": participant_sid, "left_at": now}))


async def present(session: AsyncSession, room_name: str) -> Sequence[Leg]:
    """Who is in the room, as far as is known."""
    return (await session.execute(_PRESENT, {"room": room_name})).scalars().all()


async def agent_stays(session: AsyncSession, room_name: str) -> Sequence[Leg]:
    """Every stay of an agent in the room, also those that are over."""
    query = select(Leg).where(Leg.room_name == room_name, Leg.role == LegRole.AGENT)
    return (await session.execute(query.execution_options(**FRESH))).scalars().all()


async def leave_these(session: AsyncSession, participant_sids: Collection[str], now: datetime) -> None:
    """The same for many stays."""
    if participant_sids:
        await session.execute(_LEAVE_THESE, {"sids": list(participant_sids), "left_at": now})


async def leave_all(session: AsyncSession, room_names: Collection[str], now: datetime) -> None:
    """Nobody is in these rooms any more."""
    if room_names:
        await session.execute(_LEAVE_ALL, {"rooms": list(room_names), "left_at": now})
