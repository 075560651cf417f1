"""The life of a call that goes out."""

import asyncio

import pytest
from sqlalchemy import text

from callcenter.core.domain.agents import Actor, Presence
from callcenter.core.domain.calls import CallState, EndedBy, EndReason
from callcenter.core.domain.errors import AgentBusy, NumberInvalid
from callcenter.core.ports.media_server import LegStatus
from callcenter.core.ports.telephony_provider import PhoneEvent, PhoneState
from callcenter.core.store import call_events
from callcenter.platform.errors import MediaError
from callcenter.settings import Settings
from callcenter.telephony.errors import NoTrunk
from tests.builders import LONG_LEASE, Centre
from tests.conftest import MakeSettings
from tests.support.outcomes import state_becomes, until


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
    call = await centre.call(call_id)
    assert (call.state, call.end_reason) == (CallState.FAILED, EndReason.LINE_LOST), "who knows whether it was busy?"
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


@pytest.mark.parametrize("known_by", ["its ringing", "a notification"])
async def test_a_media_server_lost_while_it_rings_ends_no_call(centre: Centre, known_by: str) -> None:
    """The phone rings on, and its leg comes back when the media server does."""
    anna = await centre.agent("Anna")
    grant = await centre.services.calls.dial(anna, "030 1234567")
    phone = await centre.telephony.phone()
    if known_by == "its ringing":
        await phone.rings()
    else:
        centre.media.callee_joins(phone.order)
        await centre.deliver()
    phone.cannot_be_called(MediaError("LiveKit does not answer"))
    await no_dial_is_under_way()
    assert (await centre.call(grant.call_id)).ended_at is None
    centre.media.callee_joins(phone.order, LegStatus.ACTIVE)
    await centre.reconcile()
    assert (await centre.call(grant.call_id)).state is CallState.CONNECTED


