"""The product with hundreds of agents: accounts, tokens, and the load clients that play them and LiveKit."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import bcrypt
import jwt
import psutil

from bench import databases
from bench.helper import Helper
from bench.notices import Signer
from callcenter.accounts import store as accounts_store
from callcenter.accounts.authentication import ALGORITHM
from callcenter.bootstrap import build
from callcenter.core.domain.agents import Presence, Role
from callcenter.core.store import sign_ins
from callcenter.core.tables import Agent, LoginSession
from callcenter.core.unit_of_work import UnitOfWork
from callcenter.settings import Settings
from tests.support.desk_app import SECRET, DeskApp
from tests.support.livekit_server import LiveKitServer, free_port
from tests.support.postgres import PostgresServer

APPLICATION = "bench.served:app"
PASSWORD = "correct horse battery"
AGENTS = 500
SAFE = ("synchronous_commit=on", "fsync=on", "full_page_writes=on")
"""PostgreSQL as it is without being told anything: what it has answered for is on the disk."""
SETTINGS = {
    "WRAP_UP_SECONDS": "0",
    "LOG_LEVEL": "warning",
    "ABSENT_SECONDS": "3600",  # the callers are signed notifications: there are no rooms, and that is no fault here
    "SESSION_FORGET_SECONDS": "36000",
    "OVERLOAD_LAG_SECONDS": "30",  # nobody is turned away because the load clients want the same cores
    "MAX_REQUESTS_PER_ADDRESS": "3000",  # everybody is at the same address
}


class Served(DeskApp):
    """The desk's server with as many workers as wanted."""

    workers = 1
    start_seconds = 120.0
    """Four workers on two cores read a lot of Python before they answer."""

    def _command(self, folder: Path) -> list[str | Path]:
        command = super()._command(folder)
        command[command.index("--workers") + 1] = str(self.workers)
        return command


@dataclass(frozen=True)
class Person:
    """One agent: the account, a token for programs, and the cookie of a page."""

    id: int
    username: str
    token: str
    cookie: str


@dataclass
class Crowd:
    """One running desk, the agents' accounts, and the load clients."""

    app: DeskApp
    database_url: str
    people: list[Person]
    notifier: Helper
    sockets: Helper
    forms: Helper
    """A second notifier, for what goes on beside the notifications."""
    calls_made: int = 0

    def rooms(self, count: int, prefix: str = "call") -> list[str]:
        """Names for so many new calls."""
        self.calls_made += count
        return [f"{prefix}_{self.calls_made - number}" for number in range(count)]

    def processes(self) -> list[psutil.Process]:
        """Every process of the desk."""
        whole = psutil.Process(self.app.pid)
        return [whole, *whole.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """What the desk has used so far."""
        return sum(sum(one.cpu_times()[:2]) for one in self.processes())

    def resident(self) -> int:
        """Bytes of memory of all its processes."""
        return int(sum(one.memory_info().rss for one in self.processes()))

    @asynccontextmanager
    async def connected(self, count: int) -> AsyncIterator[None]:
        """So many agents' programs at their sockets."""
        tokens = [one.token for one in self.people[:count]]
        began, refusals = await self.sockets.ask("open", port=self.app.port, tokens=tokens)
        try:
            if began < count:
                raise RuntimeError(f"only {began} of {count} sockets came up: {refusals[-1:]}")
            yield
        finally:
            await self.sockets.ask("close")

    async def calm(self, patience: float = 30.0) -> None:
        """Until the desk has nothing left to do: it uses less than a tenth of a core."""
        before = self.cpu_seconds()
        for _ in range(int(patience / 0.3)):
            await asyncio.sleep(0.3)
            used, before = self.cpu_seconds() - before, self.cpu_seconds()
            if used < 0.03:
                return


@asynccontextmanager
async def gathered(
    home: Path, count: int = 0, settings: dict[str, str] | None = None, workers: int = 1, postgresql: bool = True
) -> AsyncIterator[Crowd]:
    """The real server, a real LiveKit and PostgreSQL on ports of their own, and so many accounts, all Available.

    With ``postgresql=False`` on SQLite. ``DATABASE_URL`` in ``settings`` goes before both."""
    port = free_port()
    async with AsyncExitStack() as stack:
        if postgresql and "DATABASE_URL" not in (settings or {}):
            server = await asyncio.to_thread(PostgresServer.boot, *SAFE)
            stack.callback(server.stop)
            url = await asyncio.to_thread(databases.create, server, "desk")
            settings = {**(settings or {}), "DATABASE_URL": url}
        livekit = await asyncio.to_thread(LiveKitServer.boot, f"http://127.0.0.1:{port}/api/calls/inbound")
        stack.callback(livekit.stop)
        app = Served(livekit, home, port, {**SETTINGS, **(settings or {})}, APPLICATION)
        app.workers = workers
        stack.callback(app.stop)
        await asyncio.to_thread(app.run, "migrate")
        url = app.environment["DATABASE_URL"]
        people = await add_accounts(url, count or AGENTS)
        await asyncio.to_thread(app.start)
        notifier = await stack.enter_async_context(Helper("notifier"))
        sockets = await stack.enter_async_context(Helper("sockets"))
        forms = await stack.enter_async_context(Helper("notifier"))
        for helper in (notifier, forms):
            await helper.ask("open", port=port, key=livekit.webhook_key, secret=livekit.webhook_secret)
        yield Crowd(app, url, people, notifier, sockets, forms)


async def add_accounts(url: str, count: int) -> list[Person]:
    """So many agents who are Available and signed in, with programs and at the desk."""
    services = build(Settings(_env_file=None, debug=True, database_url=url, secret_key=SECRET))
    # The fewest rounds that bcrypt allows: these accounts protect nothing.
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    try:
        async with services.units.begin() as unit:
            made = [
                await accounts_store.add(unit.session, _account(number, hashed, unit.now)) for number in range(count)
            ]
            return [
                Person(
                    agent.id or 0,
                    agent.username,
                    await _sign_in(unit, agent.id or 0, "api"),
                    await _sign_in(unit, agent.id or 0, "desk"),
                )
                for agent in made
            ]
    finally:
        await services.stop()


def signer(crowd: Crowd) -> Signer:
    """Signs as this crowd's LiveKit."""
    return Signer(crowd.app.port, crowd.app.livekit.webhook_key, crowd.app.livekit.webhook_secret)


def _account(number: int, hashed: str, now: datetime) -> Agent:
    return Agent(
        username=f"agent{number}",
        hashed_password=hashed,
        full_name=f"Agent {number}",
        role=Role.AGENT,
        livekit_identity=f"agent_agent{number}",
        presence=Presence.AVAILABLE,
        presence_since=now,
        routable_since=now,
        idle_since=now,
        created_at=now,
    )


async def _sign_in(unit: UnitOfWork, agent_id: int, kind: str) -> str:
    """A token as the product makes it, without the password: five hundred of them take a while otherwise."""
    expires_at = unit.now + timedelta(hours=8)
    login = LoginSession(
        id=secrets.token_urlsafe(24), agent_id=agent_id, kind=kind, created_at=unit.now, expires_at=expires_at
    )
    await sign_ins.add(unit.session, login)
    claims = {"sub": str(agent_id), "sid": login.id, "aud": kind, "iat": unit.now, "exp": expires_at}
    return jwt.encode(claims, SECRET, ALGORITHM)
