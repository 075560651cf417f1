"""While nothing happens, nothing is written, however often deadlines and rooms are looked at."""

import pytest

from callcenter.core.domain.calls import CallState, EndReason
from callcenter.routing import service as routing_service
from tests.builders import Centre
from tests.support.figures import transactions


async def test_looking_writes_nothing(centre: Centre) -> None:
    people = [await centre.agent(f"Agent {number}") for number in range(3)]
    for person in people:
        await centre.talk(person)
    waits = await centre.call_in()
    await centre.services.sweeper.run()
    await centre.services.reconciler.run()
    before = transactions()
    for _ in range(20):
        centre.clock.advance(0.5)
        await centre.services.sweeper.run()
        await centre.services.reconciler.run()
    assert transactions() == before
    assert (await centre.call(waits)).state is CallState.QUEUED


async def test_the_people_of_a_running_call_are_asked_for_now_and_then(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.talk(anna)
    room = (await centre.call(call_id)).livekit_room_name
    centre.media.asked.clear()
    await centre.reconcile(seconds=27)
    assert 2 <= len(centre.media.requests("participants")) <= 4, "in ten rounds"
    centre.media.leaves(room, "sip_+4915112345678", silently=True)
    centre.media.asked.clear()
    await centre.reconcile()
    assert centre.media.requests("participants") == [[room]], "as soon as somebody is missing"


async def test_a_caller_and_an_agent_side_by_side_find_each_other(centre: Centre) -> None:
    """Such as when whoever let the call pass may be asked again: nothing happens then but that time passes."""
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    await centre.services.calls.decline(anna, call_id)
    await centre.later(centre.services.settings.reoffer_seconds + 1)
    assert await centre.ringing_at(call_id, anna) == anna


async def test_the_late_are_turned_away_though_others_wait_before_them(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the first of the queue are looked at when there is nobody for them; deadlines are looked at for all."""
    monkeypatch.setattr(routing_service, "AT_ONCE", 1)
    anna = await centre.agent("Anna")
    first = await centre.talk(anna)
    await centre.agent_drops_out(anna, first)
    await centre.later(centre.services.settings.agent_return_seconds + 1)
    second = await centre.call_in()
    await centre.later(centre.services.settings.queue_timeout_seconds + 1)
    assert (await centre.call(second)).end_reason is EndReason.TURNED_AWAY
    assert (await centre.call(first)).state is CallState.QUEUED, "who has talked already is never turned away"