async def no_dial_is_under_way() -> None:
    dials = [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") == "Phones._dial"]
    await asyncio.wait_for(asyncio.gather(*dials), 5)


async def test_nobody_is_answered_for_the_agent_of_another_call(centre: Centre) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    call_id = await centre.dial(anna)
    room = (await centre.call(call_id)).livekit_room_name
    centre.media.agent_joins(room, await centre.name(ben, room), may_talk=True)
    await centre.deliver()
    assert await centre.name(ben, room) not in centre.media.world[room].people


async def test_the_answer_of_the_network_is_on_record_at_the_end_of_the_call_and_nowhere_else(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    (await centre.telephony.phone()).refuses(None, 486, "Busy Here")
    await state_becomes(centre, call_id, CallState.REJECTED)
    async with centre.services.units.reading() as (session, _):
        details = [event.detail for event in await call_events.events(session, call_id)]
    assert [(one.get("sip_code"), one.get("sip_phrase")) for one in details] == [(None, None), (486, "Busy Here")]
    ended = (await centre.desk(anna)).ended
    assert (ended.reason, ended.sip_code, ended.sip_phrase) == ("busy", 486, "Busy Here")
    assert (await centre.services.history.detail(anna, call_id)).timeline[-1].detail == "486 Busy Here"


async def test_a_database_that_fails_as_the_phone_answers_does_not_end_the_call(centre: Centre) -> None:
    """Nothing is wrong with the line: the leg in the room says once more what could not be recorded."""
    anna = await centre.agent("Anna")
    await centre.services.calls.hang_up(anna, await centre.talk(anna))
    call_id = await centre.dial(anna)
    phone = await centre.telephony.phone()
    await execute(centre, "CREATE UNIQUE INDEX no_second_answer ON call_event (kind) WHERE kind = 'connected'")
    phone.answers()
    await until(lambda: nothing_in_background(centre))
    await execute(centre, "DROP INDEX no_second_answer")
    assert (await centre.call(call_id)).state is CallState.DIALING
    centre.media.sip_status(phone.order.room_name, phone.order.identity, LegStatus.ACTIVE)
    await centre.reconcile()
    assert (await centre.call(call_id)).state is CallState.CONNECTED


async def test_what_the_network_says_is_kept_without_what_would_hide_or_turn_round_other_text(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    (await centre.telephony.phone()).refuses(None, 486, "Bu\0sy\r\n\x1b[2J\u202e Here" + "!" * 10_000)
    await state_becomes(centre, call_id, CallState.REJECTED)
    assert (await centre.desk(anna)).ended.sip_phrase == "Busy[2J Here" + "!" * 108


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (404, EndReason.NOT_IN_SERVICE),
        (408, EndReason.NO_ANSWER),
        (480, EndReason.UNAVAILABLE),
        (486, EndReason.BUSY),
        (503, EndReason.LINE_DOWN),
        (603, EndReason.DECLINED),
        (403, EndReason.UNREACHABLE),
    ],
)
async def test_what_the_network_answers_has_a_meaning(centre: Centre, code: int, reason: EndReason) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    (await centre.telephony.phone()).refuses(None, code, "as the carrier puts it")
    await until(lambda: over(centre, call_id))
    assert (await centre.call(call_id)).end_reason is reason


async def test_news_that_come_twice_or_late_change_nothing(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    room = (await centre.call(call_id)).livekit_room_name
    tell = centre.services.phones.reported
    for state in (PhoneState.RINGING, PhoneState.RINGING, PhoneState.ANSWERED, PhoneState.ANSWERED, PhoneState.RINGING):
        await tell(PhoneEvent(room, state))
    await tell(PhoneEvent(room, PhoneState.FAILED, EndReason.BUSY, 486, "Busy Here"))
    assert (await centre.call(call_id)).state is CallState.CONNECTED
    assert await centre.events(call_id) == ["dialing", "ringing", "connected"]
    await tell(PhoneEvent("out_nobody_knows", PhoneState.ANSWERED))
    caller = await centre.by_room((await centre.call(await centre.call_in())).livekit_room_name)
    await tell(PhoneEvent(caller.livekit_room_name, PhoneState.ANSWERED))
    assert (await centre.call(caller.id or 0)).state is CallState.QUEUED


@pytest.mark.parametrize("state", [PhoneState.RINGING, PhoneState.ANSWERED])
async def test_a_phone_that_comes_after_the_end_of_its_call_is_put_down(centre: Centre, state: PhoneState) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.dial(anna)
    await centre.services.calls.hang_up(anna, call_id)
    phone = await centre.telephony.phone()
    assert centre.telephony.hung_up == [phone.order.room_name]
    assert centre.media.requests("delete_room") == [[phone.order.room_name]]
    centre.media.callee_joins(phone.order)
    await phone.report(PhoneEvent(phone.order.room_name, state))
    assert phone.order.room_name not in centre.media.world
    assert centre.telephony.hung_up == [phone.order.room_name] * 2


async def test_a_call_that_nobody_dials_ends_long_before_its_time_to_ring_is_over(centre: Centre) -> None:
    """The process died between the commit and the request; the agent is in the room and waits."""
    anna = await centre.agent("Anna")
    grant = await centre.services.calls.dial(anna, "030 1234567")
    await centre.services.units.stop()
    centre.media.agent_joins(grant.room_name, await centre.name(anna, grant.room_name), may_talk=True)
    await centre.deliver()
    await centre.reconcile(9)
    assert (await centre.call(grant.call_id)).state is CallState.DIALING
    await centre.reconcile(3)
    call = await centre.call(grant.call_id)
    assert (call.state, call.end_reason) == (CallState.FAILED, EndReason.LINE_LOST)
    assert grant.room_name not in centre.media.world


async def test_a_provider_whose_phones_come_late_is_given_the_time_to_ring(centre: Centre) -> None:
    centre.telephony.leg_from_start = False
    anna = await centre.agent("Anna")
    grant = await centre.services.calls.dial(anna, "030 1234567")
    await centre.reconcile(30)
    assert (await centre.call(grant.call_id)).state is CallState.DIALING
    await centre.later(17)
    centre.media.agent_joins(grant.room_name, await centre.name(anna, grant.room_name), may_talk=True)
    assert (await centre.call(grant.call_id)).end_reason is EndReason.NO_ANSWER


async def at_a_desk(centre: Centre, name: str = "Anna") -> tuple[Actor, str]:
    """An agent with one open tab, and that tab."""
    anna = await centre.agent(name, connected=False)
    return anna, await centre.services.presence.connect(anna, "desk", LONG_LEASE)


async def test_a_desk_that_dies_while_it_rings_takes_the_phone_with_it(centre: Centre) -> None:
    """Its sound may seem to be there for another twenty seconds: LiveKit learns late that a tab has died."""
    anna, tab = await at_a_desk(centre)
    await centre.services.presence.connect(anna, "api", LONG_LEASE)
    call_id = await centre.dial(anna)
    await (await centre.telephony.phone()).rings()
    await centre.services.presence.disconnect(tab)
    await centre.later(9.5, step=0.5)
    assert (await centre.call(call_id)).state is CallState.RINGING
    await centre.later(2, step=0.5)
    call = await centre.call(call_id)
    assert (call.state, call.ended_by, call.end_reason) == (CallState.CANCELED, EndedBy.SYSTEM, EndReason.AGENT_LOST)
    assert call.livekit_room_name not in centre.media.world
    assert centre.telephony.hung_up == [call.livekit_room_name]


async def test_a_reload_while_it_rings_keeps_the_phone_ringing(centre: Centre) -> None:
    anna, tab = await at_a_desk(centre)
    call_id = await centre.dial(anna)
    await centre.services.presence.disconnect(tab)
    await centre.agent_drops_out(anna, call_id)
    await centre.later(8, step=0.5)
    await centre.services.presence.connect(anna, "desk", LONG_LEASE)
    await centre.later(20, step=0.5)
    assert (await centre.call(call_id)).state is CallState.DIALING
    assert await centre.events(call_id) == ["dialing", "agent_left", "agent_returned"]
    (await centre.telephony.phone()).answers()
    await state_becomes(centre, call_id, CallState.CONNECTED)
    assert (await centre.call(call_id)).agent_deadline is not None, "their sound is not there yet"


async def test_a_frozen_desk_is_gone_when_its_lease_ends(centre: Centre) -> None:
    anna = await centre.agent("Anna", connected=False)
    await centre.services.presence.connect(anna, "desk", 5)
    call_id = await centre.dial(anna)
    await centre.later(14, step=0.5)
    assert (await centre.call(call_id)).state is CallState.DIALING
    await centre.later(3, step=0.5)
    assert (await centre.call(call_id)).end_reason is EndReason.AGENT_LOST


async def test_a_phone_answered_for_a_desk_that_is_gone_waits_as_in_any_call(centre: Centre) -> None:
    anna, tab = await at_a_desk(centre)
    call_id = await centre.dial(anna)
    await centre.services.presence.disconnect(tab)
    await centre.agent_drops_out(anna, call_id)
    await centre.later(5, step=0.5)
    (await centre.telephony.phone()).answers()
    await state_becomes(centre, call_id, CallState.CONNECTED)
    await centre.later(24, step=0.5)
    assert (await centre.call(call_id)).state is CallState.CONNECTED
    await centre.later(2, step=0.5)
    call = await centre.call(call_id)
    assert (call.state, call.end_reason) == (CallState.COMPLETED, EndReason.AGENT_LOST)


async def test_a_program_without_a_desk_is_missed_by_its_sound(centre: Centre) -> None:
    anna = await centre.agent("Anna", connected=False)
    call_id = await centre.dial(anna)
    await centre.later(20, step=0.5)
    assert (await centre.call(call_id)).state is CallState.DIALING
    await centre.agent_drops_out(anna, call_id)
    await centre.later(12, step=0.5)
    assert (await centre.call(call_id)).end_reason is EndReason.AGENT_LOST


async def test_a_program_that_stops_listening_to_events_goes_on_calling(centre: Centre) -> None:
    anna = await centre.agent("Anna", connected=False)
    socket = await centre.services.presence.connect(anna, "api", LONG_LEASE)
    call_id = await centre.dial(anna)
    await centre.services.presence.disconnect(socket)
    await centre.later(20, step=0.5)
    assert (await centre.call(call_id)).state is CallState.DIALING


async def test_a_desk_closed_before_the_program_dialled_is_not_missed(centre: Centre) -> None:
    anna, tab = await at_a_desk(centre)
    await centre.services.presence.disconnect(tab)
    centre.clock.advance(2)
    call_id = await centre.dial(anna)
    await centre.later(30, step=0.5)
    assert (await centre.call(call_id)).state is CallState.DIALING


class TestRingingGoesOnWithoutTheDesk:
    @pytest.fixture
    def settings(self, make_settings: MakeSettings) -> Settings:
        return make_settings(dial_without_agent_seconds=45)

    async def test_to_the_end_when_the_setting_says_so(self, centre: Centre) -> None:
        anna, tab = await at_a_desk(centre)
        call_id = await centre.dial(anna)
        await centre.services.presence.disconnect(tab)
        await centre.later(44, step=1)
        assert (await centre.call(call_id)).state is CallState.DIALING
        await centre.later(3, step=1)
        assert (await centre.call(call_id)).end_reason is EndReason.NO_ANSWER


async def over(centre: Centre, call_id: int) -> bool:
    return (await centre.call(call_id)).ended_at is not None


async def execute(centre: Centre, statement: str) -> None:
    async with centre.services.db.writing() as session:
        await session.execute(text(statement))


async def nothing_in_background(centre: Centre) -> bool:
    return not centre.services.units._running
