"""Reads and writes accounts, invitations and failed sign-ins."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.accounts.errors import UsernameTaken
from callcenter.accounts.tables import Invitation, LoginFailure
from callcenter.core.domain.agents import Role
from callcenter.core.tables import Agent, LoginSession
from callcenter.platform.database.statements import changed


async def by_username(session: AsyncSession, username: str) -> Agent | None:
    return (await session.execute(select(Agent).where(Agent.username == username))).scalar_one_or_none()


async def add(session: AsyncSession, agent: Agent) -> Agent:
    """Raises UsernameTaken."""
    session.add(agent)
    try:
        await session.flush()
    except IntegrityError:
        raise UsernameTaken() from None
    return agent


async def set_password(session: AsyncSession, agent_id: int, hashed: str) -> bool:
    return changed(await session.execute(update(Agent).where(Agent.id == agent_id).values(hashed_password=hashed)))


async def disable(session: AsyncSession, agent_id: int, at: datetime) -> bool:
    """False for an unknown account, and for the last enabled administrator."""
    query = update(Agent).where(Agent.id == agent_id, _leaves_an_administrator(agent_id)).values(disabled_at=at)
    return changed(await session.execute(query))


async def enable(session: AsyncSession, agent_id: int) -> bool:
    return changed(await session.execute(update(Agent).where(Agent.id == agent_id).values(disabled_at=None)))


def _leaves_an_administrator(agent_id: int) -> ColumnElement[bool]:
    """Somebody manages accounts without this one: the condition of whatever takes an administrator away."""
    other = aliased(Agent)
    others = select(other.id).where(other.role == Role.ADMIN, other.disabled_at.is_(None), other.id != agent_id)
    return or_(Agent.role != Role.ADMIN, Agent.disabled_at.is_not(None), others.exists())


async def address_of(session: AsyncSession, login_id: str) -> str:
    """Where a sign-in was made from; empty when that is not known."""
    query = select(LoginSession.address).where(LoginSession.id == login_id)
    return (await session.execute(query)).scalar_one_or_none() or ""


async def extend(session: AsyncSession, login_id: str, until: datetime) -> bool:
    """It holds until then, unless it has been ended."""
    query = update(LoginSession).where(LoginSession.id == login_id, LoginSession.revoked_at.is_(None))
    return changed(await session.execute(query.values(expires_at=until)))


async def addresses_of(session: AsyncSession, username: str) -> Sequence[str]:
    """The addresses from which this account has lately been signed in to."""
    query = (
        select(LoginSession.address)
        .join(Agent, LoginSession.agent_id == Agent.id)
        .where(Agent.username == username, LoginSession.address.is_not(None))
        .distinct()
    )
    return (await session.execute(query)).scalars().all()


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
