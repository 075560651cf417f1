"""What happened to calls, entry by entry, for those who follow all of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.calls import CallDirection, CallEventKind, CallState, EndedBy, EndReason
from callcenter.core.tables import Call, CallEvent


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry, and its call as it is now."""

    id: int
    at: datetime
    kind: CallEventKind
    agent_id: int | None
    detail: dict[str, Any]
    call_id: int
    call_agent_id: int | None
    caller_id: str
    direction: CallDirection
    start_time: datetime
    state: CallState
    room_name: str
    duration: int
    end_reason: EndReason | None
    ended_by: EndedBy | None


_COLUMNS: list[Any] = [
    CallEvent.id,
    CallEvent.at,
    CallEvent.kind,
    CallEvent.agent_id,
    CallEvent.detail,
    Call.id,
    Call.agent_id,
    Call.caller_id,
    Call.direction,
    Call.start_time,
    Call.state,
    Call.livekit_room_name,
    Call.duration,
    Call.end_reason,
    Call.ended_by,
]
_AFTER = (
    select(*_COLUMNS)
    .join(Call, Call.id == CallEvent.call_id)
    .where(CallEvent.id > bindparam("after"), CallEvent.id.not_in(bindparam("but", expanding=True)))
    .order_by(CallEvent.id)
    .limit(bindparam("most"))
)


async def after(session: AsyncSession, event_id: int, but: Collection[int], most: int) -> list[LogEntry]:
    """The log of all calls from there on, without the entries in ``but``, and not more than so many."""
    given = {"after": event_id, "but": list(but), "most": most}
    return [LogEntry(*row) for row in await session.execute(_AFTER, given)]


_EVENTS: Any = CallEvent.__table__


_LOG = insert(_EVENTS)


_LOG_NUMBERED = _LOG.returning(_EVENTS.c.call_id, _EVENTS.c.kind, _EVENTS.c.id)


async def log(session: AsyncSession, entries: Sequence[dict[str, Any]]) -> None:
    """Each with call_id, at, kind, agent_id and detail; in this order."""
    await session.execute(_LOG, list(entries))


async def log_numbered(
    session: AsyncSession, entries: Sequence[dict[str, Any]]
) -> dict[tuple[int, CallEventKind], int]:
    """The same for entries of which no two are of one kind and call; returns their ids by both."""
    rows = await session.execute(_LOG_NUMBERED, list(entries))
    return {(call_id, kind): number for call_id, kind, number in rows}


async def events(session: AsyncSession, call_id: int) -> Sequence[CallEvent]:
    query = select(CallEvent).where(CallEvent.call_id == call_id).order_by(CallEvent.id)
    return (await session.execute(query)).scalars().all()


async def last_event_id(session: AsyncSession) -> int:
    query = select(CallEvent.id).order_by(CallEvent.id.desc()).limit(1)
    return int((await session.execute(query)).scalar_one_or_none() or 0)
