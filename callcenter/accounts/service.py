"""Accounts: adding, disabling, resetting, inviting."""

import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from callcenter.accounts import passwords
from callcenter.accounts import store as accounts_store
from callcenter.accounts.errors import InvitationInvalid, LastAdministrator, UsernameTaken
from callcenter.accounts.tables import Invitation
from callcenter.accounts.views import AccountView
from callcenter.audit.domain import AuditAction
from callcenter.audit.service import record
from callcenter.core.authority import confirm, confirm_administrator, require_administrator, still_administers
from callcenter.core.domain.agent_state import AgentState
from callcenter.core.domain.agents import Actor, AgentStatus, Presence, Role
from callcenter.core.domain.errors import AgentBusy
from callcenter.core.domain.events import (
    AccountAdded,
    AccountDisabled,
    AccountEnabled,
    LanguageChosen,
    PasswordReset,
    SignInsEnded,
)
from callcenter.core.ports.media_server import Media
from callcenter.core.store import agent_facts, agents, calls, connections, sign_ins
from callcenter.core.tables import Agent
from callcenter.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from callcenter.platform.errors import InvalidInput, NotFound
from callcenter.platform.names import NotAName, folded, tidy
from callcenter.presence.service import apply_presence
from callcenter.settings import Settings

USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
LONGEST_NAME = 120
INVITATION_LIFE = timedelta(days=7)


def username_key(username: str) -> str:
    """User names differ in more than case, the width of letters or how accents are composed (NFKC)."""
    return folded(username).strip()


def tidy_full_name(full_name: str) -> str:
    """A person's name as it is kept. Raises InvalidInput."""
    try:
        name = tidy(full_name)
    except NotAName:
        name = ""
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidInput("full_name", longest=LONGEST_NAME)
    return name


