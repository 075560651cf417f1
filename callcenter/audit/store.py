"""The audit log: written once, never changed, read from its end."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audit.domain import AuditAction
from callcenter.audit.tables import AuditEvent

LONGEST_SUBJECT = 128


async def add(
    session: AsyncSession,
    actor_id: int | None,
    action: AuditAction,
    subject: str,
    now: datetime,
    detail: dict[str, Any],
) -> None:
    session.add(AuditEvent(at=now, actor_id=actor_id, action=action, subject=subject[:LONGEST_SUBJECT], detail=detail))
    await session.flush()


async def page(
    session: AsyncSession,
    limit: int,
    *,
    before: int | None = None,
    since: datetime | None = None,
    action: AuditAction | None = None,
) -> Sequence[AuditEvent]:
    """The latest first: those before the id ``before``, not older than ``since``."""
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    if since is not None:
        query = query.where(AuditEvent.at >= since)
    if action is not None:
        query = query.where(AuditEvent.action == action)
    return (await session.execute(query)).scalars().all()


async def of_actor(session: AsyncSession, actor_id: int, action: AuditAction, since: datetime) -> Sequence[AuditEvent]:
    """What one person did after ``since``."""
    query = select(AuditEvent).where(
        AuditEvent.actor_id == actor_id, AuditEvent.action == action, AuditEvent.at > since
    )
    return (await session.execute(query)).scalars().all()


async def happened(session: AsyncSession, action: AuditAction, subject: str, since: datetime) -> bool:
    """Whether that is on record already after ``since``."""
    query = select(func.count()).where(
        AuditEvent.action == action, AuditEvent.subject == subject[:LONGEST_SUBJECT], AuditEvent.at > since
    )
    return bool((await session.execute(query)).scalar_one())


async def blank(session: AsyncSession, subject: str, instead: str) -> None:
    """The audit log goes on saying what was done, but not to whom."""
    await session.execute(update(AuditEvent).where(AuditEvent.subject == subject).values(subject=instead))


async def forget(session: AsyncSession, before: datetime) -> None:
    await session.execute(delete(AuditEvent).where(AuditEvent.at < before))
