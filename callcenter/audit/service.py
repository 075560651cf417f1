"""Who did what to whom, for those who have to find out later."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callcenter.audit import store as audit_store
from callcenter.audit.domain import AuditAction
from callcenter.audit.tables import AuditEvent
from callcenter.core.domain.agents import Actor
from callcenter.core.store import agents
from callcenter.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from callcenter.platform.database.engine import Transaction
from callcenter.platform.errors import NotAllowed

LARGEST_PAGE = 200


@dataclass(frozen=True)
class AuditRecord:
    """An act on record, as other services get it."""

    id: int
    at: datetime
    actor_id: int | None
    action: AuditAction
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class AuditEntry:
    """One line of the log. ``by`` is the name of an account, or ``system``."""

    id: int
    at: datetime
    by: str
    action: str
    subject: str
    detail: dict[str, Any]


class AuditService:
    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    async def list(
        self,
        actor: Actor,
        *,
        before: int | None = None,
        since: datetime | None = None,
        action: AuditAction | None = None,
        limit: int = 50,
    ) -> list[AuditEntry]:
        """The latest first; ``before`` is the id of the last line one has seen. Raises NotAllowed."""
        if not actor.administers:
            raise NotAllowed()
        size = max(1, min(limit, LARGEST_PAGE))
        async with self._units.reading() as (session, _):
            found = await page(session, size, before=before, since=since, action=action)
            names = await agents.usernames(session, {one.actor_id for one in found if one.actor_id})
        return [_entry(one, names) for one in found]

    async def record(self, actor: Actor, action: AuditAction, subject: str, **detail: Any) -> None:
        """For acts that change nothing in the database themselves: a transaction of its own."""
        async with self._units.begin() as unit:
            await record(unit, actor, action, subject, **detail)


async def record(unit: UnitOfWork, actor: Actor | None, action: AuditAction, subject: str, **detail: Any) -> None:
    """Put an act on record together with what it changes. None: nobody was signed in."""
    await audit_store.add(unit.session, (actor.id or None) if actor else None, action, subject, unit.now, detail)


async def record_rarely(unit: UnitOfWork, action: AuditAction, subject: str, every: timedelta, **detail: Any) -> None:
    """For what strangers can cause at will: once in a while for each subject, so that nobody can fill the log."""
    if not await audit_store.happened(unit.session, action, subject, unit.now - every):
        await record(unit, None, action, subject, **detail)


async def page(
    session: Transaction,
    limit: int,
    *,
    before: int | None = None,
    since: datetime | None = None,
    action: AuditAction | None = None,
) -> list[AuditRecord]:
    """Returns the latest acts first: those before the id ``before``, not older than ``since``."""
    return [
        _record(event) for event in await audit_store.page(session, limit, before=before, since=since, action=action)
    ]


async def of_actor(session: Transaction, actor_id: int, action: AuditAction, since: datetime) -> list[AuditRecord]:
    """Returns what one person did after ``since``."""
    return [_record(event) for event in await audit_store.of_actor(session, actor_id, action, since)]


async def blank(session: Transaction, subject: str, instead: str) -> None:
    """Writes ``instead`` where ``subject`` stood. What was done to them stays on record."""
    await audit_store.blank(session, subject, instead)


async def forget(unit: UnitOfWork, after: timedelta) -> None:
    """Deletes what has been on record for longer than that."""
    await audit_store.forget(unit.session, unit.now - after)


def _record(event: AuditEvent) -> AuditRecord:
    return AuditRecord(event.id or 0, event.at, event.actor_id, event.action, event.subject, event.detail)


def _entry(one: AuditRecord, names: dict[int, str]) -> AuditEntry:
    by = names.get(one.actor_id or 0, "system")
    return AuditEntry(one.id, one.at, by, one.action.value, one.subject, one.detail)
