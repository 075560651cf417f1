"""Wake-ups between processes by way of a real Redis that comes and goes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from callcenter.platform.pubsub import redis_bridge
from callcenter.platform.pubsub.change_bus import Hub
from callcenter.platform.pubsub.redis_bridge import MOST_TOPICS, Relay
from tests.support.redis_server import RedisServer
from tests.support.waiting import until

SOON = 60.0


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis(server: RedisServer) -> RedisServer:
    server.start()
    return server


class Process:
    """What one process has of all this."""

    def __init__(self, url: str) -> None:
        self.hub = Hub()
        self.relay = Relay(url, self.hub)

    async def connected(self) -> None:
        await until(lambda: not self.relay.cut_off, SOON, lambda: "no connection to Redis")

    async def cut_off(self) -> None:
        await until(lambda: self.relay.cut_off, SOON, lambda: "the end of the connection was not noticed")


@asynccontextmanager
async def processes(redis: RedisServer) -> AsyncIterator[tuple[Process, Process]]:
    """Two that have found each other."""
    both = Process(redis.url), Process(redis.url)
    for one in both:
        one.relay.start()
    try:
        for one in both:
            await one.connected()
        yield both
    finally:
        for one in both:
            await one.relay.stop()


async def test_what_one_publishes_wakes_those_who_wait_for_it_in_the_other(redis: RedisServer) -> None:
    async with (
        processes(redis) as (one, other),
        one.hub.subscribe("agent:1") as own,
        other.hub.subscribe("agent:1") as there,
        other.hub.subscribe("agent:2") as unconcerned,
    ):
        one.hub.publish("agent:1", "board")
        assert await own.wait(SOON) == {"agent:1"}
        assert await there.wait(SOON) == {"agent:1"}
        one.hub.publish("agent:2")
        assert await unconcerned.wait(SOON) == {"agent:2"}, "the one before this was not heard"


async def test_too_many_changes_to_name_wake_everybody(redis: RedisServer) -> None:
    async with processes(redis) as (one, other), other.hub.subscribe("calls") as there:
        one.hub.publish(*(f"agent:{number}" for number in range(MOST_TOPICS + 1)))
        assert await there.wait(SOON) == {"calls"}


async def test_redis_dies_everybody_is_woken_now_and_then_and_at_once_when_it_is_back(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_bridge, "POLL_SECONDS", 0.05)
    async with processes(redis) as (one, other), other.hub.subscribe("board") as there:
        redis.kill()
        await one.cut_off()
        await other.cut_off()
        assert await there.wait(SOON) == {"board"}, "woken without anybody having told it"
        one.hub.publish("agent:7")
        monkeypatch.setattr(redis_bridge, "POLL_SECONDS", 3600)
        await asyncio.sleep(0)
        redis.start()
        await one.connected()
        await other.connected()
        async with other.hub.subscribe("agent:8") as later:
            one.hub.publish("agent:8")
            assert await later.wait(SOON) == {"agent:8"}


async def test_a_redis_that_stands_still_counts_as_gone(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_bridge, "SILENT_SECONDS", 1.5)
    async with processes(redis) as (one, _):
        redis.freeze()
        try:
            await one.cut_off()
        finally:
            redis.thaw()
        await one.connected()


async def _says_nothing(_: object) -> None:
    await asyncio.Event().wait()


async def _breaks(_: object) -> None:
    raise RuntimeError("unable to perform operation; the handler is closed")


@pytest.mark.parametrize("sending", [_says_nothing, _breaks])
async def test_one_that_hears_only_the_others_or_fails_as_nobody_foresaw_begins_anew(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch, sending: Callable[[object], Awaitable[None]]
) -> None:
    monkeypatch.setattr(redis_bridge, "SILENT_SECONDS", 1.5)
    async with processes(redis) as (_, other):
        third = Process(redis.url)
        as_it_should, times = third.relay._send, []

        async def send(connection: Redis) -> None:
            times.append(1)
            await (sending if len(times) == 1 else as_it_should)(connection)

        monkeypatch.setattr(third.relay, "_send", send)
        third.relay.start()
        await third.connected()
        assert len(times) == 2
        assert not other.relay.cut_off
        await third.relay.stop()


async def test_without_an_address_nothing_runs() -> None:
    alone = Process("")
    alone.relay.start()
    assert not alone.relay.cut_off
    assert alone.hub.tell_others is None
    await alone.relay.stop()


async def test_it_goes_on_alone_from_the_start_and_says_so_once(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    redis.kill()
    alone = Process(redis.url)
    alone.relay.start()
    await until(lambda: "cut off" in caplog.text, SOON, lambda: "nothing was said")
    assert alone.relay.cut_off
    alone.hub.publish("board")
    assert alone.hub.published("board") == 1
    redis.start()
    await alone.connected()
    await alone.relay.stop()
    assert caplog.text.count("cut off") == 1
