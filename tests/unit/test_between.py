"""What happens between a decision and its effect: a slow or missing media server, a late desk, a clock that jumps."""

import asyncio

import pytest

from callcenter.bootstrap import Services
from callcenter.core.domain.agents import SYSTEM, Presence
from callcenter.core.domain.calls import CallState
from callcenter.core.domain.errors import AgentBusy
from callcenter.core.ports.media_server import ParticipantSeen
from tests.builders import Centre
from tests.fakes import Clock, FakeMedia
from tests.support.outcomes import state_becomes


async def test_the_right_to_talk_that_came_late_leaves_time_to_use_it(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    room = (await centre.call(call_id)).livekit_room_name
    centre.media.agent_joins(room, await centre.name(anna, room))
    await centre.deliver()
    centre.media.down = True
    await centre.services.calls.answer(anna, call_id)
    centre.clock.advance(5.5)
    centre.media.down = False
    await centre.services.sweeper.run()
    assert centre.media.world[room].people[await centre.name(anna, room)].may_talk
    assert (await centre.call(call_id)).state is CallState.CONNECTING
    await centre.later(3)
    centre.media.publishes(room, await centre.name(anna, room))
    await centre.deliver()
    assert (await centre.call(call_id)).state is CallState.CONNECTED


async def test_a_right_to_talk_that_never_comes_does_not_hold_the_caller_for_ever(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    room = (await centre.call(call_id)).livekit_room_name
    centre.media.agent_joins(room, await centre.name(anna, room))

    async def no_effect(room_name: str, who: str) -> None:
        """As when the server takes the request and does nothing."""

    monkeypatch.setattr(centre.media, "allow_talking", no_effect)
    await centre.deliver()
    await centre.services.calls.answer(anna, call_id)
    await centre.later(40, step=1)
    call = await centre.call(call_id)
    assert (call.state is CallState.CONNECTING, call.agent_id) == (False, None)


async def test_a_call_that_falls_due_while_another_is_looked_at_is_looked_at_too(centre: Centre) -> None:
    """Nobody loses a call before LiveKit was asked, however long the asking takes."""
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    first, second = await centre.call_in("+491511"), await centre.call_in("+491522")
    await centre.services.calls.answer(anna, first)
    centre.clock.advance(1)
    await centre.services.calls.answer(ben, second)
    room = (await centre.call(second)).livekit_room_name
    centre.media.agent_joins(room, await centre.name(ben, room), may_talk=True)
    centre.media.publishes(room, await centre.name(ben, room))
    centre.forget_notifications()
    asked = centre.media.participants

    async def slowly(room_name: str) -> list[ParticipantSeen]:
        centre.clock.advance(3)
        return await asked(room_name)

    centre.media.participants = slowly  # type: ignore[method-assign]
    centre.clock.advance(4)
    await centre.services.sweeper.run()
    assert (await centre.call(first)).state is not CallState.CONNECTING
    assert (await centre.call(second)).state in (CallState.CONNECTING, CallState.CONNECTED)
    await centre.services.sweeper.run()
    assert (await centre.call(second)).state is CallState.CONNECTED
    assert (await centre.desk(ben)).routable == "ok"


async def test_a_media_server_that_hangs_is_waited_for_once_and_not_once_a_call(centre: Centre) -> None:
    people = [await centre.agent(f"Agent {number}") for number in range(4)]
    for person in people:
        await centre.services.calls.answer(person, await centre.call_in())
    waiting, let_go = [], asyncio.Event()
    asked = centre.media.participants

    async def hangs(room_name: str) -> list[ParticipantSeen]:
        waiting.append(room_name)
        if len(waiting) == len(people):
            let_go.set()
        await let_go.wait()
        return await asked(room_name)

    centre.media.participants = hangs  # type: ignore[method-assign]
    centre.clock.advance(6)
    async with asyncio.timeout(60):
        await centre.services.sweeper.run()
    assert len(waiting) == len(people)


async def test_a_desk_that_comes_back_with_an_old_token_does_not_talk_before_it_answers(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.talk(anna)
    room = (await centre.call(call_id)).livekit_room_name
    before = await centre.name(anna, room)
    await centre.agent_drops_out(anna, call_id)
    await centre.later(30, step=1)
    assert (await centre.call(call_id)).agent_id is None
    await centre.services.presence.clear_routable(anna)
    assert await centre.ringing_at(call_id, anna) == anna
    for name in (before, await centre.name(anna, room)):
        centre.media.agent_joins(room, name, may_talk=True)
        await centre.deliver()
        assert name not in centre.media.world[room].people, "it talks while it rings"
    assert await centre.ringing_at(call_id, anna) == anna
    await centre.answer(anna, call_id)
    assert (await centre.call(call_id)).state is CallState.CONNECTED


async def test_a_phone_that_cannot_be_started_fails_the_call_at_once(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    grant = await centre.services.calls.dial(anna, "030 1234567")
    phone = await centre.telephony.phone()
    phone.cannot_be_called(OSError("no more processes"))
    await state_becomes(centre, grant.call_id, CallState.FAILED)
    assert (await centre.desk(anna)).ended.reason == "line_down"
    assert (await centre.desk(anna)).work == "idle"


async def test_the_result_of_a_dial_lost_by_a_restart_keeps_nobody_busy(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    await centre.services.units.stop()
    room = (await centre.call(call_id)).livekit_room_name
    centre.media.leaves(room, (await centre.telephony.phone()).order.identity)
    await centre.deliver()
    await centre.later(6)
    assert (await centre.call(call_id)).ended_at is not None
    assert (await centre.desk(anna)).work == "idle"


async def test_a_caller_whose_time_is_over_while_it_rings_can_still_be_answered(centre: Centre) -> None:
    anna = await centre.agent("Anna", available=False)
    call_id = await centre.call_in()
    await centre.later(115)
    await centre.services.presence.clear_routable(anna)

    await centre.services.presence.set(anna, Presence.AVAILABLE)
    await centre.later(10)
    assert await centre.ringing_at(call_id, anna) == anna
    await centre.answer(anna, call_id)
    await centre.later(60)
    assert (await centre.call(call_id)).state is CallState.CONNECTED


async def test_an_account_disabled_while_it_rings_there(centre: Centre) -> None:

    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    call_id = await centre.call_in()
    await centre.services.accounts.disable(SYSTEM, anna.id)
    assert await centre.ringing_at(call_id, ben) == ben
    await centre.services.calls.answer(ben, call_id)
    with pytest.raises(AgentBusy):
        await centre.services.accounts.disable(SYSTEM, ben.id)
    await centre.enter(ben, call_id)


async def test_a_desk_forgotten_in_wrap_up_is_free_and_offline_in_the_end(centre: Centre) -> None:
    anna = await centre.agent("Anna", connected=False)
    connection = await centre.services.presence.connect(anna, "desk")
    call_id = await centre.talk(anna)
    await centre.services.presence.disconnect(connection)
    await centre.services.calls.hang_up(anna, call_id)
    assert (await centre.desk(anna)).work == "wrapup"
    await centre.later(400, step=5)
    desk = await centre.desk(anna)
    assert (desk.work, desk.status) == ("idle", "Offline")


async def test_a_clock_that_is_set_back_makes_no_call_shorter_than_nothing(
    services: Services, media: FakeMedia, clock: Clock
) -> None:
    centre = Centre(services, media, clock)
    anna = await centre.agent("Anna")
    call_id = await centre.talk(anna)
    centre.clock.advance(-3600)
    await centre.services.calls.hang_up(anna, call_id)
    assert (await centre.call(call_id)).duration == 0
