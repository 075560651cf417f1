"""Pages of the history among ten thousand, a million and (with --full) ten million calls, on both databases.

Every filter the page offers, alone and with others. Each page is read as the page does it; the plan the database
chose is kept with the figure.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import event

from bench import databases, past
from bench.crowd import add_accounts
from bench.figures import Figure, Sample
from callcenter.bootstrap import Services, build
from callcenter.cli.migrate import upgrade
from callcenter.core.domain.agents import Actor, Role
from callcenter.history.service import HistoryFilter
from callcenter.settings import Settings
from tests.support.postgres import PostgresServer

FEW, MANY, MOST = 10_000, 1_000_000, 10_000_000
SERVER = (
    *("shared_buffers=512MB", "maintenance_work_mem=512MB", "work_mem=64MB"),
    *("wal_level=minimal", "max_wal_senders=0", "max_wal_size=8GB", "synchronous_commit=off"),
)
"""PostgreSQL as it fills a table quickly; the first line is what one would give it anyway."""
TIMES = 1.5
PAGE = 50
FEWEST, LONGEST_SECONDS = 4, 6.0
"""Rounds in any case, and for how long further ones are begun."""
SUPERVISOR, AGENT = Actor(1, "agent0", "Agent 0", Role.SUPERVISOR, ""), Actor(7, "agent6", "Agent 6", Role.AGENT, "")
ALL = HistoryFilter()
ASKED: dict[str, tuple[Actor, HistoryFilter]] = {
    "everything": (SUPERVISOR, ALL),
    "seven days": (SUPERVISOR, replace(ALL, since=past.now() - timedelta(days=7))),
    "the first day": (SUPERVISOR, replace(ALL, until=past.now() - timedelta(hours=5))),
    "outbound": (SUPERVISOR, replace(ALL, direction="Outbound")),
    "completed": (SUPERVISOR, replace(ALL, status="Completed")),
    "failed": (SUPERVISOR, replace(ALL, status="Failed")),
    "in progress": (SUPERVISOR, replace(ALL, status="In_Progress")),
    "inbound and canceled (none)": (SUPERVISOR, replace(ALL, direction="Inbound", status="Canceled")),
    "one number": (SUPERVISOR, replace(ALL, number="+493010000007")),
    "numbers that begin so": (SUPERVISOR, replace(ALL, number="+49301000")),
    "one number as written at home": (SUPERVISOR, replace(ALL, number="030 10000007")),
    "numbers that hold this (few)": (SUPERVISOR, replace(ALL, number="0000007")),
    "numbers that hold this (hundred)": (SUPERVISOR, replace(ALL, number="0170")),
    "numbers that hold this (none)": (SUPERVISOR, replace(ALL, number="99999999")),
    "numbers that hold this (many)": (SUPERVISOR, replace(ALL, number="301")),
    "numbers that hold this (many), failed": (SUPERVISOR, replace(ALL, number="301", status="Failed")),
    "numbers that hold this (few), of an agent": (SUPERVISOR, replace(ALL, number="0000007", agent_id=7)),
    "one agent": (SUPERVISOR, replace(ALL, agent_id=7)),
    "one agent, failed": (SUPERVISOR, replace(ALL, agent_id=7, status="Failed")),
    "one agent, outbound and missed": (SUPERVISOR, replace(ALL, agent_id=7, direction="Outbound", status="Missed")),
    "an agent's own": (AGENT, ALL),
}


async def figures(home: Path, options: Any) -> list[Figure]:
    """Each filter on each database: the most calls beside the fewest."""
    sizes = (FEW, MANY, MOST) if options.full else (FEW, MANY // 10) if options.quick else (FEW, MANY)
    rounds = 7 if options.quick else 25
    found = await _database("SQLite", [f"sqlite:///{home / f'{size}.db'}" for size in sizes], sizes, rounds)
    server = await asyncio.to_thread(PostgresServer.boot, *SERVER)
    try:
        urls = [await asyncio.to_thread(databases.create, server, f"past_{size}") for size in sizes]
        return found + await _database("PostgreSQL", urls, sizes, rounds)
    finally:
        server.stop()


async def _database(name: str, urls: list[str], sizes: tuple[int, ...], rounds: int) -> list[Figure]:
    async with AsyncExitStack() as stack:
        sides = []
        for url, size in zip(urls, sizes, strict=True):
            sides.append(await stack.enter_async_context(_filled(url, size)))
            print(f"    {name}, {size:,} calls: there", flush=True)
        took = {asked: await _side_by_side(sides, *one, rounds) for asked, one in ASKED.items()}
        plans = {asked: await _plan(sides[-1], *one) for asked, one in ASKED.items()}
    whole = Sample(f"a page of {sizes[0]:,}", took["everything"][0])
    return [_figure(name, asked, sizes, seconds, whole, plans[asked]) for asked, seconds in took.items()]


def _figure(
    database: str, asked: str, sizes: tuple[int, ...], took: list[list[float]], whole: Sample, plan: str
) -> Figure:
    """Beside the same filter among the fewest calls; or beside a whole page of them, when that takes longer: a filter
    that finds a few calls among few finds a whole page among many."""
    same = Sample(f"the same of {sizes[0]:,}", took[0])
    beside = max(same, whole, key=lambda sample: sample.median_ms)
    samples = [
        Sample(f"history, {database}, {size:,} calls: {asked}", one) for size, one in zip(sizes, took, strict=True)
    ]
    slowest = max(samples[1:], key=lambda sample: sample.median_ms)
    flat = slowest.median_ms <= TIMES * beside.median_ms
    facts = {f"median_ms_of_{size}": round(sample.median_ms, 2) for size, sample in zip(sizes, samples, strict=True)}
    return Figure.of(slowest, beside, plan=plan, **facts).aimed(f"≤ {TIMES:g} × as long", flat)


async def _side_by_side(sides: list[Services], actor: Actor, wanted: HistoryFilter, rounds: int) -> list[list[float]]:
    """Seconds a page, the first and the second one by turns, among few calls and among many by turns."""
    took: list[list[float]] = [[] for _ in sides]
    keys = [(await services.history.page(actor, wanted, limit=PAGE)).next_key for services in sides]
    began = perf_counter()
    for number in range(rounds):
        if number >= FEWEST and perf_counter() - began > LONGEST_SECONDS:
            break
        for services, key, seconds in zip(sides, keys, took, strict=True):
            started = perf_counter()
            await services.history.page(actor, wanted, after=key if number % 2 else "", limit=PAGE)
            seconds.append(perf_counter() - started)
    return took


async def _plan(services: Services, actor: Actor, wanted: HistoryFilter) -> str:
    """What the database does for a second page of it."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM call" in statement or "number_ending" in statement:
            statements.append((statement, parameters))

    reader = services.db._reader.sync_engine
    page = await services.history.page(actor, wanted, limit=PAGE)
    event.listen(reader, "before_cursor_execute", note)
    await services.history.page(actor, wanted, after=page.next_key, limit=PAGE)
    event.remove(reader, "before_cursor_execute", note)
    return "\n".join(past.plan(services.settings.database_url, *one) for one in statements)


@asynccontextmanager
async def _filled(url: str, count: int) -> AsyncIterator[Services]:
    settings = Settings(_env_file=None, debug=True, database_url=url)
    await asyncio.to_thread(upgrade, settings)
    await add_accounts(url, past.AGENTS)
    await asyncio.to_thread(past.fill, url, count)
    services = build(settings)
    try:
        yield services
    finally:
        await services.stop()
