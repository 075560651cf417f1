"""Who did what to whom, for those who have to find out later."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callcenter.domain.agents import Actor
from callcenter.domain.audit import AuditAction
from callcenter.domain.errors import NotAllowed
from callcenter.services.unit import Unit, Units
from callcenter.storage import agents, audit
from callcenter.storage.models import AuditEvent

LARGEST_PAGE = 200


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
    def __init__(self, units: Units) -> None:
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
            found = await audit.page(session, size, before=before, since=since, action=action)
            names = await agents.usernames(session, {event.actor_id for event in found if event.actor_id})
        return [_entry(event, names) for event in found]

    async def record(self, actor: Actor, action: AuditAction, subject: str, **detail: Any) -> None:
        """For acts that change nothing in the database themselves: a transaction of its own."""
        async with self._units.begin() as unit:
            await record(unit, actor, action, subject, **detail)


async def record(unit: Unit, actor: Actor | None, action: AuditAction, subject: str, **detail: Any) -> None:
    """Put an act on record together with what it changes. None: nobody was signed in."""
    await audit.add(unit.session, (actor.id or None) if actor else None, action, subject, unit.now, detail)


async def record_rarely(unit: Unit, action: AuditAction, subject: str, every: timedelta, **detail: Any) -> None:
    """For what strangers can cause at will: once in a while for each subject, so that nobody can fill the log."""
    if not await audit.happened(unit.session, action, subject, unit.now - every):
        await record(unit, None, action, subject, **detail)


def _entry(event: AuditEvent, names: dict[int, str]) -> AuditEntry:
    return AuditEntry(
        id=event.id or 0,
        at=event.at,
        by=names.get(event.actor_id or 0, "system"),
        action=event.action.value,
        subject=event.subject,
        detail=event.detail,
    )
