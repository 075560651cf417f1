"""How long calls are kept, and forgetting one caller."""

import pytest

from callcenter.audit import store as audit_store
from callcenter.audit.domain import AuditAction
from callcenter.core.domain.agents import SYSTEM, Role
from callcenter.core.domain.errors import NumberInvalid
from callcenter.core.store import call_events
from callcenter.history.service import HistoryFilter
from callcenter.platform.errors import NotAllowed
from callcenter.settings import Settings
from tests.builders import Centre
from tests.conftest import MakeSettings

DAY = 24 * 3600.0


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings(call_days=30)


async def finished(centre: Centre, number: str) -> int:
    """A call with offers, stays and a timeline, that is over."""
    call_id = await centre.call_in(number)
    await centre.caller_hangs_up(call_id)
    return call_id


async def numbers(centre: Centre) -> list[str]:
    page = await centre.services.history.page(SYSTEM, HistoryFilter())
    return [row.caller_id for row in page.rows]


async def test_calls_are_kept_as_long_as_the_setting_says(centre: Centre) -> None:
    await centre.agent("Anna")
    old = await finished(centre, "+493012345601")
    centre.clock.advance(20 * DAY)
    await finished(centre, "+493012345602")
    still_on = await centre.call_in("+493012345603")
    centre.clock.advance(10 * DAY + 60)
    await centre.services.keeping.run()
    assert await numbers(centre) == ["+493012345603", "+493012345602"]
    async with centre.services.units.reading() as (session, _):
        assert await call_events.events(session, old) == []
    centre.clock.advance(300 * DAY)
    await centre.services.keeping.run()
    assert await numbers(centre) == ["+493012345603"], "what is not over is never deleted"
    await centre.caller_hangs_up(still_on)


async def test_unless_told_they_are_kept(centre: Centre) -> None:
    object.__setattr__(centre.services.settings, "call_days", 0)
    await finished(centre, "+493012345601")
    centre.clock.advance(4000 * DAY)
    await centre.services.keeping.run()
    assert await numbers(centre) == ["+493012345601"]


async def test_a_caller_without_a_country_or_with_a_name_is_forgotten_as_they_are_on_record(centre: Centre) -> None:
    for caller in ("12125550100", "door-5", "+4912125550100"):
        await finished(centre, caller)
    assert await centre.services.keeping.forget(SYSTEM, "12125550100") == 1
    assert await centre.services.keeping.forget(SYSTEM, "door-5 ") == 1
    assert await numbers(centre) == ["+4912125550100"]


async def test_a_caller_is_forgotten(centre: Centre) -> None:
    ada = await centre.agent("Ada", Role.ADMIN, available=False)
    for number in ("+493012345601", "+493012345602", "+493012345601"):
        await finished(centre, number)
    await centre.services.audit.record(ada, AuditAction.DIAL_REFUSED, "+493012345601")
    assert await centre.services.keeping.forget(ada, "030 12345601") == 2
    assert await numbers(centre) == ["+493012345602"]
    async with centre.services.units.reading() as (session, _):
        kept = await audit_store.page(session, 10)
    assert [one.action for one in kept] == [AuditAction.CALLER_FORGOTTEN, AuditAction.DIAL_REFUSED]
    assert "+493012345601" not in "".join(f"{one.subject} {one.detail}" for one in kept)


async def test_only_administrators_forget(centre: Centre) -> None:
    sam = await centre.agent("Sam", Role.SUPERVISOR, available=False)
    with pytest.raises(NotAllowed):
        await centre.services.keeping.forget(sam, "+493012345601")
    with pytest.raises(NumberInvalid):
        await centre.services.keeping.forget(SYSTEM, "everybody")
