"""Reads the calls that failed for reasons of the telephone network."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.calls import CallEventKind, EndReason
from callcenter.core.tables import Call, CallEvent


async def faults(
    session: AsyncSession, reasons: Collection[EndReason], since: datetime, limit: int
) -> Sequence[tuple[Call, CallEvent]]:
    """Calls that ended for one of these reasons, newest first, each with the entry of its end."""
    query = (
        select(Call, CallEvent)
        .join(CallEvent, and_(CallEvent.call_id == Call.id, CallEvent.kind == CallEventKind.ENDED))
        .where(Call.start_time >= since, Call.end_reason.in_(reasons))
        .order_by(Call.start_time.desc(), Call.id.desc())
        .limit(limit)
    )
    return [(call, event) for call, event in await session.execute(query)]
