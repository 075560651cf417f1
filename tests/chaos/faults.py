"""What is done to the system. Each fault is drawn from a seed, lasts for some seconds, and is over when it returns."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import psycopg

from tests.chaos.world import World
from tests.support.waiting import until
from tests.support.webhook_door import Manner

SETTLED_SECONDS = 90.0
"""By then all is as it has to be again: what is missing is believed to be gone after at most 35 s (10 s, and then
25 s for an agent to come back), and LiveKit notices a dead client after 21 s."""

END_SECONDS = 20.0

Work = Callable[[World, random.Random], Awaitable[str]]


@dataclass(frozen=True)
class Fault:
    name: str
    work: Work
    weight: int = 1
    needs: str = ""
    """What there has to be: a second host, postgres, redis, a small disk or a browser."""


def _webhooks(manner: Manner) -> Work:
    async def spoil(world: World, rng: random.Random) -> str:
        seconds = rng.uniform(2, 8)
        world.door.rng = random.Random(rng.random())
        world.door.manner = manner
        await asyncio.sleep(seconds)
        world.door.manner = Manner.PASSED
        return f"for {seconds:.1f} s"

    return spoil


async def kill_host(world: World, rng: random.Random) -> str:
    host, away = rng.choice(world.hosts), rng.uniform(0, 4)
    await asyncio.sleep(rng.uniform(0, 1.5))
    host.kill()
    await asyncio.sleep(away)
    await asyncio.to_thread(host.start)
    return f"{host.name}, back after {away:.1f} s"


async def kill_worker(world: World, rng: random.Random) -> str:
    """One of two that share a port; the host starts another one by itself.

    When that is killed too within some seconds, the whole host ends, and whoever started it starts it again.
    """
    host = next(host for host in world.hosts if host.workers > 1)
    pids = host.worker_pids
    if not pids:
        return f"none: {host.name} was down by another fault"
    victim = rng.choice(pids)
    os.kill(victim, signal.SIGKILL)
    await until(
        lambda: not host.running or len(set(host.worker_pids) - {victim}) == host.workers,
        host.start_seconds,
        lambda: host.log,
    )
    if not host.running:
        await asyncio.to_thread(host.start)
        return f"of {host.name}, which ended"
    return f"of {host.name}"


async def freeze_host(world: World, rng: random.Random) -> str:
    host, seconds = rng.choice(world.hosts), rng.choice([rng.uniform(1, 8), rng.uniform(8, 14)])
    host.freeze()
    await asyncio.sleep(seconds)
    host.thaw()
    return f"{host.name} for {seconds:.1f} s"


async def restart_hosts(world: World, rng: random.Random) -> str:
    """One after the other, as for a new version."""
    for host in rng.sample(world.hosts, len(world.hosts)):
        await asyncio.to_thread(host.end, END_SECONDS)
        await asyncio.to_thread(host.start)
    return "one by one"


async def kill_all_hosts(world: World, rng: random.Random) -> str:
    away = rng.uniform(0, 4)
    for host in world.hosts:
        host.kill()
    await asyncio.sleep(away)
    await asyncio.gather(*(asyncio.to_thread(host.start) for host in world.hosts))
    return f"back after {away:.1f} s"


async def kill_livekit(world: World, rng: random.Random) -> str:
    away = rng.choice([rng.uniform(0, 2), rng.uniform(2, 8)])
    await asyncio.sleep(rng.uniform(0, 1.5))
    world.livekit.kill()
    await asyncio.sleep(away)
    await asyncio.to_thread(world.livekit.start)
    return f"back after {away:.1f} s"


async def freeze_livekit(world: World, rng: random.Random) -> str:
    seconds = rng.uniform(1, 10)
    world.livekit.freeze()
    await asyncio.sleep(seconds)
    world.livekit.thaw()
    return f"for {seconds:.1f} s"


async def kill_postgres(world: World, rng: random.Random) -> str:
    assert world.postgres is not None
    away = rng.uniform(0, 8)
    world.postgres.kill()
    await asyncio.sleep(away)
    try:
        await asyncio.to_thread(world.postgres.start)
    except RuntimeError:
        if world.disk is None or not world.disk.is_full:
            raise
        # It has no room to start in: whoever filled the disk starts it.
    return f"back after {away:.1f} s"


async def freeze_postgres(world: World, rng: random.Random) -> str:
    assert world.postgres is not None
    seconds = rng.uniform(1, 12)
    world.postgres.freeze()
    await asyncio.sleep(seconds)
    world.postgres.thaw()
    return f"for {seconds:.1f} s"


async def kill_redis(world: World, rng: random.Random) -> str:
    assert world.redis is not None
    away = rng.uniform(0, 6)
    world.redis.kill()
    await asyncio.sleep(away)
    await asyncio.to_thread(world.redis.start)
    return f"back after {away:.1f} s"


async def freeze_redis(world: World, rng: random.Random) -> str:
    assert world.redis is not None
    seconds = rng.uniform(1, 10)
    world.redis.freeze()
    await asyncio.sleep(seconds)
    world.redis.thaw()
    return f"for {seconds:.1f} s"


async def fill_disk(world: World, rng: random.Random) -> str:
    """Of the database. PostgreSQL is made to need a new file of its log now, and not in an hour."""
    assert world.disk is not None
    seconds = rng.uniform(2, 10)
    await asyncio.to_thread(world.disk.fill)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if world.postgres is not None:
            await _begin_new_log(world.postgres.url)
        await asyncio.sleep(0.5)
    world.disk.empty()
    if world.postgres is not None:
        await asyncio.to_thread(world.postgres.start)
    return f"for {seconds:.1f} s"


async def _begin_new_log(url: str) -> None:
    with contextlib.suppress(psycopg.Error):
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=1) as connection:
            await connection.execute("SELECT pg_switch_wal()")


async def clock_forward(world: World, rng: random.Random) -> str:
    return await _step(world, rng.choice([rng.uniform(1, 15), rng.uniform(15, 120)]))


async def clock_back(world: World, rng: random.Random) -> str:
    return await _step(world, -rng.uniform(1, 15))


async def _step(world: World, seconds: float) -> str:
    for host in world.hosts:
        host.step(seconds)
    await asyncio.sleep(1)
    return f"by {seconds:+.1f} s"


async def clocks_apart(world: World, rng: random.Random) -> str:
    """One host's clock differs from the others' for a while."""
    host, seconds = rng.choice(world.hosts), rng.uniform(-3, 3)
    host.step(seconds)
    await asyncio.sleep(rng.uniform(3, 8))
    host.step(-seconds)
    return f"{host.name} by {seconds:+.1f} s"


async def cut_sockets(world: World, rng: random.Random) -> str:
    """Every connection of the browser, and of most programs, breaks without a word."""
    for agent in world.agents:
        if rng.random() < 0.7:
            agent.cut()
    world.front.cut()
    await asyncio.sleep(1)
    return "of the agents"


async def lose_sound(world: World, rng: random.Random) -> str:
    """An agent's sound goes out of the room, and they come back at once; a browser loads its page anew."""
    for agent in rng.sample(world.agents, 2):
        await agent.lose_sound()
    await asyncio.sleep(1)
    return "of two agents"


