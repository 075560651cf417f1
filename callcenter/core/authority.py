"""Reads the acting person again inside the transaction that acts on their word.

A request is identified before its transaction begins. Until it has its turn another administrator may have disabled
the account or signed it out. What is decided here holds until the commit, because writers take turns.
"""

from datetime import datetime

from callcenter.core.domain.agents import SYSTEM, Actor, Role
from callcenter.core.store import agents, sign_ins
from callcenter.core.tables import Agent
from callcenter.platform.database.engine import Transaction
from callcenter.platform.errors import NotAllowed, NotSignedIn


async def confirm(session: Transaction, actor: Actor, now: datetime) -> None:
    """Check that the acting person is still signed in. Raises NotSignedIn."""
    signed_out = actor.login_session and await sign_ins.live(session, actor.login_session, now, None) is None
    if actor != SYSTEM and (signed_out or await _enabled(session, actor.id) is None):
        raise NotSignedIn()


async def confirm_administrator(session: Transaction, actor: Actor, now: datetime) -> None:
    """Check that the acting person is still signed in and an administrator. Raises NotAllowed or NotSignedIn."""
    require_administrator(actor)
    await confirm(session, actor, now)
    if actor != SYSTEM and not await still_administers(session, actor.id):
        raise NotAllowed()


def require_administrator(actor: Actor) -> None:
    """Refuse everybody else before any work is done for them. Raises NotAllowed."""
    if not actor.administers:
        raise NotAllowed()


async def still_administers(session: Transaction, agent_id: int) -> bool:
    """Tell whether this account is an administrator's and enabled."""
    agent = await _enabled(session, agent_id)
    return agent is not None and agent.role is Role.ADMIN


async def _enabled(session: Transaction, agent_id: int) -> Agent | None:
    agent = await agents.by_id(session, agent_id)
    return agent if agent is not None and agent.disabled_at is None else None