class AccountService:
    def __init__(
        self, settings: Settings, units: UnitOfWorkFactory, media: Media, languages: Collection[str] = ()
    ) -> None:
        """``languages``: the codes of those that people can choose."""
        self._settings = settings
        self._units = units
        self._media = media
        self._languages = languages

    async def add(self, actor: Actor, username: str, password: str, full_name: str, role: Role) -> AccountView:
        """Raises NotAllowed, InvalidInput or UsernameTaken."""
        require_administrator(actor)
        agent = await self._prepared(username, password, full_name, role)
        async with self._administering(actor) as unit:
            view = await self._store(unit, agent, by=actor.id)
            await record(unit, actor, AuditAction.ACCOUNT_ADDED, agent.username, role=agent.role.value)
            return view

    async def register(self, username: str, password: str, full_name: str, invitation: str = "") -> AccountView:
        """Open in development; elsewhere an invitation says which role. Raises InvitationInvalid."""
        if not invitation and not self._settings.debug:
            raise InvitationInvalid()
        if invitation:
            await self._expect_invitation(invitation)
        agent = await self._prepared(username, password, full_name, Role.AGENT)
        async with self._units.begin() as unit:
            taken = None
            if invitation:
                taken = await accounts_store.use_invitation(unit.session, _fingerprint(invitation), unit.now)
                if taken is None or not await _inviter_administers(unit, taken):
                    raise InvitationInvalid()
                agent.role = taken.role
            view = await self._store(unit, agent, by=0)
            invited = {"invited_by": taken.created_by} if taken and taken.created_by else {}
            await record(unit, None, AuditAction.ACCOUNT_REGISTERED, agent.username, role=agent.role.value, **invited)
            return view

    async def _expect_invitation(self, invitation: str) -> None:
        """Looked at before the password is, so that strangers cannot make the server work. Raises InvitationInvalid."""
        async with self._units.reading() as (session, now):
            if not await accounts_store.invitation_usable(session, _fingerprint(invitation), now):
                raise InvitationInvalid()

    async def invite(self, actor: Actor, role: Role) -> str:
        """A secret that lets one person register with that role within seven days."""
        token = secrets.token_urlsafe(24)
        async with self._administering(actor) as unit:
            await accounts_store.add_invitation(
                unit.session,
                Invitation(
                    token_hash=_fingerprint(token),
                    role=role,
                    created_by=actor.id or None,
                    expires_at=unit.now + INVITATION_LIFE,
                ),
            )
            await record(unit, actor, AuditAction.INVITED, role.value)
        return token

    async def list_accounts(self, actor: Actor) -> list[AccountView]:
        async with self._units.reading() as (session, now):
            await confirm_administrator(session, actor, now)
            states = await agent_facts.facts(session, now)
            everyone = await agents.everyone(session, disabled=True)
            return [_view(agent, states[agent.id or 0].status(now)) for agent in everyone]

    async def me(self, actor: Actor) -> AccountView:
        async with self._units.reading(once=True) as (session, now):
            return _seen(await agent_facts.account(session, now, agent_id=actor.id), now)

    async def choose_language(self, actor: Actor, language: str) -> None:
        """One's own, of the pages; empty for the browser's. Raises InvalidInput for a language without a catalogue."""
        if language and language not in self._languages:
            raise InvalidInput()
        async with self._units.begin() as unit:
            await confirm(unit.session, actor, unit.now)
            await agents.set_language(unit.session, actor.id, language or None)
            unit.record(LanguageChosen(actor.id))
            await record(unit, actor, AuditAction.LANGUAGE_CHOSEN, actor.username, language=language)

    async def find(self, actor: Actor, username: str) -> AccountView:
        """Raises NotFound."""
        async with self._units.reading() as (session, now):
            await confirm_administrator(session, actor, now)
            return _seen(await agent_facts.account(session, now, username=username_key(username)), now)

    async def disable(self, actor: Actor, agent_id: int) -> None:
        """Signed out everywhere and offline. Raises AgentBusy while they are in a call, or LastAdministrator."""
        require_administrator(actor)
        if actor.id == agent_id:
            raise InvalidInput("own_account")
        async with self._administering(actor) as unit:
            if await calls.engaged_with(unit.session, agent_id) is not None:
                raise AgentBusy("other_agent")
            if not await accounts_store.disable(unit.session, agent_id, unit.now):
                known = await agents.by_id(unit.session, agent_id)
                raise LastAdministrator() if known else NotFound()
            await sign_ins.revoke(unit.session, unit.now, agent_id=agent_id)
            await apply_presence(unit, agent_id, Presence.OFFLINE, None, self._media, by="disabled")
            await connections.drop_connections(unit.session, agent_id)
            unit.record(SignInsEnded(agent_id), AccountDisabled(agent_id, actor.id))
            await self._record(unit, actor, AuditAction.ACCOUNT_DISABLED, agent_id)

    async def enable(self, actor: Actor, agent_id: int) -> None:
        async with self._administering(actor) as unit:
            if not await accounts_store.enable(unit.session, agent_id):
                raise NotFound()
            unit.record(AccountEnabled(agent_id, actor.id))
            await self._record(unit, actor, AuditAction.ACCOUNT_ENABLED, agent_id)

    async def reset(self, actor: Actor, agent_id: int, password: str) -> None:
        """A new password; every sign-in of theirs ends."""
        require_administrator(actor)
        hashed = await passwords.hashed(password, await self._words_of(agent_id))
        async with self._administering(actor) as unit:
            if not await accounts_store.set_password(unit.session, agent_id, hashed):
                raise NotFound()
            await sign_ins.revoke(unit.session, unit.now, agent_id=agent_id)
            await connections.drop_connections(unit.session, agent_id)
            unit.record(SignInsEnded(agent_id), PasswordReset(agent_id, actor.id))
            await self._record(unit, actor, AuditAction.PASSWORD_RESET, agent_id)

    async def sign_out(self, actor: Actor, agent_id: int) -> None:
        """Every sign-in of theirs ends; a call goes on for as long as the media server keeps them in its room."""
        async with self._administering(actor) as unit:
            if await agents.by_id(unit.session, agent_id) is None:
                raise NotFound()
            await sign_ins.revoke(unit.session, unit.now, agent_id=agent_id)
            await connections.drop_connections(unit.session, agent_id)
            unit.record(SignInsEnded(agent_id))
            await self._record(unit, actor, AuditAction.SIGN_INS_ENDED, agent_id)

    @asynccontextmanager
    async def _administering(self, actor: Actor) -> AsyncIterator[UnitOfWork]:
        """A transaction for an administrator who still is one. Raises NotAllowed or NotSignedIn."""
        require_administrator(actor)
        async with self._units.begin() as unit:
            await confirm_administrator(unit.session, actor, unit.now)
            yield unit

    async def _words_of(self, agent_id: int) -> tuple[str, ...]:
        """What a password of theirs must not consist of. Raises NotFound."""
        async with self._units.reading() as (session, _):
            agent = await agents.by_id(session, agent_id)
        if agent is None:
            raise NotFound()
        return agent.username, agent.full_name

    async def _record(self, unit: UnitOfWork, actor: Actor, action: AuditAction, agent_id: int) -> None:
        names = await agents.usernames(unit.session, {agent_id})
        await record(unit, actor, action, names[agent_id])

    async def _prepared(self, username: str, password: str, full_name: str, role: Role) -> Agent:
        key = username_key(username)
        if not USERNAME.fullmatch(key):
            raise InvalidInput("username")
        name = tidy_full_name(full_name)
        hashed = await passwords.hashed(password, (key, name))
        now = self._units.clock()
        return Agent(
            username=key,
            hashed_password=hashed,
            full_name=name,
            role=role,
            livekit_identity=f"agent_{secrets.token_urlsafe(12)}",
            presence_since=now,
            routable_since=now,
            idle_since=now,
            created_at=now,
        )

    async def _store(self, unit: UnitOfWork, agent: Agent, by: int) -> AccountView:
        if await accounts_store.by_username(unit.session, agent.username) is not None:
            raise UsernameTaken()
        await accounts_store.add(unit.session, agent)
        unit.record(AccountAdded(agent.id or 0, by, agent.role.value))
        return _view(agent, AgentStatus.OFFLINE)


def _seen(found: tuple[Agent, AgentState] | None, now: datetime) -> AccountView:
    if found is None:
        raise NotFound()
    agent, state = found
    return _view(agent, state.status(now))


def _view(agent: Agent, status: AgentStatus) -> AccountView:
    return AccountView(
        id=agent.id or 0,
        username=agent.username,
        full_name=agent.full_name,
        role=agent.role.value,
        status=status.value,
        disabled=agent.disabled_at is not None,
        created_at=agent.created_at.isoformat(),
        livekit_identity=agent.livekit_identity,
    )


async def _inviter_administers(unit: UnitOfWork, invitation: Invitation) -> bool:
    """An invitation is worth what its maker may still do; those made at the command line have no maker."""
    return not invitation.created_by or await still_administers(unit.session, invitation.created_by)


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
