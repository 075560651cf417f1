"""Which notifications were applied, so that none is applied twice."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.tables import WebhookEvent
from callcenter.platform.database.statements import insert_new, of_this

_NOTIFICATIONS: Any = WebhookEvent.__table__
_FIRST_TIMES = insert_new(_NOTIFICATIONS, _NOTIFICATIONS.c.id)


async def first_time(session: AsyncSession, event_id: str, now: datetime) -> bool:
    """Remember a notification. False when it was applied before."""
    return event_id in await first_times(session, [event_id], now)


async def first_times(session: AsyncSession, event_ids: Collection[str], now: datetime) -> set[str]:
    """Remember notifications. Returns those that were not applied before."""
    rows = [{"id": event_id, "received_at": now} for event_id in sorted(set(event_ids))]
    return set((await session.execute(of_this(session, _FIRST_TIMES), rows)).scalars())


async def known(session: AsyncSession, event_id: str) -> bool:
    """Whether that is remembered."""
    query = select(WebhookEvent.id).where(WebhookEvent.id == event_id)
    return (await session.execute(query)).scalar_one_or_none() is not None


async def forget(session: AsyncSession, before: datetime) -> None:
    await session.execute(delete(WebhookEvent).where(WebhookEvent.received_at < before))
