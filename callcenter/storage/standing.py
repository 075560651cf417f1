"""How all agents stand, and who waits, in one statement each: columns alone, for the copy that a process keeps."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.domain.agents import (
    AgentStatus,
    NotReadyReason,
    Presence,
    Role,
    Routable,
    Session,
    Work,
    agent_status,
    wrapping_up,
)
from callcenter.domain.calls import WAITING, CallState, OfferState
from callcenter.storage import calls, offers
from callcenter.storage.board import WORK
from callcenter.storage.models import Agent, Call, Connection, Offer
from callcenter.storage.rows import one_of


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database says of one agent. How they stand follows from it and the time."""

    id: int
    username: str
    full_name: str
    role: Role
    livekit_identity: str
    presence: Presence
    presence_reason: NotReadyReason | None
    presence_since: datetime
    routable: Routable
    routable_since: datetime
    idle_since: datetime
    wrapup_until: datetime | None
    disabled_at: datetime | None
    open_until: datetime | None
    """The last lease of what is open (a tab, a program) runs so long."""
    grace_until: datetime | None
    call_id: int | None
    call_state: CallState | None
    call_party: str | None
    call_since: datetime | None
    """When it was answered; before that, when it began."""
    offered_at: datetime | None
    """When the call that rings was offered."""

    def session(self, now: datetime) -> Session:
        if self.open_until is not None and self.open_until > now:
            return Session.CONNECTED
        return Session.GRACE if self.grace_until is not None and self.grace_until > now else Session.LOST

    def work(self, now: datetime) -> tuple[Work, datetime | None]:
        """What they do and since when."""
        if self.call_state is not None:
            return WORK[self.call_state], self.call_since
        if self.offered_at is not None:
            return Work.RINGING, self.offered_at
        return (Work.WRAPUP, self.idle_since) if wrapping_up(self.wrapup_until, now) else (Work.IDLE, None)

    def status(self, now: datetime) -> AgentStatus:
        return agent_status(self.presence, self.work(now)[0], self.routable, self.session(now))

    def next_turn(self, now: datetime) -> datetime | None:
        """When time alone will change how they stand, if nothing else does."""
        ahead = [at for at in (self.open_until, self.grace_until, self.wrapup_until) if at is not None and at > now]
        return min(ahead, default=None)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller in the queue."""

    id: int
    caller_id: str
    state: CallState
    joined_at: datetime
    offered_to: int | None


@dataclass(frozen=True, slots=True)
class Queue:
    length: int = 0
    first: tuple[Waiting, ...] = ()
    """Longest wait first; not more than were asked for."""


def _leases(named: bool) -> Any:
    open_until = func.max(case((Connection.closed.is_(False), Connection.lease_until)))
    grace_until = func.max(case((Connection.closed.is_(True), Connection.lease_until)))
    query = select(Connection.agent_id, open_until.label("open_until"), grace_until.label("grace_until"))
    query = query.where(Connection.lease_until > bindparam("now", type_=Connection.lease_until.type))
    if named:
        query = query.where(Connection.agent_id.in_(bindparam("agents", expanding=True)))
    return query.group_by(Connection.agent_id)


def _facts(named: bool) -> Any:
    leases = _leases(named).subquery()
    columns: list[Any] = [
        Agent.id,
        Agent.username,
        Agent.full_name,
        Agent.role,
        Agent.livekit_identity,
        Agent.presence,
        Agent.presence_reason,
        Agent.presence_since,
        Agent.routable,
        Agent.routable_since,
        Agent.idle_since,
        Agent.wrapup_until,
        Agent.disabled_at,
        leases.c.open_until,
        leases.c.grace_until,
        Call.id,
        Call.state,
        Call.caller_id,
        func.coalesce(Call.answered_at, Call.start_time, type_=Call.start_time.type),
        Offer.created_at,
    ]
    query = (
        select(*columns)
        .outerjoin(leases, leases.c.agent_id == Agent.id)
        .outerjoin(Call, and_(Call.agent_id == Agent.id, calls.ENGAGED))
        .outerjoin(Offer, and_(Offer.agent_id == Agent.id, offers.LIVE, Offer.state == OfferState.PENDING))
    )
    return query.where(Agent.id.in_(bindparam("agents", expanding=True))) if named else query


_ALL, _NAMED = _facts(named=False), _facts(named=True)
_QUEUE = (
    select(Call.id, Call.caller_id, Call.state, Call.joined_at, Offer.agent_id, func.count().over())
    .outerjoin(Offer, and_(Offer.call_id == Call.id, offers.LIVE))
    .where(Call.ended_at.is_(None), one_of(Call.state, sorted(WAITING)))
    .order_by(Call.joined_at, Call.id)
    .limit(bindparam("most"))
)


async def facts(session: AsyncSession, now: datetime, agents: Collection[int] | None = None) -> dict[int, Facts]:
    """Of these agents, or of all; by id. Those with a disabled account are among them."""
    query, given = (_ALL, {}) if agents is None else (_NAMED, {"agents": list(agents)})
    return {row[0]: Facts(*row) for row in await session.execute(query, {"now": now, **given})}


async def queue(session: AsyncSession, most: int) -> Queue:
    """Who waits, longest first, at most so many of them; and how many there are."""
    rows = (await session.execute(_QUEUE, {"most": most})).all()
    return Queue(rows[0][5], tuple(Waiting(*row[:5]) for row in rows)) if rows else Queue()
