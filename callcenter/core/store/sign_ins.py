"""Sign-ins, failed attempts and invitations."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.calls import CallDirection
from callcenter.core.store import calls, offers
from callcenter.core.tables import Agent, Call, LoginSession, Offer
from callcenter.platform.database.statements import changed, one_of


async def add(session: AsyncSession, login: LoginSession) -> None:
    session.add(login)
    await session.flush()


_used_at = func.coalesce(LoginSession.seen_at, LoginSession.created_at)
_instant = LoginSession.created_at.type
_NOW = bindparam("now", type_=_instant)


def _theirs(*conditions: Any) -> Any:
    return exists().where(*conditions).correlate(Agent, LoginSession)


_BUSY = or_(
    _theirs(Call.agent_id == Agent.id, calls.ENGAGED),
    _theirs(Offer.agent_id == Agent.id, offers.LIVE),
    Agent.wrapup_until > _NOW,
)
_BEGAN_LATER = or_(
    _theirs(Offer.agent_id == Agent.id, Offer.created_at >= LoginSession.expires_at),
    _theirs(
        Call.agent_id == Agent.id,
        one_of(Call.direction, (CallDirection.OUTBOUND,)),
        Call.start_time >= LoginSession.expires_at,
    ),
)
LIVES = and_(
    LoginSession.agent_id == Agent.id,
    LoginSession.revoked_at.is_(None),
    or_(LoginSession.expires_at > _NOW, and_(_BUSY, ~_BEGAN_LATER)),
    Agent.disabled_at.is_(None),
)
"""Neither ended nor of a disabled account, and in its time; past that only for the call that its agent had then, or
that rang, with its wrap-up. ``now`` has to be given."""
_IN_TIME = exists().where(LoginSession.agent_id == Agent.id, LoginSession.revoked_at.is_(None))
MAY_BEGIN = or_(_IN_TIME.where(LoginSession.expires_at > _NOW), ~_IN_TIME)
"""Of an agent who is not there for the end of a last call only: a sign-in is in its time. ``now`` has to be given."""
_LIVE = select(Agent.id, Agent.username, Agent.full_name, Agent.role, Agent.language, LoginSession.expires_at).where(
    LoginSession.id == bindparam("login"), LIVES
)
_LIVE_AND_USED = _LIVE.where(_used_at > bindparam("used_since", type_=_instant))
"""Made once: every click and every request asks this."""


async def live(session: AsyncSession, login_id: str, now: datetime, used_since: datetime | None) -> Any:
    """Whose sign-in lives and was not left unused, with role and language, and until when it holds; None for nobody."""
    given = {"login": login_id, "now": now}
    if used_since is None:
        return (await session.execute(_LIVE, given)).one_or_none()
    return (await session.execute(_LIVE_AND_USED, {**given, "used_since": used_since})).one_or_none()


async def live_ones(session: AsyncSession, login_ids: Collection[str], now: datetime) -> set[str]:
    """Those of these sign-ins that live."""
    query = select(LoginSession.id).where(LoginSession.id.in_(login_ids), LIVES)
    return set((await session.execute(query, {"now": now})).scalars())


async def shut_out(session: AsyncSession, agent_id: int, now: datetime) -> bool:
    """Whether this agent was signed in and is no longer: every sign-in has ended."""
    theirs = select(LoginSession.id).where(LoginSession.agent_id == agent_id)
    if (await session.execute(theirs.limit(1))).one_or_none() is None:
        return False
    living = select(LoginSession.id).where(LoginSession.agent_id == agent_id, LIVES).limit(1)
    return (await session.execute(living, {"now": now})).one_or_none() is None


async def open_ones(session: AsyncSession, agent_id: int, now: datetime) -> Sequence[LoginSession]:
    """Somebody's sign-ins that have neither ended nor expired, the latest first."""
    query = (
        select(LoginSession)
        .where(LoginSession.agent_id == agent_id, LoginSession.revoked_at.is_(None), LoginSession.expires_at > now)
        .order_by(LoginSession.created_at.desc(), LoginSession.id)
    )
    return (await session.execute(query)).scalars().all()


async def mark_seen(session: AsyncSession, login_ids: Collection[str], now: datetime) -> None:
    """They are in use."""
    await session.execute(update(LoginSession).where(LoginSession.id.in_(login_ids)).values(seen_at=now))


async def revoke(session: AsyncSession, now: datetime, *, login_id: str = "", agent_id: int = 0) -> bool:
    """End one sign-in, or all of an agent's."""
    query = update(LoginSession).where(LoginSession.revoked_at.is_(None))
    query = query.where(LoginSession.id == login_id) if login_id else query.where(LoginSession.agent_id == agent_id)
    return changed(await session.execute(query.values(revoked_at=now)))
