"""A tab whose socket comes to another process keeps its connection; nobody else gets it."""

from collections.abc import AsyncIterator

import pytest

from callcenter.bootstrap import Services, build
from callcenter.core.domain.agents import Actor
from callcenter.settings import Settings
from tests.builders import Centre
from tests.fakes import Clock, FakeMedia, FakeTelephony


@pytest.fixture
async def other(
    settings: Settings, media: FakeMedia, telephony: FakeTelephony, clock: Clock
) -> AsyncIterator[Services]:
    """Another process of the same centre."""
    built = build(settings, media, telephony, clock)
    yield built
    await built.db.close()


@pytest.fixture
async def anna(centre: Centre) -> Actor:
    return await centre.agent("Anna", connected=False)


async def test_the_same_page_takes_its_connection_along_and_the_old_process_cannot_close_it(
    centre: Centre, other: Services, anna: Actor
) -> None:
    tab = await centre.services.presence.connect(anna, "desk")
    call_id = await centre.call_in()
    assert (await centre.offer(anna)).call_id == call_id
    assert await other.presence.claim(anna, tab, same_page=True)
    await centre.services.presence.disconnect(tab)
    assert (await centre.offer(anna)).call_id == call_id, "it goes on ringing"
    assert not await centre.services.presence.renew(tab)
    assert await other.presence.renew(tab)
    await other.presence.disconnect(tab)
    assert (await centre.offer(anna)).call_id == 0


async def test_a_second_tab_with_the_memory_of_the_first_gets_nothing(
    centre: Centre, other: Services, anna: Actor
) -> None:
    tab = await centre.services.presence.connect(anna, "desk")
    assert not await other.presence.claim(anna, tab, same_page=False)
    assert await centre.services.presence.renew(tab)


async def test_a_process_that_ends_in_order_lets_go_of_its_tabs(centre: Centre, other: Services, anna: Actor) -> None:
    tab, kept = await centre.services.presence.connect(anna, "desk"), await other.presence.connect(anna, "desk")
    await centre.services.presence.let_go()
    await centre.services.presence.disconnect(tab)
    assert await other.presence.claim(anna, tab, same_page=False), "also after a reload, as for a new version"
    assert await other.presence.renew(tab)
    assert await other.presence.renew(kept)


async def test_nobody_claims_what_is_closed_over_or_somebody_elses(
    centre: Centre, other: Services, anna: Actor, clock: Clock
) -> None:
    ben = await centre.agent("Ben", connected=False)
    closed, late = [await centre.services.presence.connect(anna, "desk") for _ in range(2)]
    await centre.services.presence.disconnect(closed)
    assert not await other.presence.claim(anna, closed, same_page=True)
    assert not await other.presence.claim(ben, late, same_page=True)
    clock.advance(centre.services.settings.lease_seconds + 1)
    assert not await other.presence.claim(anna, late, same_page=True)
