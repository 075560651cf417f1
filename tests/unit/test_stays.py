"""Who may hear and speak in a room: only who has its call now, under the name of this very handover."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.core.domain.calls import CallState
from callcenter.core.domain.room_rights import read_stay, stay_name
from callcenter.platform.errors import NotFound
from tests.builders import Centre, identity
from tests.support.fuzz import effort

NAMES = st.text(st.characters(exclude_characters="#", codec="utf-8"), min_size=1, max_size=64)


@effort(100)
@given(NAMES, st.integers(0, 2**53))
def test_a_name_is_read_as_it_was_made(agent_name: str, number: int) -> None:
    assert read_stay(stay_name(agent_name, str(number))) == (agent_name, number)


@pytest.mark.parametrize(
    "name", ["agent_anna", "agent_anna#1", "agent_anna.1#more", "agent_anna.01", "agent_anna.²", "agent_anna.-1"]
)
def test_a_name_that_no_token_has_is_for_no_handover(name: str) -> None:
    assert read_stay(name)[1] is None


@pytest.mark.parametrize("name", ["", ".1", "#", "agent_anna." + "9" * 30])
def test_what_is_no_name_is_for_no_handover(name: str) -> None:
    assert read_stay(name)[1] is None


async def test_the_name_is_another_one_with_each_handover(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.talk(anna)
    room = (await centre.call(call_id)).livekit_room_name
    names = [await centre.name(anna, room)]
    await centre.agent_drops_out(anna, call_id)
    await centre.enter(anna, call_id)
    assert await centre.name(anna, room) == names[0], "who comes back in time is the same"
    await centre.agent_drops_out(anna, call_id)
    await centre.later(26)
    await centre.services.presence.clear_routable(anna)
    await centre.answer(anna, call_id)
    names.append(await centre.name(anna, room))
    assert len(set(names)) == 2
    assert all(name.startswith(identity(anna) + ".") for name in names)


async def test_the_right_of_an_earlier_handover_is_none_of_a_later_one(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.talk(anna)
    room = (await centre.call(call_id)).livekit_room_name
    before = await centre.name(anna, room)
    await centre.agent_drops_out(anna, call_id)
    await centre.later(26)
    await centre.services.presence.clear_routable(anna)
    await centre.answer(anna, call_id)
    centre.media.agent_joins(room, before, may_talk=True)
    await centre.deliver()
    assert [name for name in centre.media.world[room].people if name.startswith("agent")] == [
        await centre.name(anna, room)
    ]
    call = await centre.call(call_id)
    assert (call.state, call.agent_deadline) == (CallState.CONNECTED, None), "their old self left, not they"


@pytest.mark.parametrize("more", ["#more", ".1#more", ""])
async def test_nobody_is_in_a_room_twice_under_a_longer_name(centre: Centre, more: str) -> None:
    """LiveKit lets a client in once more, under its name and a word of its choice."""
    anna = await centre.agent("Anna")
    call_id = await centre.talk(anna)
    room = (await centre.call(call_id)).livekit_room_name
    centre.media.agent_joins(room, identity(anna) + more, may_talk=True)
    centre.forget_notifications()
    await centre.reconcile()
    assert identity(anna) + more not in centre.media.world[room].people
    assert (await centre.desk(anna)).call.agent_here


async def test_a_desk_that_says_it_is_there_may_talk_whether_or_not_livekit_says_so(centre: Centre) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    call_id = await centre.talk(anna)
    room = (await centre.call(call_id)).livekit_room_name
    await centre.agent_drops_out(anna, call_id)
    name = await centre.name(anna, room)
    centre.media.agent_joins(room, name)
    centre.forget_notifications()
    assert not centre.media.world[room].people[name].may_talk
    await centre.services.calls.entered(anna, call_id)
    assert centre.media.world[room].people[name].may_talk
    with pytest.raises(NotFound):
        await centre.services.calls.entered(ben, call_id)


async def test_while_it_rings_a_desk_that_says_it_is_there_may_not_talk(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    room = (await centre.call(call_id)).livekit_room_name
    centre.media.agent_joins(room, await centre.name(anna, room))
    with pytest.raises(NotFound):
        await centre.services.calls.entered(anna, call_id)
    assert not centre.media.requests("allow_talking")


async def test_a_right_that_was_lost_on_the_way_is_given_when_rooms_are_compared(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.talk(anna)
    room = (await centre.call(call_id)).livekit_room_name
    await centre.agent_drops_out(anna, call_id)
    name = await centre.name(anna, room)
    centre.media.agent_joins(room, name)
    centre.forget_notifications()
    await centre.reconcile()
    assert centre.media.world[room].people[name].may_talk
