"""Everything there is: servers, hosts of the desk, agents who are programs or browsers, and callers."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from livekit.api import ListParticipantsRequest, ListRoomsRequest, LiveKitAPI

from callcenter.accounts.cli import DEMO_PASSWORD
from callcenter.bootstrap import Services, build
from callcenter.cli.migrate import upgrade
from callcenter.cli.simulator import Caller, Connection, NoLiveKit, tone
from callcenter.cli.simulator.caller import new_room_name
from callcenter.core.domain.agents import SYSTEM, Role
from callcenter.settings import Settings
from tests.chaos.at_the_desk import AtTheDesk
from tests.chaos.disk import SmallDisk
from tests.chaos.hosts import Host
from tests.chaos.program import Program
from tests.chaos.tones import AGENTS, AT_THE_DESK, CALLERS
from tests.support.desk_app import SECRET
from tests.support.front_door import FrontDoor
from tests.support.livekit_server import LiveKitServer, free_port
from tests.support.postgres import PostgresServer
from tests.support.redis_server import RedisServer
from tests.support.webhook_door import WebhookDoor

SMALL_WAL = ("max_wal_size=4MB", "min_wal_size=2MB")
QUICK = {
    "RING_SECONDS": "10",
    "CONNECT_SECONDS": "10",
    "WRAP_UP_SECONDS": "1",
    "DECLINE_PAUSE_SECONDS": "1",
    "REOFFER_SECONDS": "2",
    "QUEUE_TIMEOUT_SECONDS": "900",
    "TOKEN_MINUTES": "5",
    "LOG_LEVEL": "info",
    "LOG_FORMAT": "json",
}
"""What only makes one wait is short; what says how long something may be missing is as delivered. From the answer to an
open microphone agents have longer, since all of them share a machine."""


@dataclass
class World:
    """``start()`` and ``stop()``; what happens in between is up to the faults and the moves."""

    home: Path
    disk: SmallDisk | None
    host_count: int = 2
    sqlite: bool = False
    browser: bool = False
    deaf: bool = False
    """What is heard is not looked at: for a machine that is too busy to let sound flow."""
    livekit: LiveKitServer = field(init=False)
    door: WebhookDoor = field(init=False)
    hosts: list[Host] = field(default_factory=list)
    redis: RedisServer | None = None
    postgres: PostgresServer | None = None
    front: FrontDoor = field(init=False)
    agents: list[Program | AtTheDesk] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)
    gone: list[Caller] = field(default_factory=list)
    """Callers whose calls are over, until somebody has looked at how they ended."""
    services: Services = field(init=False)
    """Reads the record, as one more process would; writes nothing."""
    _calls_made: int = 0
    _not_through: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=8))

    async def start(self) -> None:
        self.door = WebhookDoor(free_port(), lambda: [host.url for host in self.hosts])
        await self.door.open()
        self.livekit = LiveKitServer(self.door.url, folder=self._folder("livekit"))
        self.livekit.start()
        self.front = FrontDoor(free_port(), lambda: [host.port for host in self.hosts])
        await self.front.open()
        settings = {**QUICK, "PUBLIC_URL": self.front.url, "DATABASE_URL": self._database(), "TELEPHONY_FILE": ""}
        if self.host_count > 1:
            self.redis = RedisServer(folder=self._folder("redis"))
            self.redis.start()
            settings["REDIS_URL"] = self.redis.url
        known = Settings(
            debug=True, secret_key=SECRET, database_url=settings["DATABASE_URL"], telephony_file="", wrap_up_seconds=1
        )
        upgrade(known)
        self.services = build(known)
        for name in (*AGENTS, *AT_THE_DESK):
            await self.services.accounts.add(SYSTEM, name, DEMO_PASSWORD, name.title(), Role.AGENT)
        self.hosts = [
            Host(self.livekit, self.home / f"host{n}", settings=dict(settings), workers=self._workers(n))
            for n in range(1, self.host_count + 1)
        ]
        for host in self.hosts:
            await asyncio.to_thread(host.start)
        for turn, (name, hertz) in enumerate(AGENTS.items()):
            self.agents.append(Program(name, hertz, partial(self._from, turn)))
        for name, hertz in AT_THE_DESK.items() if self.browser else ():
            self.agents.append(AtTheDesk(name, hertz, self._folder(name), self.front.url))
        await self._introduce()
        for agent in self.agents:
            agent.start()

    async def _introduce(self) -> None:
        """Everybody is known by the id and the identity they have in the record."""
        known = {one.username: one for one in await self.services.accounts.list_accounts(SYSTEM)}
        for agent in self.agents:
            agent.id, agent.identity = known[agent.username].id, known[agent.username].livekit_identity

    def _database(self) -> str:
        place = self.disk.place if self.disk else self._folder("database")
        if self.sqlite:
            return f"sqlite:///{place / 'desk.db'}"
        self.postgres = PostgresServer(SMALL_WAL, ["--wal-segsize=1"], folder=place)
        self.postgres.start()
        return self.postgres.url

    def _folder(self, name: str) -> Path:
        folder = self.home / name
        folder.mkdir()
        return folder

    def _workers(self, number: int) -> int:
        """The second host has two."""
        return 2 if number == 2 else 1

    @property
    def desks(self) -> list[AtTheDesk]:
        """The agents with a browser."""
        return [agent for agent in self.agents if isinstance(agent, AtTheDesk)]

    def _from(self, turn: int) -> list[str]:
        """The hosts' addresses, another one first for everybody."""
        urls = [host.url for host in self.hosts]
        return urls[turn % len(urls) :] + urls[: turn % len(urls)]

    async def stop(self) -> None:
        """End everything that was started."""
        steps: list[Callable[[], Awaitable[object]]] = [agent.stop for agent in self.agents]
        steps += [caller.leave for caller in self.callers]
        steps += [self.services.stop] if hasattr(self, "services") else []
        steps += [self.front.close] if hasattr(self, "front") else []
        steps.append(self.door.close)
        try:
            for step in steps:
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(10):
                        await step()
        finally:
            for server in (*self.hosts, self.redis, self.postgres, self.livekit):
                if server is not None and server.running:
                    server.thaw()
                    server.kill()

    def start_again(self) -> None:
        """Every server runs, whatever was done to it."""
        for server in (self.redis, self.postgres, self.livekit, *self.hosts):
            if server is not None and server.running:
                server.thaw()
            elif server is not None:
                server.start()

    # callers

    @property
    def connection(self) -> Connection:
        return Connection(self.livekit.ws_url, self.livekit.api_key, self.livekit.api_secret)

    async def call_in(self) -> None:
        """Somebody calls, with a tone that nobody else has; nobody when all are on, or when nobody gets through."""
        self.gone += [caller for caller in self.callers if caller.over]
        self.callers = self.live_callers
        free = sorted(set(CALLERS) - {hertz_of(caller) for caller in self.callers})
        if not free:
            return
        self._calls_made += 1
        number = f"+4930{free[0]:03}{self._calls_made:05}"
        room = new_room_name(number)
        try:
            caller = await Caller.join(self.connection, number=number, sound=tone(free[0]), room_name=room)
        except NoLiveKit:
            self._not_through.append((room, f"sip_{number}"))
        else:
            self.callers.append(caller)

    async def forget_those_not_through(self) -> None:
        """Who gave up while connecting may still be let in by a server that was slow; nobody would be there."""
        for room, identity in self._not_through:
            await self.connection.remove(room, identity)

    async def hang_up(self, index: int) -> None:
        live = self.live_callers
        if live:
            await live[index % len(live)].hang_up()

    @property
    def live_callers(self) -> list[Caller]:
        return [caller for caller in self.callers if not caller.over]

    async def rooms(self) -> dict[str, set[tuple[str, str]]]:
        """Who is in which room, as livekit-server has it: identities and sids."""
        async with LiveKitAPI(self.livekit.url, self.livekit.api_key, self.livekit.api_secret) as api:
            rooms = await api.room.list_rooms(ListRoomsRequest())
            found = {}
            for room in rooms.rooms:
                people = await api.room.list_participants(ListParticipantsRequest(room=room.name))
                found[room.name] = {(one.identity, one.sid) for one in people.participants}
        return found


def hertz_of(caller: Caller) -> int:
    """The tone a caller speaks in, which stands in the number."""
    return int(caller.number[5:8])
