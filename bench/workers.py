"""One, two and four workers over PostgreSQL and Redis: how many notifications they take, and how soon it rings."""

import asyncio
from pathlib import Path
from typing import Any

from bench import databases
from bench.crowd import SAFE, Crowd, gathered
from bench.figures import Figure, Sample
from bench.ringing import accepted, one_by_one
from tests.support.postgres import PostgresServer
from tests.support.redis_server import RedisServer

WORKERS = (1, 2, 4)
LISTENING = 100
SLOWER = 1.25
"""Times as long as with one worker is still as long."""


async def figures(home: Path, options: Any) -> list[Figure]:
    """The same measures with each number of workers, one after another."""
    postgres = await asyncio.to_thread(PostgresServer.boot, *SAFE)
    redis = RedisServer()
    found: dict[int, tuple[Figure, Sample]] = {}
    try:
        await asyncio.to_thread(redis.start)
        for count in WORKERS:
            folder = home / str(count)
            folder.mkdir()
            url = await asyncio.to_thread(databases.create, postgres, f"workers_{count}")
            settings = {"DATABASE_URL": url, "REDIS_URL": redis.url, "WORKERS": str(count)}
            async with gathered(folder, settings=settings, workers=count) as crowd:
                found[count] = await _of(crowd, options.quick, count)
            print(f"    {count} workers: done", flush=True)
    finally:
        redis.stop()
        postgres.stop()
    return [*_throughput(found), *_latency(found)]


async def _of(crowd: Crowd, quick: bool, count: int) -> tuple[Figure, Sample]:
    async with crowd.connected(LISTENING):
        await crowd.calm()
        name = f"notified → incoming_call, {LISTENING} agents, {count} workers"
        sample, _ = await one_by_one(crowd, 15 if quick else 60, name)
        return (await accepted(crowd, 2.0 if quick else 5.0))[0], sample


def _throughput(found: dict[int, tuple[Figure, Sample]]) -> list[Figure]:
    alone = found[1][0]
    name = "notifications accepted, PostgreSQL,"
    return [
        Figure(f"{name} 1 worker", alone.value, "/s", n=alone.n, facts=alone.facts),
        *(
            Figure(f"{name} {count} workers", figure.value, "/s", n=figure.n, facts=figure.facts)
            .beside_of("1 worker", alone.value)
            .aimed("more than with 1", figure.value > alone.value)
            for count, (figure, _) in found.items()
            if count > 1
        ),
    ]


def _latency(found: dict[int, tuple[Figure, Sample]]) -> list[Figure]:
    alone = found[1][1]
    return [
        Figure.of(alone),
        *(
            Figure.of(sample, alone).aimed("no longer than with 1", sample.median_ms <= SLOWER * alone.median_ms)
            for count, (_, sample) in found.items()
            if count > 1
        ),
    ]
