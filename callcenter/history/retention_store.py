"""Deleting calls, with all that is known of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.tables import Call, CallEvent, Leg, Offer
from callcenter.history import number_search_store


async def older_than(session: AsyncSession, before: datetime, limit: int) -> Sequence[int]:
    """Calls that began before then and are over, the oldest first."""
    query = select(Call.id).where(Call.start_time < before, Call.ended_at.is_not(None))
    return (await session.execute(query.order_by(Call.start_time, Call.id).limit(limit))).scalars().all()


async def with_number(session: AsyncSession, number: str, limit: int) -> Sequence[int]:
    """Calls from or to that number that are over."""
    query = select(Call.id).where(Call.caller_id == number, Call.ended_at.is_not(None)).limit(limit)
    return (await session.execute(query)).scalars().all()


async def delete_calls(session: AsyncSession, call_ids: Sequence[int]) -> None:
    """And numbers that no call has any more."""
    numbers = (await session.execute(select(Call.caller_id).where(Call.id.in_(call_ids)).distinct())).scalars().all()
    for table in (CallEvent, Offer, Leg):
        await session.execute(delete(table).where(table.call_id.in_(call_ids)))
    await session.execute(delete(Call).where(Call.id.in_(call_ids)))
    await number_search_store.drop(session, numbers)
