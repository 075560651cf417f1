"""Two things at once, on a real database."""

import asyncio
from collections import Counter

import pytest

from callcenter.call_control.views import RoomGrant
from callcenter.core.domain.agents import Actor, Presence
from callcenter.core.domain.calls import CallState
from callcenter.core.domain.errors import AgentBusy, CallTaken, OfferGone
from callcenter.platform.errors import NotFound, Refusal
from tests.builders import Centre
from tests.consistency import assert_consistent


async def test_two_agents_answer_one_call_and_one_has_it(centre: Centre) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    for _ in range(5):
        call_id = await centre.call_in()
        results = await asyncio.gather(
            *(centre.services.calls.answer(actor, call_id) for actor in (ben, anna)), return_exceptions=True
        )
        # Who was never asked is not even told that there is such a call.
        assert Counter(type(one) in (CallTaken, OfferGone, NotFound) for one in results) == {True: 1, False: 1}
        (winner,) = [actor for actor, one in zip((ben, anna), results, strict=True) if isinstance(one, RoomGrant)]
        assert (await centre.call(call_id)).agent_id == winner.id
        await assert_consistent(centre.services)
        await centre.services.calls.hang_up(winner, call_id)
        await centre.deliver()


async def test_who_was_offered_it_before_is_told_that_it_is_taken(centre: Centre) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    call_id = await centre.call_in()
    await centre.later(20)
    await centre.answer(ben, call_id)
    with pytest.raises(CallTaken):
        await centre.services.calls.answer(anna, call_id)


async def test_many_callers_at_once_and_no_agent_is_asked_twice(centre: Centre) -> None:
    actors = [await centre.agent(f"Agent {number}") for number in range(3)]
    for number in range(12):
        centre.media.caller_joins(f"call_{number}", f"+4930555{number:03}")
    waiting, centre.media.outbox = centre.media.outbox, []
    await asyncio.gather(*(centre.notify(one) for one in waiting), centre.services.sweeper.run())
    ringing = [(await centre.offer(actor)).call_id for actor in actors]
    assert all(ringing)
    assert len(set(ringing)) == 3


async def test_many_agents_at_once_and_no_call_rings_twice(centre: Centre) -> None:
    actors = [await centre.agent(f"Agent {number}", available=False) for number in range(8)]
    call_id = await centre.call_in()
    await asyncio.gather(*(centre.services.presence.set(actor, Presence.AVAILABLE) for actor in actors))
    ringing = [actor for actor in actors if (await centre.offer(actor)).call_id == call_id]
    assert len(ringing) == 1


async def test_in_and_out_at_once_is_one_call(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    for number in range(6):
        room = f"call_{number}"
        centre.media.caller_joins(room, f"+4930555{number:03}")
        (joined,) = [one for one in centre.media.outbox if one.kind == "participant_joined"]
        centre.forget_notifications()
        both = [centre.services.calls.dial(anna, "030 1234567"), centre.notify(joined)]
        results = await asyncio.gather(*(both if number % 2 else reversed(both)), return_exceptions=True)
        await assert_consistent(centre.services)
        desk = await centre.desk(anna)
        dialled = any(isinstance(one, RoomGrant) for one in results)
        assert dialled != any(isinstance(one, AgentBusy) for one in results)
        assert (desk.offer.id > 0) != dialled, "rings while the agent dials"
        if dialled:
            await centre.services.calls.hang_up(anna, desk.call.id)
        await centre.caller_hangs_up((await centre.by_room(room)).id or 0)


async def test_dialling_twice_at_once_is_one_call(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    results = await asyncio.gather(
        *(centre.services.calls.dial(anna, "030 1234567") for _ in range(4)), return_exceptions=True
    )
    assert Counter(type(one) for one in results) == {RoomGrant: 1, AgentBusy: 3}


async def test_hang_up_from_both_sides_is_one_ending(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.talk(anna)
    await asyncio.gather(
        centre.services.calls.hang_up(anna, call_id), centre.caller_hangs_up(call_id), return_exceptions=True
    )
    await centre.deliver()
    assert (await centre.events(call_id)).count("ended") == 1


async def test_the_caller_goes_as_the_agent_clicks(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    for turn in range(6):
        call_id = await centre.call_in()
        both = [centre.services.calls.answer(anna, call_id), centre.caller_hangs_up(call_id)]
        await asyncio.gather(*(both if turn % 2 else reversed(both)), return_exceptions=True)
        assert (await centre.call(call_id)).state is CallState.ABANDONED
        desk = await centre.desk(anna)
        assert (desk.work, desk.routable) == ("idle", "ok")


async def test_a_storm_of_clicks_leaves_the_record_consistent(centre: Centre) -> None:
    actors = [await centre.agent(f"Agent {number}") for number in range(4)]
    open_calls = [await centre.call_in(f"+4930555{number:03}") for number in range(6)]

    async def click(actor: Actor, call_id: int, which: int) -> None:
        calls, presence = centre.services.calls, centre.services.presence
        try:
            if which == 0:
                await calls.decline(actor, call_id)
            elif which == 1:
                await calls.answer(actor, call_id)
                room = (await centre.call(call_id)).livekit_room_name
                centre.media.agent_joins(room, await centre.name(actor, room))
            elif which == 2:
                await presence.set(actor, Presence.NOT_READY)
            elif which == 3:
                await presence.set(actor, Presence.AVAILABLE)
            else:
                await calls.hang_up(actor, call_id)
        except Refusal:
            pass

    for turn in range(5):
        await asyncio.gather(
            *(click(actor, call_id, (turn + actor.id + call_id) % 5) for actor in actors for call_id in open_calls),
            centre.services.sweeper.run(),
            centre.services.reconciler.run(),
        )
        await assert_consistent(centre.services)
        centre.clock.advance(4)
