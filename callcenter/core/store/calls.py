"""Calls, their legs and their event log."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.calls import (
    ENGAGED_ORDER,
    OPEN,
    TALKING,
    WAITING,
    CallDirection,
    CallState,
    may_become,
)
from callcenter.core.domain.errors import AgentBusy
from callcenter.core.tables import Call, Offer
from callcenter.platform.database.statements import FRESH, NOT_SYNCED, changed, one_of

_CALLS: Any = Call.__table__

ENGAGED = one_of(Call.state, ENGAGED_ORDER)
"""As in the unique index."""
_BY_ROOM = select(Call).where(Call.livekit_room_name == bindparam("room")).execution_options(**FRESH)
_IN_ROOMS = bindparam("rooms", expanding=True)
_ENGAGED_WITH = select(Call).where(Call.agent_id == bindparam("agent"), ENGAGED).execution_options(**FRESH)
_ADD = insert(_CALLS).returning(_CALLS.c.id)
_ADD_ALL = insert(_CALLS).returning(_CALLS.c.livekit_room_name, _CALLS.c.id)
_OFFER_ALL = (
    update(_CALLS)
    .where(
        _CALLS.c.id.in_(bindparam("calls", expanding=True)), _CALLS.c.state.in_(sorted(may_become(CallState.OFFERED)))
    )
    .values(state=CallState.OFFERED)
    .returning(_CALLS.c.id)
)
_QUEUED = (
    select(
        _CALLS.c.id,
        _CALLS.c.joined_at,
        _CALLS.c.turn_away_at,
        exists().where(Offer.__table__.c.call_id == _CALLS.c.id),
    )
    .where(_CALLS.c.ended_at.is_(None), _CALLS.c.state == CallState.QUEUED)
    .order_by(_CALLS.c.joined_at, _CALLS.c.id)
    .limit(bindparam("most"))
)
_QUEUED_AFTER = _QUEUED.where(
    or_(
        _CALLS.c.joined_at > bindparam("joined"),
        and_(_CALLS.c.joined_at == bindparam("joined"), _CALLS.c.id > bindparam("after")),
    )
)


async def by_id(session: AsyncSession, call_id: int) -> Call | None:
    return await session.get(Call, call_id, populate_existing=True)


async def by_room(session: AsyncSession, room_name: str) -> Call | None:
    return (await session.execute(_BY_ROOM, {"room": room_name})).scalar_one_or_none()


async def add_all(session: AsyncSession, begun: Sequence[Call]) -> None:
    """Inbound calls; each is given its id."""
    rows = [call.model_dump(exclude={"id"}) for call in begun]
    numbers = dict((await session.execute(_ADD_ALL, rows)).all())
    for call in begun:
        call.id = numbers[call.livekit_room_name]


async def add(session: AsyncSession, call: Call) -> Call:
    """Raises AgentBusy when its agent has a call already."""
    try:
        call.id = (await session.execute(_ADD, call.model_dump(exclude={"id"}))).scalar_one()
    except IntegrityError:
        raise AgentBusy() from None
    return call


async def move(
    session: AsyncSession,
    call_id: int,
    to: CallState,
    *,
    only_from: Collection[CallState] | None = None,
    taken_by: int | None = None,
    **values: Any,
) -> bool:
    """The one way a call changes its state. False: it was no longer where the transition starts.

    ``taken_by``: the agent who has it from now on.
    """
    before = may_become(to) if only_from is None else may_become(to) & set(only_from)
    if taken_by is not None:
        values["agent_id"] = taken_by
    return changed(await session.execute(_from(frozenset(before)), {"call": call_id, "state": to, **values}))


async def move_all(
    session: AsyncSession, call_ids: Collection[int], to: CallState, *, only_from: Collection[CallState], **values: Any
) -> set[int]:
    """The same for many calls. Returns those that were where the transition starts."""
    before = frozenset(may_become(to) & set(only_from))
    if not before or not call_ids:
        return set()
    rows = await session.execute(_all_from(before), {"calls": list(call_ids), "state": to, **values})
    return set(rows.scalars())


@cache
def _all_from(before: frozenset[CallState]) -> Executable:
    """An update of the calls ``calls`` in one of these states; what is set comes with it."""
    query = update(_CALLS).where(
        _CALLS.c.id.in_(bindparam("calls", expanding=True)), _CALLS.c.state.in_(sorted(before))
    )
    return query.returning(_CALLS.c.id)


@cache
def _from(before: frozenset[CallState]) -> Executable:
    """An update of the call ``call`` in one of these states; what is set comes with it."""
    return update(_CALLS).where(_CALLS.c.id == bindparam("call"), _CALLS.c.state.in_(sorted(before)))


async def offer_all(session: AsyncSession, call_ids: Collection[int]) -> set[int]:
    """They ring from now on. Returns those that were still waiting."""
    return set((await session.execute(_OFFER_ALL, {"calls": list(call_ids)})).scalars())


async def set_agent_deadline(
    session: AsyncSession,
    call_id: int,
    deadline: datetime | None,
    states: Collection[CallState] = TALKING,
) -> bool:
    """Start (or stop) waiting for an agent who is gone from a call in one of these states."""
    waits = Call.agent_deadline.is_(None) if deadline else Call.agent_deadline.is_not(None)
    query = update(Call).where(Call.id == call_id, Call.state.in_(states), waits)
    return changed(await session.execute(query.values(agent_deadline=deadline).execution_options(**NOT_SYNCED)))


async def shorten_dial(session: AsyncSession, call_id: int, deadline: datetime) -> None:
    """Wait for an answer until then at the longest."""
    query = update(Call).where(Call.id == call_id, Call.dial_deadline > deadline)
    await session.execute(query.values(dial_deadline=deadline).execution_options(**NOT_SYNCED))


async def set_room_sid(session: AsyncSession, call_id: int, room_sid: str) -> None:
    query = update(Call).where(Call.id == call_id, Call.room_sid == "").values(room_sid=room_sid)
    await session.execute(query.execution_options(**NOT_SYNCED))


async def engaged_with(session: AsyncSession, agent_id: int) -> Call | None:
    """The one call this agent has."""
    return (await session.execute(_ENGAGED_WITH, {"agent": agent_id})).scalar_one_or_none()


async def waiting(session: AsyncSession) -> Sequence[Call]:
    query = select(Call).where(Call.ended_at.is_(None), Call.state.in_(WAITING)).order_by(Call.joined_at, Call.id)
    return (await session.execute(query.execution_options(**FRESH))).scalars().all()


async def queued(
    session: AsyncSession, limit: int, after: tuple[datetime, int] | None = None
) -> list[tuple[int, datetime, datetime | None, bool]]:
    """Callers to whom nobody is being offered, those who came first (``after`` that time and id) first.

    For each: id, when they came, when they are turned away, and whether the call has been offered before.
    """
    if after is None:
        rows = await session.execute(_QUEUED, {"most": limit})
    else:
        rows = await session.execute(_QUEUED_AFTER, {"most": limit, "joined": after[0], "after": after[1]})
    return [(call_id, joined_at, late_at, offered) for call_id, joined_at, late_at, offered in rows]


async def open_calls(session: AsyncSession) -> Sequence[Call]:
    query = select(Call).where(Call.ended_at.is_(None), Call.state.in_(OPEN))
    return (await session.execute(query.execution_options(**FRESH))).scalars().all()


async def count_outbound(session: AsyncSession) -> int:
    """Outbound calls that are on now."""
    query = select(func.count()).where(Call.ended_at.is_(None), Call.direction == CallDirection.OUTBOUND)
    return int((await session.execute(query.where(ENGAGED))).scalar_one())


async def count_dialled(session: AsyncSession, agent_id: int, since: datetime) -> int:
    """How often an agent has dialled after ``since``."""
    query = select(func.count()).where(
        Call.agent_id == agent_id, Call.start_time > since, Call.direction == CallDirection.OUTBOUND
    )
    return int((await session.execute(query)).scalar_one())


# Legs


# Events
