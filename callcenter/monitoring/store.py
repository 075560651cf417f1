"""How things are now, in a few numbers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.calls import WAITING, CallState
from callcenter.core.tables import Call, Connection, WebhookEvent


@dataclass(frozen=True)
class OpenCalls:
    """Calls that have not ended."""

    by_state: dict[CallState, int]
    waiting_since: datetime | None
    """When the caller who has waited longest joined the queue."""


async def open_calls(session: AsyncSession) -> OpenCalls:
    query = select(Call.state, func.count(), func.min(Call.joined_at)).where(Call.ended_at.is_(None))
    rows = (await session.execute(query.group_by(Call.state))).all()
    waiting = [joined_at for state, _, joined_at in rows if state in WAITING]
    return OpenCalls({state: number for state, number, _ in rows}, min(waiting, default=None))


async def connections(session: AsyncSession, now: datetime) -> dict[str, int]:
    """Open tabs and programs, by kind."""
    query = select(Connection.kind, func.count()).where(Connection.lease_until > now, Connection.closed.is_(False))
    rows = (await session.execute(query.group_by(Connection.kind))).all()
    return {row[0]: row[1] for row in rows}


async def last_notification(session: AsyncSession) -> datetime | None:
    """When the media server was last heard of."""
    query = select(WebhookEvent.received_at).order_by(WebhookEvent.received_at.desc()).limit(1)
    return (await session.execute(query)).scalar_one_or_none()
