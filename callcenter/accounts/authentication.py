"""Signing in and out, and telling from a token who is asking."""

import logging
import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from callcenter.accounts import passwords
from callcenter.accounts import store as accounts_store
from callcenter.accounts.errors import TooManyAttempts, WrongCredentials
from callcenter.accounts.service import username_key
from callcenter.audit.domain import AuditAction
from callcenter.audit.service import record_rarely
from callcenter.core.domain.agents import Actor, Presence
from callcenter.core.domain.errors import AgentBusy
from callcenter.core.domain.events import SignInRenewed, SignInsEnded
from callcenter.core.ports.media_server import Media
from callcenter.core.store import agents, calls, connections, sign_ins
from callcenter.core.tables import Agent, LoginSession
from callcenter.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from callcenter.entry.identification import Kind
from callcenter.platform.database.engine import WriteLock
from callcenter.platform.database.retry import retried
from callcenter.platform.errors import NotSignedIn
from callcenter.platform.observability import logging as observability_logging
from callcenter.platform.overload.concurrency_limit import Gate
from callcenter.platform.overload.event_loop_lag import SIGN_INS, Load
from callcenter.presence.service import apply_presence
from callcenter.settings import Settings
from callcenter.settings.ip_addresses import counted_under

ALGORITHM = "HS256"
WINDOW = timedelta(minutes=5)
KEPT = timedelta(days=1)
"""How long failed attempts, and sign-ins that are over, stay on record."""
PER_ACCOUNT = 10
PER_ADDRESS = 50
SEEN_SECONDS = 60.0
"""How often it is written down who has been here."""
KEPT_BY_BROWSERS = timedelta(days=30)
"""How long a browser keeps the token of a desk. Until when its sign-in holds is on record, and can be renewed."""
WAITING = 200
PATIENCE_SECONDS = 20.0
"""Sign-ins at once beyond what the processor has room for wait their turn, no more and no longer than this."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SignedIn:
    actor: Actor
    token: str
    expires_at: datetime


class AuthService:
    def __init__(self, settings: Settings, units: UnitOfWorkFactory, media: Media, load: Load) -> None:
        self._settings = settings
        self._units = units
        self._media = media
        self._gate = Gate("sign_in", passwords.AT_ONCE, WAITING, PATIENCE_SECONDS, lambda: load.too_late_for(SIGN_INS))
        self._seen: set[str] = set()
        """Sign-ins used since that was last written down."""

    async def sign_in(self, username: str, password: str, address: str, kind: Kind) -> SignedIn:
        """Raises WrongCredentials (unknown user and wrong password alike), TooManyAttempts or Overloaded."""
        agent = await self.check(username, password, address)
        async with self._units.begin(WriteLock.SIGN_INS) as unit:
            signed = await self.open(unit, agent, address, kind)
        observability_logging.bind(agent_id=agent.id)
        logger.info("signed in", extra={"kind": kind, "address": address})
        return signed

    async def check(self, username: str, password: str, address: str) -> Agent:
        """Whose password that is. Raises as ``sign_in`` does."""
        key = username_key(username).replace("\0", "")[:64]
        # Before the attempt is counted: those of one house that wait together are no attack from its address.
        async with self._gate.entered():
            agent = await self._attempt(key, address)
            usable = agent is not None and agent.disabled_at is None
            known = agent.hashed_password if agent and usable else None
            if not await passwords.matches(password, known) or agent is None:
                logger.warning("sign-in failed", extra={"agent_id": agent.id if agent else None, "address": address})
                raise WrongCredentials()
            return agent

    async def _attempt(self, key: str, address: str) -> Agent | None:
        """Counted as a failure before the password is looked at, so that many attempts at once cannot slip through.

        What others fail at elsewhere does not lock out somebody who has signed in from here before.
        """
        counted = self._counted_under(address)
        async with self._units.begin(WriteLock.SIGN_INS) as unit:
            since = unit.now - WINDOW
            by_name, by_address, by_both = await accounts_store.failures(unit.session, key, counted, since)
            locked = by_both >= PER_ACCOUNT or (by_name >= PER_ACCOUNT and not await self._knows(unit, key, counted))
            throttled = key if locked else counted if by_address >= PER_ADDRESS else ""
            if throttled:
                await record_rarely(unit, AuditAction.SIGN_IN_THROTTLED, throttled, WINDOW, address=address)
            else:
                await accounts_store.record_failure(unit.session, key, counted, unit.now)
                return await accounts_store.by_username(unit.session, key)
        logger.warning("sign-in throttled", extra={"address": address})
        raise TooManyAttempts()

    def _counted_under(self, address: str) -> str:
        return counted_under(address, self._settings.ipv6_prefix_bits)

    async def _knows(self, unit: UnitOfWork, key: str, counted: str) -> bool:
        """Whether this account has lately been signed in to from there."""
        known = await accounts_store.addresses_of(unit.session, key)
        return any(self._counted_under(address) == counted for address in known)

    async def open(self, unit: UnitOfWork, agent: Agent, address: str, kind: Kind) -> SignedIn:
        """A sign-in of somebody whose password was right.

        Raises WrongCredentials when the account was disabled or got another password since that was looked at: the
        row stays locked, so that whoever ends an account's sign-ins finds this one among them.
        """
        current = await agents.lock(unit.session, agent.id or 0)
        if current is None or current.disabled_at is not None or current.hashed_password != agent.hashed_password:
            raise WrongCredentials()
        lifetime = self._lifetime(kind)
        login = LoginSession(
            id=secrets.token_urlsafe(24),
            agent_id=agent.id or 0,
            kind=kind,
            address=address,
            created_at=unit.now,
            expires_at=unit.now + lifetime,
        )
        await sign_ins.add(unit.session, login)
        await accounts_store.clear_failures(unit.session, agent.username)
        ends = unit.now + max(lifetime, KEPT_BY_BROWSERS) if kind == "desk" else login.expires_at
        claims = {"sub": str(agent.id), "sid": login.id, "aud": kind, "iat": login.created_at, "exp": ends}
        token = jwt.encode(claims, self._settings.secret_keys[0], ALGORITHM)
        return SignedIn(_actor(agent, login.id), token, login.expires_at)

    async def renew(self, actor: Actor, password: str) -> None:
        """This sign-in holds as long again from now on, its token stays. Failures count as at the sign-in page, from
        where the sign-in was made. Raises NotSignedIn, WrongCredentials, TooManyAttempts or Overloaded."""
        async with self._units.reading() as (session, _):
            address = await accounts_store.address_of(session, actor.login_session)
        agent = await self.check(actor.username, password, address)
        async with self._units.begin(WriteLock.SIGN_INS) as unit:
            lives = await sign_ins.live(unit.session, actor.login_session, unit.now, None)
            if agent.id != actor.id or lives is None:
                raise NotSignedIn()
            await accounts_store.extend(unit.session, actor.login_session, unit.now + self._lifetime("desk"))
            await accounts_store.clear_failures(unit.session, agent.username)
            unit.record(SignInRenewed(actor.id))
        logger.info("sign-in renewed", extra={"agent_id": actor.id, "address": address})

    def _lifetime(self, kind: Kind) -> timedelta:
        if kind == "api":
            return timedelta(minutes=self._settings.token_minutes)
        return timedelta(hours=self._settings.desk_session_hours)

    @retried
    async def identify(self, token: str, kind: Kind) -> Actor:
        """Who holds this token. Raises NotSignedIn when it is forged, expired, left unused, or has been signed out."""
        login_id = str(self._verified(token, kind)["sid"])
        idle = timedelta(minutes=self._settings.desk_idle_minutes) if kind == "desk" else None
        async with self._units.reading(once=True) as (session, now):
            found = await sign_ins.live(session, login_id, now, now - idle if idle else None)
        if found is None:
            raise NotSignedIn()
        self._seen.add(login_id)
        observability_logging.bind(agent_id=found.id)
        leaving = found.expires_at <= now
        return Actor(found.id, found.username, found.full_name, found.role, login_id, leaving, found.language or "")

    def in_use(self, login_ids: Collection[str]) -> None:
        """Something that was signed in with these is open."""
        self._seen |= set(login_ids)

    async def forget(self, unit: UnitOfWork) -> None:
        """Deletes sign-ins and failed attempts that nobody asks about any more."""
        await accounts_store.forget(unit.session, unit.now - KEPT)

    async def write_seen(self) -> None:
        """Keep on record which sign-ins are in use: one statement now and then for all of this process."""
        seen, self._seen = self._seen, set()
        if not seen:
            return
        try:
            async with self._units.begin(WriteLock.NOBODY) as unit:
                await sign_ins.mark_seen(unit.session, seen, unit.now)
        except BaseException:
            self._seen |= seen
            raise

    def account_of(self, token: str, kind: Kind) -> int:
        """Whom a token was given to, without a look at the database: for counting, not for letting in. 0 for nobody."""
        try:
            claims = self._verified(token, kind)
            return int(claims["sub"]) if claims["exp"] > self._units.clock().timestamp() else 0
        except (NotSignedIn, KeyError, TypeError, ValueError):
            return 0

    def _verified(self, token: str, kind: Kind) -> dict[str, Any]:
        """What a token says that one of our keys has signed. Raises NotSignedIn for any other.

        Until when it holds is in the record. When it was made says nothing: the clock of that host may be ahead.
        """
        options: Any = {"verify_exp": False, "verify_iat": False, "require": ["sid"]}
        for key in self._settings.secret_keys:
            with suppress(jwt.InvalidTokenError, UnicodeError):  # the latter for what is no text at all
                return jwt.decode(token, key, [ALGORITHM], audience=kind, options=options)
        raise NotSignedIn()

    async def sign_out(self, actor: Actor, kind: Kind) -> None:
        """Offline, and the token is dead. Raises AgentBusy while a call is on."""
        async with self._units.begin() as unit:
            if await calls.engaged_with(unit.session, actor.id) is not None:
                raise AgentBusy("sign_out")
            await sign_ins.revoke(unit.session, unit.now, login_id=actor.login_session)
            await apply_presence(unit, actor.id, Presence.OFFLINE, None, self._media, by="sign_out")
            await connections.drop_connections(unit.session, actor.id, kind)
            unit.record(SignInsEnded(actor.id))
        logger.info("signed out", extra={"kind": kind})


def _actor(agent: Agent, login_id: str) -> Actor:
    return Actor(agent.id or 0, agent.username, agent.full_name, agent.role, login_id, language=agent.language or "")
