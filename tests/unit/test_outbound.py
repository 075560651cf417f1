"""The life of a call that goes out."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from callcenter.domain.agents import Presence
from callcenter.domain.calls import CallState, EndedBy, EndReason
from callcenter.domain.errors import AgentBusy, NoTrunk, NumberInvalid
from callcenter.services.media import LegStatus
from tests.builders import Centre, identity


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Background work goes on by itself; give it its turns."""
    async with asyncio.timeout(5):
        while not await holds():  # noqa: ASYNC110 (a database has no event to wait for)
            await asyncio.sleep(0.002)


async def state_becomes(centre: Centre, call_id: int, state: CallState) -> None:
    async def holds() -> bool:
        return (await centre.call(call_id)).state is state

    await until(holds)


async def test_the_whole_life(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna, "030 / 123 45 67")
    call = await centre.call(call_id)
    assert (call.state, call.caller_id) == (CallState.DIALING, "+49301234567")
    assert (await centre.desk(anna)).work == "dialing"
    phone = await centre.telephony.phone()
    assert phone.order.number == "+49301234567"

    await phone.rings()
    assert (await centre.call(call_id)).state is CallState.RINGING
    centre.clock.advance(6)
    phone.answers()
    await state_becomes(centre, call_id, CallState.CONNECTED)
    desk = await centre.desk(anna)
    assert (desk.work, desk.call.direction, desk.call.other_party) == ("talking", "Outbound", "+49301234567")

    centre.clock.advance(30)
    await centre.caller_hangs_up(call_id)
    desk = await centre.desk(anna)
    assert (desk.work, desk.ended.status, desk.ended.talk_seconds) == ("wrapup", "Completed", 30)
    assert not centre.media.world
    assert await centre.events(call_id) == ["dialing", "ringing", "connected", "ended"]


@pytest.mark.parametrize(
    ("reason", "state", "by"),
    [
        (EndReason.BUSY, CallState.REJECTED, EndedBy.CALLER),
        (EndReason.DECLINED, CallState.REJECTED, EndedBy.CALLER),
        (EndReason.NO_ANSWER, CallState.MISSED, EndedBy.SYSTEM),
        (EndReason.UNREACHABLE, CallState.FAILED, EndedBy.SYSTEM),
    ],
)
@pytest.mark.parametrize("first", ["the result", "the notification"])
async def test_not_answered(centre: Centre, reason: EndReason, state: CallState, by: EndedBy, first: str) -> None:
    """Whether the dial reports it first or the phone is seen leaving first: the reason is the same."""
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    phone = await centre.telephony.phone()
    await phone.rings()
    if first == "the notification":
        centre.media.leaves(phone.order.room_name, phone.order.identity)
        await centre.deliver()
    phone.refuses(reason)
    await state_becomes(centre, call_id, state)
    call = await centre.call(call_id)
    assert (call.end_reason, call.ended_by, call.duration) == (reason, by, 0)
    desk = await centre.desk(anna)
    assert (desk.work, desk.status) == ("idle", "Available"), "nobody talked: nothing to wrap up"
    assert (desk.ended.reason, desk.ended.redial) == (reason.value, "+49301234567")
    await centre.deliver()
    assert not centre.media.world


async def test_a_phone_that_left_while_nobody_waits_for_its_result(centre: Centre) -> None:
    """The server restarted while it rang: what the dial would have reported never comes."""
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    phone = await centre.telephony.phone()
    centre.media.leaves(phone.order.room_name, phone.order.identity)
    await centre.deliver()
    await centre.later(8)
    assert (await centre.call(call_id)).state in (CallState.FAILED, CallState.MISSED)
    assert (await centre.desk(anna)).work == "idle"


async def test_a_phone_put_down_as_it_is_answered(centre: Centre) -> None:
    """The notification that it left comes before the dial says that it was answered."""
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    phone = await centre.telephony.phone()
    centre.media.leaves(phone.order.room_name, phone.order.identity)
    await centre.deliver()
    phone.answers()
    await state_becomes(centre, call_id, CallState.CONNECTED)
    await centre.reconcile(seconds=12)
    assert (await centre.call(call_id)).state is CallState.COMPLETED


async def test_it_rings_no_longer_than_allowed(centre: Centre) -> None:
    """The provider stops it after 45 seconds and says so; who never hears of that gives up two seconds later."""
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    await centre.later(46)
    assert (await centre.call(call_id)).state is CallState.DIALING
    await centre.later(1)
    call = await centre.call(call_id)
    assert (call.state, call.end_reason) == (CallState.MISSED, EndReason.NO_ANSWER)


