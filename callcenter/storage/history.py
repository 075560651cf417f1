"""Reading finished and running calls: by key, never by offset."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.domain.calls import CallDirection, CallEventKind, CallState, EndReason
from callcenter.storage.models import Call, CallEvent


@dataclass(frozen=True)
class Criteria:
    since: datetime | None = None
    until: datetime | None = None
    direction: CallDirection | None = None
    states: frozenset[CallState] = frozenset()
    number: str = ""
    """What the number (or the name of a caller without one) contains; from the start when it begins with +."""
    agent_id: int | None = None


def _matching(criteria: Criteria) -> Select[Any]:
    query = select(Call)
    if criteria.agent_id is not None:
        query = query.where(Call.agent_id == criteria.agent_id)
    if criteria.since is not None:
        query = query.where(Call.start_time >= criteria.since)
    if criteria.until is not None:
        query = query.where(Call.start_time < criteria.until)
    if criteria.direction is not None:
        query = query.where(Call.direction == criteria.direction)
    if criteria.states:
        query = query.where(Call.state.in_(criteria.states))
    if criteria.number:
        caller_id: Any = Call.caller_id
        match = caller_id.startswith if criteria.number.startswith("+") else caller_id.contains
        query = query.where(match(criteria.number, autoescape=True))
    return query


async def page(
    session: AsyncSession, criteria: Criteria, after: tuple[datetime, int] | None, limit: int
) -> Sequence[Call]:
    """The newest calls first, those before the key ``after`` (start time, id)."""
    query = _matching(criteria).order_by(Call.start_time.desc(), Call.id.desc()).limit(limit)
    if after is not None:
        query = query.where(tuple_(Call.start_time, Call.id) < after)
    return list((await session.execute(query)).scalars())


async def today(session: AsyncSession, agent_id: int, since: datetime) -> tuple[int, int]:
    """Answered calls of an agent since then, and their talk time in seconds."""
    rows = await session.execute(
        select(func.count(), func.coalesce(func.sum(Call.duration), 0)).where(
            Call.agent_id == agent_id, Call.start_time >= since, Call.answered_at.is_not(None)
        )
    )
    count, seconds = rows.one()
    return int(count), int(seconds)


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
