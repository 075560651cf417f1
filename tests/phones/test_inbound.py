"""Calls from the telephone network, by phones that nobody here wrote, through a real livekit-sip."""

import asyncio

import pytest

from callcenter.core.domain.calls import CallState
from tests.builders import add_agent
from tests.phones.conftest import OpenCentre
from tests.support.live_centre import AGENT_HZ, CALLER_HZ, SOON
from tests.support.phone_network import NUMBER, ORDERS, SUPPORT, PhoneCentre
from tests.support.sip_messages import received
from tests.support.waiting import until_async


async def test_it_rings_until_the_microphone_is_open_and_both_hear_each_other(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.baresip_call(tone=CALLER_HZ)
    await phone.rings()
    call_id = await centre.offered(anna)
    ears = await centre.listen(await centre.services.calls.join_room(anna, call_id))
    assert phone.finals == [], "answered before the agent did"
    assert ears.seconds_heard == 0

    await centre.services.calls.answer(anna, call_id)
    await phone.talks()
    await centre.shows(anna, lambda view: view.work == "talking")
    await asyncio.gather(phone.hears(AGENT_HZ), ears.wait_hears(SOON, CALLER_HZ))
    assert phone.tones(AGENT_HZ, CALLER_HZ) == {AGENT_HZ}, "the caller hears an echo"
    assert ears.heard_tones(AGENT_HZ, CALLER_HZ) == {CALLER_HZ}, "the agent hears an echo"
    ears.mute()
    await phone.hears_not(AGENT_HZ)
    assert ears.hears, "the agent still hears the caller"
    assert phone.finals == [200]


async def test_an_agent_who_joins_and_does_not_talk_answers_nothing(centre: PhoneCentre) -> None:
    """An agent who takes the call and whose microphone does not open: the caller hears ringing, and the next one."""
    anna, ben = await add_agent(centre.services, "Anna"), await add_agent(centre.services, "Ben")
    phone = centre.sipp_call()
    call_id = await centre.offered(anna)
    await centre.services.calls.answer(anna, call_id)
    await centre.shows(ben, lambda view: view.offer.call_id == call_id, timeout=60)
    assert phone.finals == []
    await centre.answered(ben)
    await phone.got("200")
    assert phone.finals == [200]


async def test_the_caller_hangs_up(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = centre.sipp_call(to=ORDERS)
    call_id, ears = await centre.answered(anna)
    await phone.got("200")
    assert phone.received[:4] == ["100", "407", "100", "180"]
    call = await centre.call(call_id)
    assert (call.state, call.caller_id, call.dialed_number) == (CallState.CONNECTED, NUMBER, ORDERS)

    await phone.hang_up()
    view = await centre.ended(anna)
    assert (view.ended.status, view.ended.ended_by, view.ended.reason) == ("Completed", "caller", "hung_up")
    assert await ears.wait_over(SOON) == "other side", "the agent was left alone in the room"
    await phone.over()
    await centre.shows(anna, lambda view: view.work == "idle")


async def test_the_agent_hangs_up(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = centre.sipp_call()
    call_id, _ = await centre.answered(anna)
    await phone.got("200")
    await centre.services.calls.hang_up(anna, call_id)
    await phone.got("BYE")
    await phone.over()
    assert phone.received.count("BYE") == 1
    call = await centre.call(call_id)
    assert (call.state, call.ended_by, call.end_reason) == (CallState.COMPLETED, "agent", "hung_up")


async def test_the_caller_gives_up_while_it_rings(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = centre.sipp_call()
    call_id = await centre.offered(anna)
    await phone.hang_up()
    await phone.over()
    assert phone.finals == [487]
    call = await centre.becomes(call_id, CallState.ABANDONED)
    assert (call.ended_by, call.end_reason) == ("caller", "caller_gave_up")
    view = await centre.shows(anna, lambda view: view.offer.id == 0)
    assert (view.routable, view.work) == ("ok", "idle"), "a caller who gives up is no missed call of hers"


async def test_the_caller_vanishes_without_a_word(open_centre: OpenCentre) -> None:
    """No sound for as long as the line allows, and nobody there to answer livekit-sip's BYE either."""
    centre = await open_centre(line={"media_timeout_seconds": 2})
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.baresip_call(tone=CALLER_HZ)
    call_id, ears = await centre.answered(anna)
    await ears.wait_hears(SOON, CALLER_HZ)
    phone.vanish()
    view = await centre.shows(anna, lambda view: view.ended.id == call_id and view.call.id == 0)
    assert (view.ended.status, view.ended.ended_by) == ("Completed", "caller")
    assert await ears.wait_over(SOON) == "other side"
    await centre.shows(anna, lambda view: view.work == "idle")


async def test_declined_by_all(open_centre: OpenCentre) -> None:
    centre = await open_centre(queue_timeout_seconds=6, reoffer_seconds=30, decline_pause_seconds=30)
    agents = [await add_agent(centre.services, name) for name in ("Anna", "Ben")]
    phone = centre.sipp_call()
    for agent in agents:
        call_id = await centre.offered(agent)
        await centre.services.calls.decline(agent, call_id)
    await phone.over(20)
    assert phone.finals == [486]
    call = await centre.becomes(call_id, CallState.REJECTED)
    assert (call.ended_by, call.end_reason) == ("system", "turned_away")
    for agent in agents:
        await centre.shows(agent, lambda view: view.work == "idle" and view.offer.id == 0)


async def test_answered_by_nobody(open_centre: OpenCentre) -> None:
    centre = await open_centre(queue_timeout_seconds=3, ring_seconds=2)
    anna = await add_agent(centre.services, "Anna")
    phone = centre.sipp_call()
    call_id = await centre.offered(anna)
    await phone.over(20)
    assert phone.finals == [486]
    assert (await centre.becomes(call_id, CallState.MISSED)).end_reason == "turned_away"
    await centre.shows(anna, lambda view: view.offer.id == 0)


async def test_two_calls_of_one_number_are_two_calls(centre: PhoneCentre) -> None:
    anna, ben = await add_agent(centre.services, "Anna"), await add_agent(centre.services, "Ben")
    first = await centre.baresip_call(tone=440)
    one, ears_of_anna = await centre.answered(anna, hertz=1000)
    second = await centre.baresip_call(tone=600)
    other, ears_of_ben = await centre.answered(ben, hertz=1800)
    await asyncio.gather(first.hears(1000), second.hears(1800))
    await asyncio.gather(ears_of_anna.wait_hears(SOON, 440), ears_of_ben.wait_hears(SOON, 600))
    tones = (440, 600, 1000, 1800)
    assert (first.tones(*tones), second.tones(*tones)) == ({1000}, {1800})
    await second.hang_up()
    await centre.ended(ben)
    calls = {call.id: call for call in await centre.records()}
    assert (calls[one].state, calls[other].state) == (CallState.CONNECTED, CallState.COMPLETED)
    assert [call.caller_id for call in calls.values()] == [NUMBER, NUMBER]


@pytest.mark.parametrize(
    ("options", "reason", "answers"),
    [
        ({"password": "wrong"}, "unauthorized", ["100", "407", "100", "401"]),
        ({"user": "somebody"}, "unauthorized", ["100", "407", "100", "401"]),
        ({"to": "+4930909999"}, "flood", ["100", "180"]),
        ({"address": "127.0.0.2"}, "flood", ["100", "180"]),
    ],
    ids=["wrong password", "wrong user", "nobody's number", "address not allowed"],
)
async def test_refused_without_a_record(
    centre: PhoneCentre, options: dict[str, str], reason: str, answers: list[str]
) -> None:
    """livekit-sip gives callers of whom no trunk knows no final answer, as it would scanners; they are counted too."""
    await add_agent(centre.services, "Anna")
    sip = centre.network.sip
    counted = sip.count("livekit_sip_calls_terminated", reason=reason)
    phone = centre.sipp_call(**options)
    await phone.until(lambda messages: received(messages) == answers)
    expected = counted + (2 if "407" in answers else 1)

    async def was_counted() -> bool:
        return sip.count("livekit_sip_calls_terminated", reason=reason) == expected

    await until_async(was_counted, SOON, lambda: f"livekit-sip did not count it as {reason}")
    assert await asyncio.to_thread(centre.network.livekit.rooms) == []
    assert await centre.records() == []


@pytest.mark.parametrize(
    ("shown_as", "caller_id", "display"),
    [
        ("<sip:+493023125001@127.0.0.1>", "+493023125001", "+49 30 23125001"),
        ('"Erika Muster" <sip:+493023125001@127.0.0.1>', "+493023125001", "+49 30 23125001"),
        ("<sip:493023125001@127.0.0.1>", "+493023125001", "+49 30 23125001"),
        ("<sip:00493023125001@127.0.0.1>", "+493023125001", "+49 30 23125001"),
        ("<sip:12125550100@127.0.0.1>", "12125550100", "12125550100"),
        ("<sip:device_1701234567@127.0.0.1>", "device_1701234567", "device_1701234567"),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', "", "Unknown number"),
        ("<sip:+266696687@127.0.0.1>", "", "Unknown number"),
    ],
    ids=["E.164", "with a name", "without a plus", "with zeros", "of any country", "a name", "withheld", "as keys"],
)
async def test_how_callers_are_shown(centre: PhoneCentre, shown_as: str, caller_id: str, display: str) -> None:
    anna = await add_agent(centre.services, "Anna")
    centre.sipp_call(shown_as=shown_as)
    await centre.offered(anna)
    offer = (await centre.services.desk.view(anna)).offer
    assert (offer.caller_id, offer.caller_display) == (caller_id, display)


async def test_a_carrier_that_leaves_out_the_plus(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    centre.sipp_call(to=SUPPORT.removeprefix("+"))
    call = await centre.call(await centre.offered(anna))
    assert call.dialed_number == SUPPORT
