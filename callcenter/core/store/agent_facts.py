"""The state of agents, and the queue, in one statement each: columns alone, in the order of ``AgentState``'s fields."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.agent_state import AgentState, Queue, Waiting
from callcenter.core.domain.calls import WAITING
from callcenter.core.store import calls, offers, sign_ins
from callcenter.core.tables import Agent, Call, Connection, Offer
from callcenter.platform.database.statements import one_of

_NOW = bindparam("now", type_=Agent.idle_since.type)
HAS_CALL = and_(Call.agent_id == Agent.id, calls.ENGAGED)
HAS_OFFER = and_(Offer.agent_id == Agent.id, offers.LIVE)


def lease_of_agent(*, closed: bool) -> Any:
    """Returns the SQL of the end of the agent's last open (or closed) lease, unless it has run out at ``now``."""
    query = select(func.max(Connection.lease_until)).where(
        Connection.agent_id == Agent.id, Connection.closed.is_(closed), Connection.lease_until > _NOW
    )
    return query.scalar_subquery()


def columns(open_until: Any, grace_until: Any, may_begin: ColumnElement[bool] | None = None) -> list[Any]:
    """Returns the columns of an ``AgentState``, each under the name of its field."""
    call_since = func.coalesce(Call.answered_at, Call.start_time, type_=Call.start_time.type)
    return [
        Agent.id,
        Agent.presence,
        Agent.routable,
        Agent.idle_since,
        Agent.wrapup_until,
        Agent.disabled_at,
        open_until.label("open_until"),
        grace_until.label("grace_until"),
        Call.state.label("call_state"),
        call_since.label("call_since"),
        Offer.state.label("offer_state"),
        Offer.created_at.label("offered_at"),
        Agent.username,
        Agent.full_name,
        Agent.role,
        Agent.livekit_identity,
        Agent.presence_reason,
        Agent.presence_since,
        Agent.routable_since,
        Call.id.label("call_id"),
        Call.caller_id.label("call_party"),
        *([] if may_begin is None else [may_begin.label("may_begin")]),
    ]


ONE = columns(lease_of_agent(closed=False), lease_of_agent(closed=True))
"""For the state of a single agent."""


def _leases(named: bool) -> Any:
    open_until = func.max(case((Connection.closed.is_(False), Connection.lease_until)))
    grace_until = func.max(case((Connection.closed.is_(True), Connection.lease_until)))
    query = select(Connection.agent_id, open_until.label("open_until"), grace_until.label("grace_until"))
    query = query.where(Connection.lease_until > _NOW)
    if named:
        query = query.where(Connection.agent_id.in_(bindparam("agents", expanding=True)))
    return query.group_by(Connection.agent_id)


def _facts(*, named: bool = False, may_begin: ColumnElement[bool] | None = None) -> Any:
    leases = _leases(named).subquery()
    query = (
        select(*columns(leases.c.open_until, leases.c.grace_until, may_begin))
        .outerjoin(leases, leases.c.agent_id == Agent.id)
        .outerjoin(Call, HAS_CALL)
        .outerjoin(Offer, HAS_OFFER)
    )
    return query.where(Agent.id.in_(bindparam("agents", expanding=True))) if named else query


_ALL, _NAMED, _ROUTED = _facts(), _facts(named=True), _facts(may_begin=sign_ins.MAY_BEGIN)
_ONE = select(*ONE).outerjoin(Call, HAS_CALL).outerjoin(Offer, HAS_OFFER).where(Agent.id == bindparam("agent"))
_ONE_HELD = _ONE.with_for_update(of=Agent)
_ACCOUNT = select(Agent, *ONE).outerjoin(Call, HAS_CALL).outerjoin(Offer, HAS_OFFER)
_ACCOUNT_BY_ID = _ACCOUNT.where(Agent.id == bindparam("agent"))
_ACCOUNT_BY_NAME = _ACCOUNT.where(Agent.username == bindparam("username"))
_QUEUE = (
    select(Call.id, Call.caller_id, Call.state, Call.joined_at, Offer.agent_id, func.count().over())
    .outerjoin(Offer, and_(Offer.call_id == Call.id, offers.LIVE))
    .where(Call.ended_at.is_(None), one_of(Call.state, sorted(WAITING)))
    .order_by(Call.joined_at, Call.id)
    .limit(bindparam("most"))
)


async def facts(session: AsyncSession, now: datetime, agents: Collection[int] | None = None) -> dict[int, AgentState]:
    """Returns the state of these agents, or of all, by id; disabled accounts are among them."""
    query, given = (_ALL, {}) if agents is None else (_NAMED, {"agents": list(agents)})
    return {row[0]: AgentState(*row) for row in await session.execute(query, {"now": now, **given})}


async def routed(session: AsyncSession, now: datetime) -> list[AgentState]:
    """Returns the state of all agents, and whether each may begin something new: what routing decides on."""
    return [AgentState(*row) for row in await session.execute(_ROUTED, {"now": now})]


async def one(session: AsyncSession, agent_id: int, now: datetime, *, hold: bool = False) -> AgentState | None:
    """Returns the state of one agent, or None. ``hold`` locks the agent until the transaction ends."""
    query = _ONE_HELD if hold else _ONE
    row = (await session.execute(query, {"agent": agent_id, "now": now})).one_or_none()
    return None if row is None else AgentState(*row)


async def account(
    session: AsyncSession, now: datetime, *, agent_id: int = 0, username: str = ""
) -> tuple[Agent, AgentState] | None:
    """Returns an account, found by its id or its name, and the state of its agent."""
    query, given = (_ACCOUNT_BY_ID, {"agent": agent_id}) if agent_id else (_ACCOUNT_BY_NAME, {"username": username})
    row = (await session.execute(query, {**given, "now": now})).one_or_none()
    return None if row is None else (row[0], AgentState(*row[1:]))


async def queue(session: AsyncSession, most: int) -> Queue:
    """Who waits, longest first, at most so many of them; and how many there are."""
    rows = (await session.execute(_QUEUE, {"most": most})).all()
    return Queue(rows[0][5], tuple(Waiting(*row[:5]) for row in rows)) if rows else Queue()