async def test_the_agent_hangs_up_while_it_rings(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    phone = await centre.telephony.phone()
    await phone.rings()
    await centre.services.calls.hang_up(anna, call_id)
    call = await centre.call(call_id)
    assert (call.state, call.ended_by, call.end_reason) == (CallState.CANCELED, EndedBy.AGENT, EndReason.CANCELED)
    assert phone.order.room_name not in centre.media.world
    phone.answers()
    await asyncio.sleep(0)
    await centre.deliver()
    assert (await centre.call(call_id)).state is CallState.CANCELED, "an end was overwritten"


async def test_a_phone_that_answers_a_canceled_call_is_put_down(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    phone = await centre.telephony.phone()
    await centre.services.calls.hang_up(anna, call_id)
    centre.media.callee_joins(phone.order, LegStatus.ACTIVE)
    await centre.deliver()
    assert phone.order.room_name not in centre.media.world


async def test_the_agent_is_lost_in_a_connected_call(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    (await centre.telephony.phone()).answers()
    await state_becomes(centre, call_id, CallState.CONNECTED)
    await centre.agent_drops_out(anna, call_id)
    await centre.later(24)
    assert (await centre.call(call_id)).state is CallState.CONNECTED
    await centre.later(1)
    call = await centre.call(call_id)
    assert (call.state, call.ended_by, call.end_reason) == (
        CallState.COMPLETED,
        EndedBy.SYSTEM,
        EndReason.AGENT_LOST,
    )
    assert not centre.media.world


async def test_the_agent_is_lost_while_it_rings(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    await centre.agent_drops_out(anna, call_id)
    (await centre.telephony.phone()).answers()
    await state_becomes(centre, call_id, CallState.CONNECTED)
    await centre.later(26)
    assert (await centre.call(call_id)).end_reason is EndReason.AGENT_LOST


async def test_no_calls_come_in_while_the_agent_dials(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    dialled = await centre.dial(anna)
    waiting = await centre.call_in()
    assert await centre.ringing_at(waiting, anna) is None
    await centre.services.calls.hang_up(anna, dialled)
    assert await centre.ringing_at(waiting, anna) == anna


async def test_not_while_it_rings_connects_or_talks(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    with pytest.raises(AgentBusy):
        await centre.services.calls.dial(anna, "030 1234567")
    await centre.services.calls.answer(anna, call_id)
    with pytest.raises(AgentBusy):
        await centre.services.calls.dial(anna, "030 1234567")
    await centre.enter(anna, call_id)
    with pytest.raises(AgentBusy):
        await centre.services.calls.dial(anna, "030 1234567")


async def test_dialling_ends_the_wrap_up(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.talk(anna)
    await centre.services.calls.hang_up(anna, call_id)
    assert (await centre.desk(anna)).work == "wrapup"
    dialled = await centre.dial(anna)
    assert (await centre.desk(anna)).work == "dialing"
    await centre.services.calls.hang_up(anna, dialled)
    assert (await centre.desk(anna)).work == "idle"


async def test_who_is_not_ready_may_still_dial(centre: Centre) -> None:
    anna = await centre.agent("Anna", available=False)
    await centre.services.presence.set(anna, Presence.NOT_READY)
    call_id = await centre.dial(anna)
    assert (await centre.desk(anna)).status == "Busy"
    await centre.services.calls.hang_up(anna, call_id)
    assert (await centre.desk(anna)).presence == "not_ready"


async def test_refusals_leave_nothing_behind(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    with pytest.raises(NumberInvalid):
        await centre.services.calls.dial(anna, "hello")
    centre.telephony.dialable = False
    with pytest.raises(NoTrunk):
        await centre.services.calls.dial(anna, "030 1234567")
    assert (await centre.desk(anna)).status == "Available"
    assert centre.telephony.phones == []


async def test_an_unreachable_media_server_fails_the_call(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    centre.media.down = True
    grant = await centre.services.calls.dial(anna, "030 1234567")
    await state_becomes(centre, grant.call_id, CallState.FAILED)
    assert (await centre.desk(anna)).ended.reason == "line_down"


async def test_nobody_is_answered_for_the_agent_of_another_call(centre: Centre) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    call_id = await centre.dial(anna)
    room = (await centre.call(call_id)).livekit_room_name
    centre.media.agent_joins(room, identity(ben), may_talk=True)
    await centre.deliver()
    assert identity(ben) not in centre.media.world[room].people
