"""Pages of the history, few calls and many."""

import asyncio
import sqlite3
import time
from datetime import datetime
from pathlib import Path

from bench.figures import Row, Sample
from callcenter.bootstrap import Services, build
from callcenter.cli.migrate import upgrade
from callcenter.domain.agents import Actor, Role
from callcenter.services.history import HistoryFilter
from callcenter.settings import Settings
from tests.builders import add_agent

FEW, MANY = 10_000, 200_000
AGENTS = 20
FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO call (direction, state, caller_id, dialed_number, agent_id, livekit_room_name, room_sid, start_time,
                  joined_at, answered_at, ended_at, duration, ended_by, end_reason)
SELECT iif(i % 3, 'Inbound', 'Outbound'), 'completed', '+4930' || (1000000 + i % 5000), '+4930123450', 1 + i % ?,
       'call_' || i, 'RM', at, at, at, at, 60, 'caller', 'hung_up'
FROM (SELECT i, strftime('%Y-%m-%d %H:%M:%f000', '2026-01-01', '+' || (i * 30) || ' seconds') AS at FROM n)
"""


async def rows(home: Path, rounds: int) -> list[Row]:
    """The page in the middle, among few calls (the baseline) and among many; then one agent's own calls."""
    sides = [await _filled(home / f"{count}.db", count) for count in (FEW, MANY)]
    found = []
    for title, role in (("a supervisor's page", Role.SUPERVISOR), ("an agent's own page", Role.AGENT)):
        few, many = [], []
        keys = [await _middle(services, role) for services in sides]
        for _ in range(rounds):
            few.append(await _page(sides[0], role, keys[0]))
            many.append(await _page(sides[1], role, keys[1]))
        found.append(Row.of(Sample(f"{title}, {MANY:,} calls", many), Sample(f"the same, {FEW:,} calls", few)))
    for services in sides:
        await services.stop()
    return found


async def _filled(path: Path, count: int) -> Services:
    settings = Settings(_env_file=None, debug=True, database_url=f"sqlite:///{path}")
    await asyncio.to_thread(upgrade, settings)
    services = build(settings)
    for number in range(AGENTS):
        await add_agent(services, f"agent{number}", available=False, connected=False)
    with sqlite3.connect(path) as database:
        database.execute(FILL, (count, AGENTS))
    return services


def _actor(role: Role) -> Actor:
    return Actor(1, "agent0", "agent0", role, "")


async def _middle(services: Services, role: Role) -> str:
    """The key of a page with as many calls before it as after it."""
    with sqlite3.connect(services.settings.database_url.removeprefix("sqlite:///")) as database:
        (middle,) = database.execute("SELECT max(id) / 2 FROM call").fetchone()
        (at,) = database.execute("SELECT start_time || '+00:00' FROM call WHERE id = ?", (middle,)).fetchone()
    page = await services.history.page(_actor(role), HistoryFilter(until=datetime.fromisoformat(at)), limit=50)
    return page.next_key


async def _page(services: Services, role: Role, key: str) -> float:
    started = time.perf_counter()
    page = await services.history.page(_actor(role), HistoryFilter(), after=key, limit=50)
    took = time.perf_counter() - started
    assert len(page.rows) == 50, "the middle has a whole page"
    return took