async def kill_browser(world: World, rng: random.Random) -> str:
    for agent in world.desks:
        agent.signal(signal.SIGKILL)
    await asyncio.sleep(1)
    return "of the agent at a desk"


async def freeze_browser(world: World, rng: random.Random) -> str:
    seconds = rng.choice([rng.uniform(1, 8), rng.uniform(8, 30)])
    for agent in world.desks:
        agent.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    for agent in world.desks:
        agent.signal(signal.SIGCONT)
    return f"for {seconds:.1f} s"


FAULTS = (
    *(Fault(f"webhooks {manner}", _webhooks(manner)) for manner in Manner if manner is not Manner.PASSED),
    Fault("host killed", kill_host, 3),
    Fault("worker killed", kill_worker, 2, "second host"),
    Fault("all hosts killed", kill_all_hosts),
    Fault("host frozen", freeze_host, 2),
    Fault("hosts restarted", restart_hosts, 1, "second host"),
    Fault("livekit killed", kill_livekit, 2),
    Fault("livekit frozen", freeze_livekit, 2),
    Fault("postgres killed", kill_postgres, 2, "postgres"),
    Fault("postgres frozen", freeze_postgres, 2, "postgres"),
    Fault("redis killed", kill_redis, 1, "redis"),
    Fault("redis frozen", freeze_redis, 1, "redis"),
    Fault("disk full", fill_disk, 2, "disk"),
    Fault("clock forward", clock_forward),
    Fault("clock back", clock_back),
    Fault("clocks apart", clocks_apart, 1, "second host"),
    Fault("sockets cut", cut_sockets),
    Fault("sound lost", lose_sound),
    Fault("browser killed", kill_browser, 2, "browser"),
    Fault("browser frozen", freeze_browser, 2, "browser"),
)


def possible(world: World) -> list[Fault]:
    """Those that can be done here."""
    there = {
        "": True,
        "second host": len(world.hosts) > 1,
        "postgres": world.postgres is not None,
        "redis": world.redis is not None,
        "disk": world.disk is not None,
        "browser": bool(world.desks),
    }
    return [fault for fault in FAULTS if there[fault.needs]]
