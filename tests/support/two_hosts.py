"""A centre of two hosts, one of them with two workers, behind one address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from callcenter.accounts.cli import DEMO_PASSWORD
from callcenter.bootstrap import build
from callcenter.cli.migrate import upgrade
from callcenter.cli.web_build import build_if_changed
from callcenter.core.domain.agents import SYSTEM, Role
from callcenter.settings import Settings
from tests.conftest import settings_for
from tests.support.front_door import FrontDoor, PageSocket
from tests.support.hosts import Host
from tests.support.livekit_server import LiveKitServer
from tests.support.postgres import PostgresServer
from tests.support.redis_server import RedisServer
from tests.support.waiting import until
from tests.support.webhook_door import WebhookDoor

SOON = 60.0
"""Seconds in which anything that happens at all has happened, on a busy machine too."""
FORGOTTEN_SECONDS = 2
"""After which Reflex forgets, at the second host, a page on which nothing happens; in production 12 hours."""
LEASE_SECONDS = 25
PEOPLE = {
    "anna": ("Anna Berg", Role.AGENT),
    "ben": ("Ben Okafor", Role.AGENT),
    "sam": ("Sam Keller", Role.SUPERVISOR),
}
SETTINGS = {
    "RING_SECONDS": "20",
    "WRAP_UP_SECONDS": "0",
    "RECONCILE_SECONDS": "1",
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "LOG_LEVEL": "info",
}


@dataclass
class Centre:
    """``way``: the hosts that new connections come to; ``told``: those that LiveKit's notifications come to."""

    database: str
    livekit: LiveKitServer
    first: Host
    second: Host
    front: FrontDoor
    notifications: WebhookDoor

    def __post_init__(self) -> None:
        self.way = self.told = self.hosts

    @property
    def hosts(self) -> list[Host]:
        return [self.first, self.second]

    async def pages_are_at(self, host: Host) -> None:
        """Until all open pages are connected, to this host."""

        def there() -> bool:
            return [page.host_port for page in self.front.pages] == [host.port] * len(PEOPLE)

        await until(there, SOON, lambda: f"not at {host.home.name} ({host.port}): {self.front.pages}")

    async def socket_of(self, token: str, other_than: PageSocket | None = None) -> PageSocket:
        """The one by which a page (the browser's name for it) is connected now; another one than before, if given."""

        def found() -> PageSocket | None:
            sockets = (page for page in self.front.pages if page.token == token and page != other_than)
            return next(sockets, None)

        socket = await until(found, SOON, lambda: f"no socket of {token} among {self.front.pages}")
        assert socket is not None
        return socket

    async def ask(self, question: str, *values: Any) -> Any:
        """The first field of the first row in the database."""
        async with await psycopg.AsyncConnection.connect(self.database) as connection:
            row = await (await connection.execute(question, values)).fetchone()
        return row[0] if row else None


@asynccontextmanager
async def opened(livekit: LiveKitServer, desk_port: int, door_port: int, home: Path) -> AsyncIterator[Centre]:
    """Browsers find it at ``desk_port``, notifications at ``door_port``."""
    build_if_changed()
    async with AsyncExitStack() as closing:
        postgres, redis = PostgresServer.boot(), RedisServer()
        closing.callback(postgres.stop)
        redis.start()
        closing.callback(redis.stop)
        await _with_accounts(settings_for(postgres.url))
        front = FrontDoor(desk_port, lambda: [host.port for host in centre.way])
        door = WebhookDoor(door_port, lambda: [host.url for host in centre.told])
        shared = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "PUBLIC_URL": front.url, **SETTINGS}
        forgetful = {"REFLEX_REDIS_TOKEN_EXPIRATION": str(FORGOTTEN_SECONDS)}
        first = Host(livekit, home / "first", settings=dict(shared), workers=2)
        second = Host(livekit, home / "second", settings=shared | forgetful)
        centre = Centre(postgres.url, livekit, first, second, front, door)
        for host in centre.hosts:
            closing.callback(host.stop)
        await asyncio.gather(*(asyncio.to_thread(host.start) for host in centre.hosts))
        for one in (front, door):
            await one.open()
            closing.push_async_callback(one.close)
        yield centre


async def _with_accounts(settings: Settings) -> None:
    upgrade(settings)
    services = build(settings)
    for username, (full_name, role) in PEOPLE.items():
        await services.accounts.add(SYSTEM, username, DEMO_PASSWORD, full_name, role)
    await services.stop()
