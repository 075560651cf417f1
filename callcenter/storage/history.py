"""Reading finished and running calls: by key, never by offset."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select, true, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.domain.calls import CLOSED, OPEN, CallDirection, CallEventKind, CallState, EndReason
from callcenter.storage.models import Call, CallEvent

FEW_NUMBERS = 300
"""Numbers whose calls are looked up one by one."""


@dataclass(frozen=True)
class Criteria:
    since: datetime | None = None
    until: datetime | None = None
    direction: CallDirection | None = None
    states: frozenset[CallState] = frozenset()
    number: str = ""
    """What the number (or the name of a caller without one) contains; from the start when it begins with +."""
    agent_id: int | None = None


Key = tuple[datetime, int]
"""Where a page ends: start time and id."""


async def page(session: AsyncSession, criteria: Criteria, after: Key | None, limit: int) -> Sequence[Call]:
    """The newest calls first, those before the key ``after``."""
    numbers = await _numbers(session, criteria.number) if criteria.number.startswith("+") else None
    if numbers is not None:
        query = _within(select(Call), replace(criteria, number=""), after)
        query = query.where(_all_of(criteria), Call.caller_id.in_(numbers))
    elif criteria.number or not (criteria.states or criteria.direction):
        query = _within(select(Call), criteria, after).where(_all_of(criteria))
    else:
        query = select(Call).where(Call.id.in_(select(_newest(criteria, after, limit).c.id)))
    query = query.order_by(Call.start_time.desc(), Call.id.desc()).limit(limit)
    return list((await session.execute(query)).scalars())


def _within(query: Select[Any], criteria: Criteria, after: Key | None) -> Select[Any]:
    """Whose, when and which number: what indexes that are ordered by time can follow."""
    if criteria.agent_id is not None:
        query = query.where(Call.agent_id == criteria.agent_id)
    if criteria.since is not None:
        query = query.where(Call.start_time >= criteria.since)
    if criteria.until is not None:
        query = query.where(Call.start_time < criteria.until)
    if criteria.number:
        caller_id: Any = Call.caller_id
        match = caller_id.startswith if criteria.number.startswith("+") else caller_id.contains
        query = query.where(match(criteria.number, autoescape=True))
    if after is not None:
        query = query.where(tuple_(Call.start_time, Call.id) < after)
    return query


def _all_of(criteria: Criteria) -> Any:
    """The other two filters, looked at call by call."""
    wanted = [Call.direction == criteria.direction] if criteria.direction else []
    return and_(true(), *wanted, *([Call.state.in_(criteria.states)] if criteria.states else []))


def _newest(criteria: Criteria, after: Key | None, limit: int) -> Any:
    """The ids of the newest calls of each direction and each state that are wanted, each list from its own index.

    However rare a result is, nothing else has to be read to find it. Open calls are few.
    """
    states = criteria.states or frozenset(CallState)
    parts = [
        _within(select(Call.id, Call.start_time), criteria, after).where(
            Call.direction == direction, Call.state == state, Call.ended_at.is_not(None)
        )
        for direction in ([criteria.direction] if criteria.direction else CallDirection)
        for state in sorted(states & CLOSED)
    ]
    if states & OPEN:
        going_on = _within(select(Call.id, Call.start_time), criteria, after)
        open_ones = replace(criteria, states=states & OPEN)
        parts.append(going_on.where(Call.ended_at.is_(None), _all_of(open_ones)))
    newest = [
        select(part.order_by(Call.start_time.desc(), Call.id.desc()).limit(limit).subquery(f"part_{number}"))
        for number, part in enumerate(parts)
    ]
    found = union_all(*newest).subquery("found")
    return select(found).order_by(found.c.start_time.desc(), found.c.id.desc()).limit(limit).subquery("newest")


async def _numbers(session: AsyncSession, beginning: str) -> Sequence[str] | None:
    """The numbers that begin so, as far as they are few; each is found in the index without its calls.

    None for many: then calls with them are met soon enough without.
    """
    first = select(func.min(Call.caller_id).label("number")).where(Call.caller_id >= beginning)
    found = first.cte("found", recursive=True)
    after = select(func.min(Call.caller_id)).where(Call.caller_id > found.c.number).scalar_subquery()
    # A phone number is digits after a plus, so what begins so stands together in every order of letters.
    goes_on = found.c.number.startswith(beginning, autoescape=True)
    found = found.union_all(select(after).where(goes_on))
    query = select(found.c.number).where(found.c.number.startswith(beginning, autoescape=True)).limit(FEW_NUMBERS + 1)
    numbers = (await session.execute(query)).scalars().all()
    return numbers if len(numbers) <= FEW_NUMBERS else None


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
