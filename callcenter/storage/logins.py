"""Sign-ins, failed attempts and invitations."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.domain.calls import CallDirection
from callcenter.storage import calls, offers
from callcenter.storage.models import Agent, Call, Invitation, LoginFailure, LoginSession, Offer
from callcenter.storage.rows import changed, one_of


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


async def address_of(session: AsyncSession, login_id: str) -> str:
    """Where a sign-in was made from; empty when that is not known."""
    query = select(LoginSession.address).where(LoginSession.id == login_id)
    return (await session.execute(query)).scalar_one_or_none() or ""


async def extend(session: AsyncSession, login_id: str, until: datetime) -> bool:
    """It holds until then, unless it has been ended."""
    query = update(LoginSession).where(LoginSession.id == login_id, LoginSession.revoked_at.is_(None))
    return changed(await session.execute(query.values(expires_at=until)))


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


async def addresses_of(session: AsyncSession, username: str) -> Sequence[str]:
    """The addresses from which this account has lately been signed in to."""
    query = (
        select(LoginSession.address)
        .join(Agent, LoginSession.agent_id == Agent.id)
        .where(Agent.username == username, LoginSession.address.is_not(None))
        .distinct()
    )
    return (await session.execute(query)).scalars().all()


async def revoke(session: AsyncSession, now: datetime, *, login_id: str = "", agent_id: int = 0) -> bool:
    """End one sign-in, or all of an agent's."""
    query = update(LoginSession).where(LoginSession.revoked_at.is_(None))
    query = query.where(LoginSession.id == login_id) if login_id else query.where(LoginSession.agent_id == agent_id)
    return changed(await session.execute(query.values(revoked_at=now)))


async def record_failure(session: AsyncSession, username: str, address: str, now: datetime) -> None:
    session.add(LoginFailure(username=username, address=address, at=now))


async def failures(session: AsyncSession, username: str, address: str, since: datetime) -> tuple[int, int, int]:
    """Failed attempts since then: on this account, from this address, and on this account from this address."""
    rows = await session.execute(
        select(
            func.count().filter(LoginFailure.username == username),
            func.count().filter(LoginFailure.address == address),
            func.count().filter(LoginFailure.username == username, LoginFailure.address == address),
        ).where(LoginFailure.at > since, or_(LoginFailure.username == username, LoginFailure.address == address))
    )
    by_name, by_address, by_both = rows.one()
    return int(by_name), int(by_address), int(by_both)


async def clear_failures(session: AsyncSession, username: str) -> None:
    await session.execute(delete(LoginFailure).where(LoginFailure.username == username))


async def forget(session: AsyncSession, before: datetime) -> None:
    """Clear out what nobody needs any more."""
    await session.execute(delete(LoginFailure).where(LoginFailure.at < before))
    await session.execute(delete(LoginSession).where(LoginSession.expires_at < before))


async def add_invitation(session: AsyncSession, invitation: Invitation) -> None:
    session.add(invitation)


async def invitation_usable(session: AsyncSession, token_hash: str, now: datetime) -> bool:
    """Whether it is there, unused and in time."""
    found = await session.get(Invitation, token_hash)
    return found is not None and found.used_at is None and found.expires_at > now


async def use_invitation(session: AsyncSession, token_hash: str, now: datetime) -> Invitation | None:
    """Take an invitation; None when there is none that is unused and in time."""
    taken = await session.execute(
        update(Invitation)
        .where(Invitation.token_hash == token_hash, Invitation.used_at.is_(None), Invitation.expires_at > now)
        .values(used_at=now)
    )
    return await session.get(Invitation, token_hash) if changed(taken) else None
