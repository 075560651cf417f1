"""One process of several looks at deadlines and rooms."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from callcenter.platform.database.engine import Database
from callcenter.platform.jobs.leader_election import LOST_SECONDS, Leader
from callcenter.platform.pubsub.change_bus import Hub
from callcenter.settings import Settings
from tests.builders import Centre


class Stopwatch:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@asynccontextmanager
async def process(settings: Settings, watch: Stopwatch) -> AsyncIterator[Leader]:
    """One of a centre, with connections of its own."""
    db = Database(settings.database_url)
    yield Leader(db, Hub().origin, watch)
    await db.close()


@pytest.fixture
async def first(settings: Settings, watch: Stopwatch) -> AsyncIterator[Leader]:
    async with process(settings, watch) as leader:
        await leader.step()
        assert leader.leads, "nobody has before"
        yield leader


@pytest.fixture
async def second(first: Leader, settings: Settings, watch: Stopwatch) -> AsyncIterator[Leader]:
    async with process(settings, watch) as leader:
        await leader.step()
        assert not leader.leads
        yield leader


async def test_it_leads_for_as_long_as_it_counts(first: Leader, second: Leader, watch: Stopwatch) -> None:
    for _ in range(10):
        watch.now += LOST_SECONDS / 2
        await first.step()
        await second.step()
        assert (first.leads, second.leads) == (True, False)


async def test_one_that_stands_still_is_replaced_and_sees_it_when_it_goes_on(
    first: Leader, second: Leader, watch: Stopwatch
) -> None:
    watch.now += LOST_SECONDS - 0.1
    await second.step()
    assert (first.leads, second.leads) == (True, False)
    watch.now += 0.2
    await second.step()
    assert (first.leads, second.leads) == (True, True)
    await first.step()
    assert (first.leads, second.leads) == (False, True)
    watch.now += LOST_SECONDS - 0.1
    await second.step()
    await first.step()
    assert (first.leads, second.leads) == (False, True)


async def test_one_that_ends_in_order_leaves_at_once(first: Leader, second: Leader) -> None:
    first.start()
    await first.stop()
    await second.step()
    assert (first.leads, second.leads) == (False, True)


async def test_who_comes_first_when_two_take_over(
    first: Leader, second: Leader, settings: Settings, watch: Stopwatch
) -> None:
    async with process(settings, watch) as third:
        await third.step()
        watch.now += LOST_SECONDS
        await second.step()
        await third.step()
        assert (second.leads, third.leads) == (True, False)


async def test_loops_wait_for_their_turn(centre: Centre) -> None:
    """With SQLite a process is alone; with PostgreSQL it asks first."""
    await centre.services.start()
    await centre.services.leader.turn()
    assert centre.services.leader.leads
