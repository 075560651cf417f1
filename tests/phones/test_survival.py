"""A server of the telephone side dies: what is lost ends visibly, and the next call works without a hand."""

import asyncio

import pytest

from callcenter.cli.simulator import AgentEars
from callcenter.core.domain.agents import Actor, Presence
from callcenter.core.domain.calls import CallState
from callcenter.platform.errors import MediaError
from tests.builders import add_agent
from tests.phones.conftest import OpenCentre
from tests.support.baresip import Baresip
from tests.support.live_centre import AGENT_HZ, CALLER_HZ, SOON
from tests.support.phone_network import NUMBER, PhoneCentre
from tests.support.waiting import until_async

LINE_LOST = 40
"""Seconds; livekit-server misses a livekit-sip that is gone after about 22."""
SETTLED = 30


async def test_livekit_sip_dies_and_all_its_calls_end(open_centre: OpenCentre) -> None:
    """One that is talked on, one that is being called, one that rings at an agent."""
    centre = await open_centre(ring_seconds=60)
    anna, ben, cleo = [await add_agent(centre.services, name) for name in ("Anna", "Ben", "Cleo")]
    talking = await centre.baresip_call(tone=CALLER_HZ)
    talked, ears = await centre.answered(anna)
    await asyncio.gather(talking.hears(AGENT_HZ), ears.wait_hears(SOON, CALLER_HZ))
    called = await centre.sipp_phone()
    grant = await centre.services.calls.dial(ben, NUMBER)
    await centre.listen(grant)
    await centre.shows(ben, lambda view: view.call.state == "ringing")
    calling = centre.sipp_call()
    ringing = await centre.offered(cleo)

    centre.network.sip.kill()
    for phone in (called, calling):
        phone.kill()
    await asyncio.to_thread(centre.network.sip.start)
    ended = [
        await centre.becomes(talked, CallState.COMPLETED, LINE_LOST),
        await centre.becomes(grant.call_id, CallState.FAILED, LINE_LOST),
        await centre.becomes(ringing, CallState.ABANDONED, LINE_LOST),
    ]
    assert [call.end_reason for call in ended] == ["line_lost", "line_lost", "caller_gave_up"]
    assert await ears.wait_over(SOON) == "other side", "the agent was left alone in the room"
    for agent in (anna, ben, cleo):
        await centre.shows(agent, lambda view: view.work == "idle" and view.offer.id == 0)
    for agent in (ben, cleo):
        await centre.services.presence.set(agent, Presence.OFFLINE)
    await a_call_in(centre, anna)
    await a_call_out(centre, anna)


async def test_livekit_server_dies_in_mid_call_and_the_call_goes_on(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.baresip_call(tone=CALLER_HZ)
    call_id, ears = await centre.answered(anna)
    await asyncio.gather(phone.hears(AGENT_HZ), ears.wait_hears(SOON, CALLER_HZ))
    before = await centre.present(call_id)
    centre.network.livekit.kill()
    await asyncio.gather(phone.hears_not(AGENT_HZ), ears.wait_silence(SOON))
    await asyncio.to_thread(centre.network.livekit.start)
    await asyncio.gather(phone.hears(AGENT_HZ, SETTLED), ears.wait_hears(SETTLED, CALLER_HZ))
    await centre.forgets(before)
    assert (await centre.call(call_id)).state is CallState.CONNECTED, "ended by its own past"
    await phone.hang_up()
    view = await centre.ended(anna)
    assert (view.ended.status, view.ended.ended_by) == ("Completed", "caller")
    await centre.shows(anna, lambda view: view.work == "idle")
    await a_call_in(centre, anna)
    await a_call_out(centre, anna)


async def test_redis_restarts_in_mid_call_and_the_call_goes_on(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.baresip_call(tone=CALLER_HZ)
    call_id, ears = await centre.answered(anna)
    await asyncio.gather(phone.hears(AGENT_HZ), ears.wait_hears(SOON, CALLER_HZ))
    centre.network.redis.kill()
    with pytest.raises(MediaError):
        await centre.services.reconciler.run()
    await phone.hears(AGENT_HZ)
    await asyncio.to_thread(centre.network.redis.start)
    await asyncio.gather(phone.hears(AGENT_HZ), ears.wait_hears(SOON, CALLER_HZ))
    assert (await centre.call(call_id)).state is CallState.CONNECTED
    await phone.hang_up()
    await centre.shows(anna, lambda view: view.ended.id == call_id and view.call.id == 0, timeout=LINE_LOST)
    await centre.shows(anna, lambda view: view.work == "idle")
    await a_call_in(centre, anna)
    await a_call_out(centre, anna)


async def test_an_agent_hangs_up_while_redis_is_away(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = centre.sipp_call()
    call_id, _ = await centre.answered(anna)
    await phone.got("200")
    centre.network.redis.kill()
    await centre.services.calls.hang_up(anna, call_id)
    assert (await centre.call(call_id)).state is CallState.COMPLETED
    await centre.shows(anna, lambda view: view.work == "idle")
    await asyncio.to_thread(centre.network.redis.start)
    await phone.over(SETTLED)
    assert phone.received[-1] == "BYE"


async def test_redis_restarts_between_calls(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    centre.network.redis.kill()
    await asyncio.to_thread(centre.network.redis.start)
    await a_call_in(centre, anna)
    await a_call_out(centre, anna)


async def a_call_in(centre: PhoneCentre, agent: Actor) -> None:
    """Somebody calls until it rings, as people do; then both are heard, and it is over."""

    async def rings() -> Baresip | None:
        phone = await centre.baresip_call(tone=CALLER_HZ)
        try:
            await phone.rings(3)
        except TimeoutError:
            await phone.close()
            return None
        return phone

    phone = await until_async(rings, SETTLED, lambda: "no call comes in")
    assert phone is not None
    call_id, ears = await centre.answered(agent)
    await asyncio.gather(phone.hears(AGENT_HZ), ears.wait_hears(SOON, CALLER_HZ))
    await phone.hang_up()
    await centre.becomes(call_id, CallState.COMPLETED)
    await centre.shows(agent, lambda view: view.work == "idle")


async def a_call_out(centre: PhoneCentre, agent: Actor) -> None:
    """An agent dials until a phone answers; then both are heard, and it is over."""
    phone = await centre.baresip_phone(number=NUMBER, tone=CALLER_HZ)

    async def connects() -> AgentEars | None:
        grant = await centre.services.calls.dial(agent, NUMBER)
        ears = await centre.listen(grant)
        view = await centre.shows(agent, lambda view: view.work == "talking" or view.ended.id == grant.call_id, SETTLED)
        return ears if view.work == "talking" else None

    ears = await until_async(connects, SETTLED, lambda: "no call goes out")
    assert ears is not None
    await asyncio.gather(phone.hears(AGENT_HZ), ears.wait_hears(SOON, CALLER_HZ))
    await phone.hang_up()
    await centre.shows(agent, lambda view: view.work == "idle")
