"""What one desk shows, in two statements of columns: how its agent stands now, and what is left of calls before."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.core.domain.agent_state import AgentState
from callcenter.core.domain.calls import CallEventKind, LegRole, OfferState
from callcenter.core.store import agent_facts, sign_ins
from callcenter.core.store.room_rights import NAME_OF_AGENT
from callcenter.core.tables import Agent, Call, CallEvent, Connection, Leg, LoginSession, Offer
from callcenter.platform.database.statements import one_of

_instant = Call.start_time.type
_AGENT, _NOW = bindparam("agent"), bindparam("now", type_=_instant)
_RUNG = aliased(Call)
_OWN: Any = agent_facts.ONE


def _now() -> Any:
    sound_is_open = exists().where(
        Connection.id == Agent.media_connection,
        Connection.agent_id == Agent.id,
        Connection.closed.is_(False),
        Connection.lease_until > _NOW,
    )
    login_lives = exists().where(LoginSession.id == bindparam("login"), sign_ins.LIVES)
    here = exists().where(
        Leg.room_name == Call.livekit_room_name,
        Leg.left_at.is_(None),
        Leg.role == LegRole.AGENT,
        Leg.identity == NAME_OF_AGENT,
    )
    columns: list[Any] = [
        *_OWN,
        *(Agent.next_presence, Agent.next_presence_reason, Agent.media_connection, Agent.language),
        sound_is_open.label("sound_is_open"),
        login_lives.label("login_lives"),
        select(LoginSession.expires_at)
        .where(LoginSession.id == bindparam("login"))
        .scalar_subquery()
        .label("login_until"),
        Call.direction.label("call_direction"),
        Call.dialed_number.label("call_dialed"),
        Call.livekit_room_name.label("call_room"),
        Call.start_time.label("call_began"),
        Call.joined_at.label("call_joined"),
        Call.answered_at.label("call_answered"),
        Call.agent_deadline.label("call_agent_deadline"),
        here.label("agent_here"),
        Offer.id.label("offer_id"),
        Offer.deadline.label("offer_deadline"),
        _RUNG.id.label("rung_id"),
        _RUNG.caller_id.label("rung_party"),
        _RUNG.dialed_number.label("rung_dialed"),
        _RUNG.joined_at.label("rung_joined"),
    ]
    return (
        select(*columns)
        .outerjoin(Call, agent_facts.HAS_CALL)
        .outerjoin(Offer, agent_facts.HAS_OFFER)
        .outerjoin(_RUNG, _RUNG.id == Offer.call_id)
        .where(Agent.id == _AGENT)
    )


def _before() -> Any:
    today = bindparam("today", type_=_instant)
    ended = (
        select(Call, CallEvent.detail.label("end"))
        .outerjoin(CallEvent, and_(CallEvent.call_id == Call.id, CallEvent.kind == CallEventKind.ENDED))
        .where(Call.agent_id == _AGENT, Call.start_time > today)
        .where(Call.ended_at > bindparam("ended_after", type_=_instant))
        .order_by(Call.start_time.desc(), Call.id.desc())
        .limit(1)
        .subquery()
    )
    last = select(Offer).where(Offer.agent_id == _AGENT).order_by(Offer.id.desc()).limit(1).subquery()
    answered = (Call.agent_id == _AGENT, Call.start_time >= today, Call.answered_at.is_not(None))
    talked = func.coalesce(func.sum(Call.duration), 0)
    timed_out = one_of(Offer.state, (OfferState.TIMEOUT,))
    missed = (Offer.agent_id == _AGENT, timed_out, Offer.decided_at >= today)
    columns: list[Any] = [
        select(func.count()).select_from(Call).where(*answered).scalar_subquery().label("today_calls"),
        select(talked).where(*answered).scalar_subquery().label("today_seconds"),
        select(func.count()).select_from(Offer).where(*missed).scalar_subquery().label("today_missed"),
        *(ended.c[name].label(f"ended_{name}") for name in _ENDED),
        last.c.id.label("last_id"),
        last.c.call_id.label("last_call_id"),
        last.c.state.label("last_state"),
        last.c.decided_at.label("last_decided_at"),
        _RUNG.caller_id.label("last_party"),
        _RUNG.agent_id.label("last_taken_by"),
    ]
    one = select(literal(1).label("one")).subquery()
    tables = one.outerjoin(ended, true()).outerjoin(last, true()).outerjoin(_RUNG, _RUNG.id == last.c.call_id)
    return select(*columns).select_from(tables)


_ENDED = ("id", "caller_id", "direction", "state", "end_reason", "ended_by", "ended_at", "duration", "end")
_STANDS, _LEFT = _now(), _before()


async def now(session: AsyncSession, agent_id: int, login_id: str, now: datetime) -> Any:
    """How the agent stands, the call they have, the one that rings, and whether this sign-in lives; None for nobody."""
    return (await session.execute(_STANDS, {"agent": agent_id, "login": login_id, "now": now})).one_or_none()


def state(row: Any) -> AgentState:
    """The state of the agent whose desk ``now`` has read."""
    return AgentState(*row[: len(_OWN)])


async def before(session: AsyncSession, agent_id: int, today: datetime, ended_after: datetime) -> Any:
    """The calls since ``today``, the one that ended last after ``ended_after``, and the last offer."""
    given = {"agent": agent_id, "today": today, "ended_after": ended_after}
    return (await session.execute(_LEFT, given)).one()
