"""What people do about their own sign-ins: look at them, end them, choose another password."""

from callcenter.accounts import passwords
from callcenter.accounts import store as accounts_store
from callcenter.accounts.authentication import AuthService, SignedIn
from callcenter.accounts.views import SignInView
from callcenter.audit.domain import AuditAction
from callcenter.audit.service import record
from callcenter.core.authority import confirm
from callcenter.core.domain.agents import Actor
from callcenter.core.domain.errors import AgentBusy
from callcenter.core.domain.events import PasswordChanged, SignInsEnded
from callcenter.core.store import calls, connections, sign_ins
from callcenter.core.tables import Agent
from callcenter.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from callcenter.platform.errors import InvalidInput
from callcenter.platform.formatting import iso


class SignIns:
    """All that changes something asks for the password. A new password and the end of others end every sign-in; the one
    they are made from goes on as a new one."""

    def __init__(self, units: UnitOfWorkFactory, auth: AuthService) -> None:
        self._units = units
        self._auth = auth

    async def list(self, actor: Actor) -> list[SignInView]:
        """Where this person is signed in, the latest first."""
        async with self._units.reading() as (session, now):
            found = await sign_ins.open_ones(session, actor.id, now)
        return [
            SignInView(
                kind=one.kind,
                here=one.id == actor.login_session,
                address=one.address or "",
                since=iso(one.created_at),
                seen=iso(one.seen_at or one.created_at),
                until=iso(one.expires_at),
            )
            for one in found
        ]

    async def change_password(self, actor: Actor, old: str, new: str, address: str) -> SignedIn:
        """Raises WrongCredentials, TooManyAttempts, InvalidInput, WeakPassword, or AgentBusy while a call is on."""
        if passwords.prepared(old) == passwords.prepared(new):
            raise InvalidInput("same_password")
        passwords.check_rules(new)
        agent = await self._auth.check(actor.username, old, address)
        hashed = await passwords.hashed(new, (agent.username, agent.full_name))
        async with self._units.begin() as unit:
            signed = await self._begin_anew(unit, actor, agent, address)
            await accounts_store.set_password(unit.session, agent.id or 0, hashed)
            unit.record(PasswordChanged(agent.id or 0, actor.id))
            await record(unit, actor, AuditAction.PASSWORD_CHANGED, agent.username)
        return signed

    async def renew(self, actor: Actor, password: str) -> None:
        """This sign-in holds as long again, also in the middle of a call. Raises WrongCredentials, TooManyAttempts."""
        await self._auth.renew(actor, password)

    async def end_others(self, actor: Actor, password: str, address: str) -> SignedIn:
        """Raises WrongCredentials, TooManyAttempts, or AgentBusy while a call is on."""
        agent = await self._auth.check(actor.username, password, address)
        async with self._units.begin() as unit:
            signed = await self._begin_anew(unit, actor, agent, address)
            await record(unit, actor, AuditAction.SIGN_INS_ENDED, agent.username)
        return signed

    async def _begin_anew(self, unit: UnitOfWork, actor: Actor, agent: Agent, address: str) -> SignedIn:
        agent_id = agent.id or 0
        await confirm(unit.session, actor, unit.now)
        if await calls.engaged_with(unit.session, agent_id) is not None:
            raise AgentBusy("tabs_reconnect")
        await sign_ins.revoke(unit.session, unit.now, agent_id=agent_id)
        await connections.drop_connections(unit.session, agent_id, "api")
        unit.record(SignInsEnded(agent_id))
        return await self._auth.open(unit, agent, address, "desk")
