"""Two hosts, one of them with two workers, on one PostgreSQL and one Redis: everything is known everywhere, and a death
of any of them costs no call."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest
import websockets

from callcenter.accounts.cli import DEMO_PASSWORD
from callcenter.bootstrap import build
from callcenter.cli.migrate import upgrade
from callcenter.cli.simulator import AgentEars, Caller, Connection, tone
from callcenter.cli.web_build import build_if_changed
from callcenter.core.domain.agents import SYSTEM, Role
from callcenter.platform.jobs.leader_election import LOST_SECONDS
from tests.conftest import settings_for
from tests.support.figures import Reading
from tests.support.hosts import Host
from tests.support.livekit_server import LiveKitServer, free_port
from tests.support.postgres import PostgresServer
from tests.support.redis_server import RedisServer
from tests.support.several_hosts import SOON, Event, Listening, Program
from tests.support.waiting import until_async
from tests.support.webhook_door import WebhookDoor

pytestmark = pytest.mark.own_postgresql

RING_SECONDS = 4.0
"""Connections after which both workers have had one."""
AGENTS = ("anna", "ben")


@dataclass
class Centre:
    livekit: LiveKitServer
    redis: RedisServer
    two_workers: Host
    other: Host

    @property
    def hosts(self) -> tuple[Host, Host]:
        return self.two_workers, self.other


@pytest.fixture(scope="module")
def door_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def centre(door_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    build_if_changed()
    home = tmp_path_factory.mktemp("hosts")
    postgres, redis = PostgresServer.boot(), RedisServer()
    redis.start()
    livekit = LiveKitServer.boot_for(door_port)
    known = settings_for(postgres.url)
    upgrade(known)
    asyncio.run(_add_accounts(known))
    shared = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "RING_SECONDS": str(RING_SECONDS)}
    shared |= {"WRAP_UP_SECONDS": "0", "RECONCILE_SECONDS": "1", "LOG_LEVEL": "info"}
    pair = [Host(livekit, home / name, settings=dict(shared), workers=count) for name, count in (("a", 2), ("b", 1))]
    for host in pair:
        host.start()
    yield Centre(livekit, redis, *pair)
    for server in (*pair, livekit, redis, postgres):
        server.stop()


async def _add_accounts(settings: Any) -> None:
    services = build(settings)
    for name in AGENTS:
        await services.accounts.add(SYSTEM, name, DEMO_PASSWORD, name.title(), Role.AGENT)
    await services.stop()


@pytest.fixture(autouse=True)
async def door(centre: Centre, door_port: int) -> AsyncIterator[None]:
    """Notifications come to one host after the other, as through a load balancer."""
    centre.livekit.empty()
    door = WebhookDoor(door_port, lambda: [host.url for host in centre.hosts])
    await door.open()
    yield
    await door.close()
    assert door.errors == []


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=SOON) as client:
        yield client


@asynccontextmanager
async def _signed_in(http: httpx.AsyncClient, centre: Centre, name: str) -> AsyncIterator[Program]:
    form = {"username": name, "password": DEMO_PASSWORD, "status": "Available"}
    answer = await http.post(f"{centre.other.url}/api/login", data=form)
    answer.raise_for_status()
    program = Program(http, answer.json()["access_token"])
    yield program
    await program.ask(centre.other, "PUT", "/api/agents/status", json={"status": "Offline"})


@pytest.fixture
async def anna(http: httpx.AsyncClient, centre: Centre) -> AsyncIterator[Program]:
    async with _signed_in(http, centre, "anna") as program:
        yield program


@pytest.fixture
async def callers(centre: Centre) -> AsyncIterator[Callable[[], Any]]:
    async with AsyncExitStack() as leaving:
        connection = Connection(centre.livekit.ws_url, centre.livekit.api_key, centre.livekit.api_secret)

        async def call() -> Caller:
            caller = await Caller.join(connection, number="+493023125001", to="+4930901820", sound=tone(440))
            leaving.push_async_callback(caller.leave)
            return caller

        yield call


def incoming(event: Event) -> bool:
    return bool(event["type"] == "incoming_call")


async def answered(anna: Program, host: Host, call_id: int) -> AgentEars:
    grant = await anna.ask(host, "POST", f"/api/calls/{call_id}/answer")
    return await AgentEars.join(grant["url"], grant["token"], sound=tone(1000))


def said(host: Host, missing: str) -> str:
    return f"{missing} at {host.home.name}, which wrote:\n{host.log[-3000:]}"


async def work(anna: Program, host: Host, wanted: str) -> None:
    async def look() -> bool:
        one = await anna.listen(host)
        await one.close()
        return bool(one.snapshot["desk"]["work"] == wanted)

    await until_async(look, SOON, lambda: f"{host.home.name} does not say {wanted}")


async def on_each_worker(anna: Program, host: Host) -> list[Listening]:
    """A socket on each of two workers; the system chooses, and one may have to start first: it takes some attempts."""
    found: dict[int, Listening] = {}
    clock = asyncio.get_running_loop().time
    give_up = clock() + SOON
    while clock() < give_up:
        one = await anna.listen(host)
        if found.setdefault(one.worker, one) is not one:
            await one.close()
        if len(found) == host.workers:
            return list(found.values())
    raise AssertionError(f"all connections came to one worker: {found.keys()}")


async def _reconnected(anna: Program, host: Host) -> Listening | None:
    """What was about to come to a worker that dies is broken off, and comes again."""
    try:
        return await anna.listen(host)
    except (OSError, websockets.InvalidMessage):
        return None


async def test_what_happens_is_told_everywhere_and_a_worker_that_is_killed_in_mid_call_costs_nothing(
    centre: Centre, anna: Program, callers: Callable[[], Any], http: httpx.AsyncClient
) -> None:
    host, other = centre.hosts
    sockets = [*await on_each_worker(anna, host), await anna.listen(other)]
    async with _signed_in(http, centre, "ben") as ben:
        for one in sockets:
            await one.hears(lambda event: event["type"] == "status_update" and event["status"] == "Available")
        await ben.ask(host, "PUT", "/api/agents/status", json={"status": "Offline"})

        caller = await callers()
        (call_id,) = {(await one.hears(incoming))["call_id"] for one in sockets}
        ears = await answered(anna, other, call_id)
        await caller.wait_hears(SOON)
        await work(anna, host, "talking")

        host.kill_worker(sockets[0].worker)
        with pytest.raises(EOFError):
            await sockets[0].hears(lambda _: False)
        again = await until_async(lambda: _reconnected(anna, host), SOON, lambda: "nobody takes its place")
        assert again is not None
        assert again.worker != sockets[0].worker
        assert again.snapshot["desk"]["call"]["id"] == call_id
        new = {one.worker for one in await on_each_worker(anna, host)} - {one.worker for one in sockets}
        assert len(new) == 1, "another worker has taken its place"
        assert not caller.over
        assert not ears.over, "the agent's sound did not have to be made anew"
        await caller.wait_hears(SOON)

        await anna.ask(host, "POST", f"/api/calls/{call_id}/hangup")
        assert await caller.wait_over(SOON) == "other side"
        await ears.leave()
        following = await callers()
        next_id = (await again.hears(incoming))["call_id"]
        await (await answered(anna, host, next_id)).leave()
        await following.hang_up()


async def test_hosts_are_restarted_one_by_one_while_a_call_is_on(
    centre: Centre, anna: Program, callers: Callable[[], Any]
) -> None:
    socket = await anna.listen(centre.other)
    caller = await callers()
    call_id = (await socket.hears(incoming))["call_id"]
    ears = await answered(anna, centre.two_workers, call_id)
    await caller.wait_hears(SOON)
    for host, meanwhile in (centre.hosts, centre.hosts[::-1]):
        await asyncio.to_thread(host.end, SOON)
        await work(anna, meanwhile, "talking")
        await asyncio.to_thread(host.start)
        await work(anna, host, "talking")
    assert not caller.over
    assert not ears.over
    await caller.wait_hears(SOON)
    await anna.ask(centre.other, "POST", f"/api/calls/{call_id}/hangup")
    assert await caller.wait_over(SOON) == "other side"
    await ears.leave()


async def test_without_redis_each_goes_on_alone_a_little_late(
    centre: Centre, anna: Program, http: httpx.AsyncClient
) -> None:
    async def others(host: Host, wanted: str) -> bool:
        ready = await http.get(f"{host.url}/readyz")
        assert ready.status_code == 200, ready.text
        return bool(ready.json()["checks"]["other_workers"] == wanted)

    sockets = [await anna.listen(host) for host in centre.hosts]
    centre.redis.kill()
    try:
        for host in centre.hosts:
            await until_async(partial(others, host, "cut off"), SOON, partial(said, host, "the end was not noticed"))
        await anna.ask(centre.other, "PUT", "/api/agents/status", json={"status": "Busy"})
        for one in sockets:
            await one.hears(lambda event: event["type"] == "status_update" and event["status"] == "Busy")
    finally:
        centre.redis.start()
    for host in centre.hosts:
        await until_async(partial(others, host, "ok"), SOON, partial(said, host, "no connection to Redis"))
    await anna.ask(centre.two_workers, "PUT", "/api/agents/status", json={"status": "Available"})
    for one in sockets:
        await one.hears(lambda event: event["type"] == "status_update" and event["status"] == "Available")


async def test_the_host_that_looks_at_deadlines_dies_and_the_other_takes_over(
    centre: Centre, anna: Program, callers: Callable[[], Any], http: httpx.AsyncClient
) -> None:
    async def leads(host: Host) -> bool:
        return Reading((await http.get(f"{host.url}/metrics")).text)("callcenter_leads") == 1

    async def leading() -> Host | None:
        return next(iter([host for host in centre.hosts if await leads(host)]), None)

    leader = await until_async(leading, SOON, lambda: "nobody leads")
    assert leader is not None
    other = next(host for host in centre.hosts if host is not leader)
    assert not await leads(other)
    socket = await anna.listen(other)
    caller = await callers()
    await socket.hears(incoming)
    leader.kill()
    try:
        await socket.hears(lambda event: event.get("event") == "missed", RING_SECONDS + LOST_SECONDS + SOON)
        await until_async(partial(leads, other), SOON, partial(said, other, "does not lead"))
        await caller.hang_up()
    finally:
        await asyncio.to_thread(leader.start)
    assert not await leads(leader)
