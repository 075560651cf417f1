"""What happened to calls, entry by entry, for those who follow all of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.domain.calls import CallDirection, CallEventKind, CallState, EndedBy, EndReason
from callcenter.storage.models import Call, CallEvent


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
