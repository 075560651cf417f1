"""Calls from the telephone network, by phones that nobody here wrote, through a real livekit-sip."""

import asyncio

from callcenter.domain.calls import CallState
from tests.builders import add_agent
from tests.support.live_centre import AGENT_HZ, CALLER_HZ, SOON
from tests.support.phone_network import NUMBER, ORDERS, PhoneCentre


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
    assert phone.finals == [200]


async def test_the_record_of_an_answered_call(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = centre.sipp_call(to=ORDERS)
    call_id, _ = await centre.answered(anna)
    await phone.got("200")
    assert phone.received[:4] == ["100", "407", "100", "180"]
    assert phone.finals == [200]
    call = await centre.call(call_id)
    assert (call.state, call.caller_id, call.dialed_number) == (CallState.CONNECTED, NUMBER, ORDERS)

    await phone.hang_up()
    view = await centre.ended(anna)
    assert (view.ended.status, view.ended.ended_by, view.ended.reason) == ("Completed", "caller", "hung_up")
    await phone.over()
    await centre.shows(anna, lambda view: view.work == "idle")
