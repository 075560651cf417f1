"""The life of a call that comes in."""

import asyncio
from dataclasses import replace

import pytest

from callcenter.call_control.views import RoomGrant
from callcenter.core.domain.agents import Presence
from callcenter.core.domain.calls import CallState, EndedBy, EndReason
from callcenter.core.domain.errors import CallerGone, CallOver, OfferGone
from callcenter.platform.errors import NotFound, Refusal
from tests.builders import Centre


async def test_the_whole_life(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in("+493055501")
    desk = await centre.desk(anna)
    assert (desk.work, desk.status) == ("ringing", "Busy")
    assert (desk.offer.call_id, desk.offer.caller_id, desk.offer.seconds_left) == (call_id, "+493055501", 20)

    centre.clock.advance(4)
    grant = await centre.services.calls.answer(anna, call_id)
    assert grant.may_talk
    assert (await centre.desk(anna)).work == "connecting"
    await centre.enter(anna, call_id)
    desk = await centre.desk(anna)
    assert (desk.work, desk.call.id, desk.call.waited_seconds, desk.call.agent_here) == ("talking", call_id, 4, True)

    centre.clock.advance(60)
    await centre.caller_hangs_up(call_id)
    desk = await centre.desk(anna)
    assert (desk.work, desk.status, desk.call.id) == ("wrapup", "Busy", 0)
    assert (desk.ended.status, desk.ended.ended_by, desk.ended.talk_seconds) == ("Completed", "caller", 60)
    assert grant.room_name not in centre.media.world, "the room is left over"
    assert await centre.events(call_id) == ["created", "queued", "offered", "answered", "connected", "ended"]

    await centre.later(29)
    assert (await centre.desk(anna)).work == "wrapup"
    await centre.later(1)
    desk = await centre.desk(anna)
    assert (desk.work, desk.status) == ("idle", "Available")


async def test_the_agent_hangs_up(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.talk(anna)
    centre.clock.advance(7)
    await centre.services.calls.hang_up(anna, call_id)
    call = await centre.call(call_id)
    assert (call.state, call.ended_by, call.end_reason, call.duration) == (
        CallState.COMPLETED,
        EndedBy.AGENT,
        EndReason.HUNG_UP,
        7,
    )
    assert not centre.media.world
    with pytest.raises(CallOver):
        await centre.services.calls.hang_up(anna, call_id)


async def test_nobody_ends_the_call_of_another(centre: Centre) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    call_id = await centre.talk(anna)
    for nothing_of_theirs in (centre.services.calls.hang_up, centre.services.calls.end_room):
        with pytest.raises(NotFound):
            await nothing_of_theirs(ben, call_id)
    assert (await centre.call(call_id)).state is CallState.CONNECTED


async def test_declined_it_rings_at_the_next_and_pauses_for_the_first(centre: Centre) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    call_id = await centre.call_in()
    room = (await centre.call(call_id)).livekit_room_name
    there = await centre.name(anna, room)
    centre.media.agent_joins(room, there)
    await centre.services.calls.decline(anna, call_id)
    assert (await centre.offer(ben)).call_id == call_id
    desk = await centre.desk(anna)
    assert (desk.routable, desk.status, desk.offer.call_id) == ("rejected", "Busy", 0)
    assert there not in centre.media.world[room].people, "the desk of who declined stayed in the room"
    await centre.later(10)
    assert (await centre.desk(anna)).routable == "ok"


async def test_declined_by_all_it_comes_back_to_who_has_waited_longest(centre: Centre) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    call_id = await centre.call_in()
    for actor in (anna, ben):
        await centre.services.calls.decline(actor, call_id)
    assert (await centre.call(call_id)).state is CallState.QUEUED
    await centre.later(29)
    assert await centre.ringing_at(call_id, anna, ben) is None
    await centre.later(2)
    assert await centre.ringing_at(call_id, anna, ben) == anna


async def test_missed_it_rings_at_the_next_and_not_again_until_cleared(centre: Centre) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    call_id = await centre.call_in()
    await centre.later(19)
    assert await centre.ringing_at(call_id, anna, ben) == anna
    await centre.later(1)
    assert await centre.ringing_at(call_id, anna, ben) == ben
    desk = await centre.desk(anna)
    assert (desk.routable, desk.status, desk.withdrawn.outcome, desk.today.missed) == ("missed", "Busy", "timeout", 1)

    await centre.answer(ben, call_id)
    second = await centre.call_in("+493055502")
    await centre.later(60)
    assert await centre.ringing_at(second, anna, ben) is None, "offered to who missed a call"
    await centre.services.presence.clear_routable(anna)
    assert await centre.ringing_at(second, anna, ben) == anna


async def test_going_available_again_clears_a_miss(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    await centre.later(20)
    assert (await centre.desk(anna)).routable == "missed"
    await centre.services.presence.set(anna, Presence.AVAILABLE)
    assert (await centre.desk(anna)).routable == "ok"
    assert await centre.ringing_at(call_id, anna) is None, "offered again at once to who has just missed it"
    await centre.later(30)
    assert await centre.ringing_at(call_id, anna) == anna


async def test_a_caller_who_gives_up_while_it_rings_is_no_miss(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    centre.clock.advance(6)
    await centre.caller_hangs_up(call_id)
    call = await centre.call(call_id)
    assert (call.state, call.ended_by, call.end_reason) == (
        CallState.ABANDONED,
        EndedBy.CALLER,
        EndReason.CALLER_GAVE_UP,
    )
    desk = await centre.desk(anna)
    assert (desk.routable, desk.status, desk.work, desk.today.missed) == ("ok", "Available", "idle", 0)
    assert desk.withdrawn.outcome == "rescinded"
    with pytest.raises(CallerGone):
        await centre.services.calls.answer(anna, call_id)


async def test_a_caller_who_gives_up_while_the_desk_connects(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    await centre.services.calls.answer(anna, call_id)
    await centre.caller_hangs_up(call_id)
    assert (await centre.call(call_id)).state is CallState.ABANDONED
    assert (await centre.desk(anna)).work == "idle", "nobody talked: nothing to wrap up"


async def test_a_click_after_the_ring_timeout_is_too_late(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    centre.clock.advance(20)
    with pytest.raises(OfferGone):
        await centre.services.calls.answer(anna, call_id)
    await centre.later(0.5)
    assert (await centre.desk(anna)).routable == "missed"


async def test_a_click_just_in_time_counts(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    centre.clock.advance(19.999)
    await centre.services.calls.answer(anna, call_id)
    await centre.later(1)
    assert (await centre.call(call_id)).state is CallState.CONNECTING
    await centre.enter(anna, call_id)
    assert (await centre.desk(anna)).routable == "ok"


async def test_click_and_timeout_at_the_same_moment(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    for _ in range(5):
        call_id = await centre.call_in()
        centre.clock.advance(19.9999)
        click = centre.services.calls.answer(anna, call_id)
        results = await asyncio.gather(click, centre.services.sweeper.run(), return_exceptions=True)
        assert isinstance(results[0], RoomGrant)
        assert (await centre.call(call_id)).state is CallState.CONNECTING
        await centre.services.calls.hang_up(anna, call_id)
        await centre.deliver()


async def test_answered_without_a_microphone_the_caller_waits_on(centre: Centre) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    call_id = await centre.call_in()
    joined_at = (await centre.call(call_id)).joined_at
    await centre.services.calls.answer(anna, call_id)
    await centre.later(4)
    assert (await centre.call(call_id)).state is CallState.CONNECTING
    await centre.later(1)
    assert await centre.ringing_at(call_id, anna, ben) == ben
    assert (await centre.call(call_id)).joined_at == joined_at
    desk = await centre.desk(anna)
    assert (desk.routable, desk.work) == ("device_error", "idle")
    await centre.answer(ben, call_id)
    assert "not_connected" in await centre.events(call_id)


async def test_a_microphone_that_comes_too_late_connects_nobody(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    room = (await centre.call(call_id)).livekit_room_name
    await centre.services.calls.answer(anna, call_id)
    centre.media.agent_joins(room, await centre.name(anna, room), may_talk=True)
    centre.clock.advance(5)
    await centre.services.sweeper.run()
    centre.media.agent_joins(room, await centre.name(anna, room), may_talk=True)
    centre.media.publishes(room, await centre.name(anna, room))
    await centre.deliver()
    assert (await centre.call(call_id)).state is CallState.QUEUED
    assert await centre.name(anna, room) not in centre.media.world[room].people, "an agent without the call listens in"


async def test_an_open_microphone_is_looked_for_before_the_call_is_taken_away(centre: Centre) -> None:
    """As when the server was down for the moments in which its notification came."""
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    room = (await centre.call(call_id)).livekit_room_name
    await centre.services.calls.answer(anna, call_id)
    centre.media.agent_joins(room, await centre.name(anna, room), may_talk=True)
    centre.media.publishes(room, await centre.name(anna, room))
    centre.forget_notifications()
    centre.clock.advance(60)
    await centre.services.sweeper.run()
    assert (await centre.call(call_id)).state is CallState.CONNECTED
    assert (await centre.desk(anna)).routable == "ok"


async def test_an_unreachable_media_server_takes_no_call_away(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    await centre.services.calls.answer(anna, call_id)
    centre.media.down = True
    centre.clock.advance(60)
    await centre.services.sweeper.run()
    assert (await centre.call(call_id)).state is CallState.CONNECTING
    centre.media.down = False
    await centre.services.sweeper.run()
    assert (await centre.call(call_id)).state is CallState.QUEUED


async def test_answering_twice_is_answering_once(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    await asyncio.gather(*(centre.services.calls.answer(anna, call_id) for _ in range(4)))
    assert (await centre.events(call_id)).count("answered") == 1
    await centre.enter(anna, call_id)
    assert (await centre.services.calls.answer(anna, call_id)).may_talk


async def test_what_was_never_there_cannot_be_answered(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    for nothing in (centre.services.calls.answer, centre.services.calls.decline, centre.services.calls.join_room):
        with pytest.raises(NotFound):
            await nothing(anna, 4711)


async def test_an_answered_call_cannot_be_declined(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    await centre.services.calls.answer(anna, call_id)
    with pytest.raises(Refusal):
        await centre.services.calls.decline(anna, call_id)
    assert (await centre.call(call_id)).state is CallState.CONNECTING


async def test_without_wrap_up_the_idle_time_still_begins_anew(centre: Centre) -> None:
    object.__setattr__(centre.services.settings, "wrap_up_seconds", 0)
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    first = await centre.talk(anna)
    await centre.services.calls.hang_up(anna, first)
    await centre.deliver()
    second = await centre.call_in("+493055502")
    assert await centre.ringing_at(second, anna, ben) == ben, "who has just talked is not the longest idle"


class TestTurnedAway:
    async def test_missed_when_nobody_was_there(self, centre: Centre) -> None:
        call_id = await centre.call_in()
        await centre.later(119)
        assert (await centre.call(call_id)).state is CallState.QUEUED
        await centre.later(1)
        call = await centre.call(call_id)
        assert (call.state, call.end_reason) == (CallState.MISSED, EndReason.TURNED_AWAY)
        assert not centre.media.world

    async def test_rejected_when_all_who_were_asked_declined(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        call_id = await centre.call_in()
        await centre.services.calls.decline(anna, call_id)
        await centre.services.presence.set(anna, Presence.OFFLINE)
        await centre.later(120)
        assert (await centre.call(call_id)).state is CallState.REJECTED

    async def test_not_while_it_rings(self, centre: Centre) -> None:
        call_id = await centre.call_in()
        await centre.later(110)
        anna = await centre.agent("Anna")
        await centre.later(15)
        assert await centre.ringing_at(call_id, anna) == anna
        await centre.answer(anna, call_id)

    async def test_never_after_they_have_talked(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        call_id = await centre.talk(anna)
        await centre.services.presence.set(anna, Presence.OFFLINE)
        await centre.agent_drops_out(anna, call_id)
        await centre.later(400)
        assert (await centre.call(call_id)).state is CallState.QUEUED


class TestQueue:
    async def test_callers_are_served_in_order_of_arrival(self, centre: Centre) -> None:
        waiting = []
        for number in range(4):
            waiting.append(await centre.call_in(f"+4930555{number}"))
            centre.clock.advance(1)
        anna = await centre.agent("Anna", available=False)
        assert [one.id for one in (await centre.desk(anna)).waiting] == waiting
        await centre.services.presence.set(anna, Presence.AVAILABLE)
        for call_id in waiting:
            assert (await centre.offer(anna)).call_id == call_id
            await centre.answer(anna, call_id)
            await centre.services.calls.hang_up(anna, call_id)
            await centre.services.presence.finish_wrap_up(anna)

    async def test_two_callers_ring_at_two_agents(self, centre: Centre) -> None:
        anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
        first, second = await centre.call_in("+493055501"), await centre.call_in("+493055502")
        assert await centre.ringing_at(first, anna, ben) == anna
        assert await centre.ringing_at(second, anna, ben) == ben

    async def test_the_longest_idle_is_who_has_not_talked_for_longest(self, centre: Centre) -> None:
        anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
        first = await centre.talk(anna)
        await centre.services.calls.hang_up(anna, first)
        await centre.later(31)
        second = await centre.call_in("+493055502")
        assert await centre.ringing_at(second, anna, ben) == ben


async def test_a_caller_who_is_lost_with_the_line_did_not_hang_up(centre: Centre) -> None:
    """As when livekit-sip dies: LiveKit misses the caller after a while."""
    anna = await centre.agent("Anna")
    call_id = await centre.talk(anna)
    room = centre.media.world[(await centre.call(call_id)).livekit_room_name]
    caller = next(one for one in room.people.values() if one.phone)
    room.people[caller.identity] = replace(caller, lost=True)
    centre.media.leaves(room.name, caller.identity)
    await centre.deliver()
    call = await centre.call(call_id)
    assert (call.state, call.ended_by, call.end_reason) == (CallState.COMPLETED, EndedBy.SYSTEM, EndReason.LINE_LOST)
