"""Reading finished and running calls: by key, never by offset."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, true, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.core.domain.calls import CLOSED, OPEN, CallDirection, CallState
from callcenter.core.tables import Call
from callcenter.history import number_search_store

FEW_NUMBERS = 200
"""Numbers that are looked up one by one without a thought."""
MANY_NUMBERS = 2500
"""More are not counted."""
CALLS_FOR_A_NUMBER = 4
"""Calls that are read by time in about the time in which one number is looked up."""


@dataclass(frozen=True)
class Criteria:
    since: datetime | None = None
    until: datetime | None = None
    direction: CallDirection | None = None
    states: frozenset[CallState] = frozenset()
    pieces: tuple[str, ...] = ()
    """One of these is in the number (or in the name of a caller without one); at its start when it begins with +."""
    party: str = ""
    """Exactly this number."""
    agent_id: int | None = None


Key = tuple[datetime, int]
"""Where a page ends: start time and id."""


async def page(session: AsyncSession, criteria: Criteria, after: Key | None, limit: int) -> Sequence[Call]:
    """The newest calls first, those before the key ``after``."""
    if criteria.pieces:
        return await _with_pieces(session, criteria, after, limit)
    if criteria.party or not (criteria.states or criteria.direction):
        return await _newest(session, [*_within(Call, criteria, after), *_wanted(Call, criteria)], limit)
    return await _newest(session, [Call.id.in_(_by_result(criteria, after, limit))], limit)


async def _with_pieces(session: AsyncSession, criteria: Criteria, after: Key | None, limit: int) -> Sequence[Call]:
    """By number, except where so many hold a piece that some of their calls are met soon by time, or by result.

    Nobody knows beforehand, so time is given as long a chance as the numbers will take. Of a result's list one has to
    read the longer the more calls there are, and the fewer numbers.
    """
    count, until = await number_search_store.look_up(session, criteria.pieces, MANY_NUMBERS)
    reads = CALLS_FOR_A_NUMBER * count
    by_result = bool(criteria.states or criteria.direction)
    if count > FEW_NUMBERS and by_result and reads > until / count:
        return await _newest(session, [Call.id.in_(_by_result(criteria, after, limit))], limit)
    if count > FEW_NUMBERS and not by_result:
        end = await _after_so_many(session, criteria, after, reads)
        newer = [tuple_(Call.start_time, Call.id) > end] if end else []
        conditions = [*_within(Call, criteria, after), *newer, *_wanted(Call, criteria)]
        found = await _newest(session, conditions, limit)
        if len(found) == limit or end is None:
            return found
    numbers = number_search_store.holding(criteria.pieces, until).cte("numbers")
    sqlite = session.get_bind().dialect.name == "sqlite"
    return await _newest(session, [Call.id.in_(_of_numbers(numbers, criteria, after, limit, sqlite=sqlite))], limit)


async def _newest(session: AsyncSession, conditions: Sequence[Any], limit: int) -> Sequence[Call]:
    query = select(Call).where(*conditions).order_by(Call.start_time.desc(), Call.id.desc()).limit(limit)
    return list((await session.execute(query)).scalars())


async def _after_so_many(session: AsyncSession, criteria: Criteria, after: Key | None, count: int) -> Key | None:
    """The call before which one stops reading by time; None when there are not that many."""
    query = select(Call.start_time, Call.id).where(*_within(Call, criteria, after))
    query = query.order_by(Call.start_time.desc(), Call.id.desc()).offset(count).limit(1)
    row = (await session.execute(query)).first()
    return (row[0], row[1]) if row else None


def _within(call: Any, criteria: Criteria, after: Key | None) -> list[Any]:
    """Whose and when: what indexes that are ordered by time can follow."""
    conditions = []
    if criteria.agent_id is not None:
        conditions.append(call.agent_id == criteria.agent_id)
    if criteria.since is not None:
        conditions.append(call.start_time >= criteria.since)
    if criteria.until is not None:
        conditions.append(call.start_time < criteria.until)
    if criteria.party:
        conditions.append(call.caller_id == criteria.party)
    if after is not None:
        conditions.append(tuple_(call.start_time, call.id) < after)
    return conditions


def _wanted(call: Any, criteria: Criteria) -> list[Any]:
    """The other filters, looked at call by call."""
    wanted = [call.direction == criteria.direction] if criteria.direction else []
    wanted += [call.state.in_(criteria.states)] if criteria.states else []
    return wanted + ([number_search_store.among(call, criteria.pieces)] if criteria.pieces else [])


def _by_result(criteria: Criteria, after: Key | None, limit: int) -> Select[Any]:
    """The ids of the newest calls of each direction and each state that are wanted, each list from its own index.

    However rare a result is, nothing else has to be read to find it. Open calls are few.
    """
    states = criteria.states or frozenset(CallState)
    within = [*_within(Call, criteria, after), *_wanted(Call, Criteria(pieces=criteria.pieces))]
    parts = [
        select(Call.id, Call.start_time).where(
            *within, Call.direction == direction, Call.state == state, Call.ended_at.is_not(None)
        )
        for direction in ([criteria.direction] if criteria.direction else CallDirection)
        for state in sorted(states & CLOSED)
    ]
    if states & OPEN:
        wanted = _wanted(Call, replace(criteria, states=states & OPEN))
        parts.append(select(Call.id, Call.start_time).where(*within, Call.ended_at.is_(None), *wanted))
    newest = [
        select(part.order_by(Call.start_time.desc(), Call.id.desc()).limit(limit).subquery(f"part_{number}"))
        for number, part in enumerate(parts)
    ]
    found = union_all(*newest).subquery("found")
    return select(found.c.id).order_by(found.c.start_time.desc(), found.c.id.desc()).limit(limit)


def _of_numbers(numbers: Any, criteria: Criteria, after: Key | None, limit: int, *, sqlite: bool) -> Select[Any]:
    """The ids of the newest calls of some numbers, of which one may have more calls than all others together.

    Of each number the newest call; of as many numbers as a page has lines, the newest ones, as many calls. What
    is among the newest of all is among these.
    """

    def of(number: Any, call: Any) -> Select[Any]:
        rest = replace(criteria, pieces=())
        query = select(call.id).where(call.caller_id == number, *_within(call, rest, after), *_wanted(call, rest))
        return query.order_by(call.start_time.desc(), call.id.desc())

    newest, latest, call = aliased(Call), aliased(Call), aliased(Call)
    first = of(numbers.c.number, newest).limit(1).correlate(numbers).scalar_subquery()
    recent = (
        select(numbers.c.number)
        .join(latest, latest.id == first)
        .order_by(latest.start_time.desc(), latest.id.desc())
        .limit(limit)
        .cte("recent")
    )
    of_each = of(recent.c.number, call).limit(limit).correlate(recent)
    if sqlite:  # which has no LATERAL, and does without
        found = select(Call.id, Call.start_time).join_from(recent, Call, Call.id.in_(of_each))
    else:
        each = of_each.add_columns(call.start_time).lateral()
        found = select(each.c.id, each.c.start_time).join_from(recent, each, true())
    lines = found.subquery("lines")
    return select(lines.c.id).order_by(lines.c.start_time.desc(), lines.c.id.desc()).limit(limit)
