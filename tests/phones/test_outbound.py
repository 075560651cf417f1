"""Calls out by way of a real livekit-sip to a real phone, and every way in which they come to nothing."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from callcenter.bootstrap import build, set_services
from callcenter.core.domain.agents import Actor
from callcenter.core.domain.calls import CallState, EndedBy, EndReason
from callcenter.core.tables import Call
from callcenter.telephony.plan import OutboundLine
from callcenter.workspace.views import DeskView
from tests.builders import LONG_LEASE, add_agent
from tests.consistency import assert_consistent
from tests.phones.conftest import OpenCentre
from tests.support.live_centre import AGENT_HZ, CALLER_HZ
from tests.support.phone_network import ORDERS, SUPPORT, PhoneCentre
from tests.support.waiting import until_async

NUMBER, DIALLED = "030 23125000", "+493023125000"
LONG = 20.0
SHORT_RINGING = 3
SILENT = CallState.FAILED, EndedBy.SYSTEM, EndReason.LINE_SILENT
DOWN = CallState.FAILED, EndedBy.SYSTEM, EndReason.LINE_DOWN


async def ended(centre: PhoneCentre, anna: Actor) -> tuple[Call, DeskView]:
    """Until the agent is free again; the call as it is on record, and what the desk shows. Nobody is in its room."""
    view = await centre.shows(anna, lambda desk: desk.ended.id > 0 and desk.call.id == 0, LONG)
    assert view.work in ("idle", "wrapup")
    call = await centre.call(view.ended.id)

    async def gone() -> bool:
        return call.livekit_room_name not in {room.name for room in await centre.services.media.rooms()}

    await until_async(gone, LONG, lambda: "the room is still there")
    return call, view


def outcome(call: Call) -> tuple[CallState, EndedBy | None, EndReason | None]:
    return call.state, call.ended_by, call.end_reason


async def rings(centre: PhoneCentre, anna: Actor) -> None:
    await centre.shows(anna, lambda desk: desk.call.state == "ringing", LONG)


async def talks(centre: PhoneCentre, anna: Actor) -> None:
    await centre.shows(anna, lambda desk: desk.work == "talking", LONG)


@pytest.mark.parametrize(
    ("code", "phrase", "expected"),
    [
        (486, "Busy Here", (CallState.REJECTED, EndedBy.CALLER, EndReason.BUSY)),
        (603, "Decline", (CallState.REJECTED, EndedBy.CALLER, EndReason.DECLINED)),
        (480, "Temporarily Unavailable", (CallState.MISSED, EndedBy.SYSTEM, EndReason.UNAVAILABLE)),
        (404, "Not Found", (CallState.FAILED, EndedBy.SYSTEM, EndReason.NOT_IN_SERVICE)),
        (503, "Service Unavailable", DOWN),
        (403, "Forbidden", (CallState.FAILED, EndedBy.SYSTEM, EndReason.UNREACHABLE)),
    ],
)
async def test_each_refusal_has_its_own_result(
    centre: PhoneCentre, code: int, phrase: str, expected: tuple[CallState, EndedBy, EndReason]
) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.sipp_refusing(code, phrase)
    await centre.services.calls.dial(anna, NUMBER)
    call, view = await ended(centre, anna)
    assert outcome(call) == expected
    assert (view.ended.sip_code, view.ended.sip_phrase, view.work) == (code, phrase, "idle")
    detail = await centre.services.history.detail(anna, call.id or 0)
    assert [(one.kind, one.detail) for one in detail.timeline] == [("dialing", ""), ("ended", f"{code} {phrase}")]
    await phone.over()


async def test_the_call_is_on_record_before_the_phone_hears_of_it(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.sipp_refusing(486, "Busy Here")
    await centre.services.calls.dial(anna, NUMBER)
    call, _ = await ended(centre, anna)
    invite = await phone.got("INVITE")
    assert call.start_time.timestamp() < invite.at
    assert invite.text.startswith(f"INVITE sip:{DIALLED}@")


@pytest.mark.parametrize(("setting", "shown"), [("", SUPPORT), ("030 90 18 21", ORDERS)])
async def test_the_phone_shows_a_number_of_the_centre(open_centre: OpenCentre, setting: str, shown: str) -> None:
    centre = await open_centre(outbound_caller_id=setting)
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.sipp_refusing(486, "Busy Here")
    await centre.services.calls.dial(anna, NUMBER)
    await ended(centre, anna)
    assert f"<sip:{shown}@" in (await phone.got("INVITE")).header("From")


async def test_answered_is_when_the_phone_answers(centre: PhoneCentre) -> None:
    """Its participant, with a track, is in the room while it still rings."""
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.sipp_phone(tone=CALLER_HZ)
    grant = await centre.services.calls.dial(anna, NUMBER)
    ears = await centre.listen(grant)
    await ears.wait_talks(LONG)
    await rings(centre, anna)
    others = [one for one in await centre.services.media.participants(grant.room_name) if one.identity != ears.identity]
    assert [(one.phone, one.publishes_audio) for one in others] == [(True, True)]
    assert (await centre.services.desk.view(anna)).work == "dialing"

    await phone.pick_up()
    await talks(centre, anna)
    answer = next(one for one in phone.messages if one.sent and one.code == 200)
    answered_at = (await centre.call(grant.call_id)).answered_at
    assert answered_at is not None
    assert answered_at.timestamp() > answer.at
    await ears.wait_hears(LONG, CALLER_HZ)

    await centre.services.calls.hang_up(anna, grant.call_id)
    await phone.over()
    assert phone.received.count("BYE") == 1
    call, view = await ended(centre, anna)
    assert outcome(call) == (CallState.COMPLETED, EndedBy.AGENT, EndReason.HUNG_UP)
    assert view.ended.sip_code == 0


async def test_both_hear_each_other_and_the_phone_hangs_up(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.baresip_phone(number=DIALLED, tone=CALLER_HZ)
    ears = await centre.listen(await centre.services.calls.dial(anna, NUMBER), AGENT_HZ)
    await talks(centre, anna)
    await asyncio.gather(phone.hears(AGENT_HZ), ears.wait_hears(LONG, CALLER_HZ))
    await phone.hang_up()
    call, _ = await ended(centre, anna)
    assert outcome(call) == (CallState.COMPLETED, EndedBy.CALLER, EndReason.HUNG_UP)


async def test_cancel_while_it_rings(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.sipp_phone()
    grant = await centre.services.calls.dial(anna, NUMBER)
    await rings(centre, anna)
    await centre.services.calls.hang_up(anna, grant.call_id)
    await phone.over()
    assert phone.received.count("CANCEL") == 1
    call, _ = await ended(centre, anna)
    assert outcome(call) == (CallState.CANCELED, EndedBy.AGENT, EndReason.CANCELED)


@pytest.mark.parametrize("after", [0, 0.01, 0.03, 0.06, 0.1])
async def test_a_cancel_that_overtakes_the_dial_leaves_no_phone_ringing(centre: PhoneCentre, after: float) -> None:
    """Whether the request, the leg or its INVITE is on the way: what rings is told to stop, the rest never rings."""
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.sipp_phone()
    grant = await centre.services.calls.dial(anna, NUMBER)
    await asyncio.sleep(after)  # not a wait for something: the moment is what this is about
    await centre.services.calls.hang_up(anna, grant.call_id)
    dials = [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") == "Phones._dial"]
    await asyncio.wait_for(asyncio.gather(*dials), LONG)
    if "INVITE" in phone.received:
        await phone.got("CANCEL")
    call, _ = await ended(centre, anna)
    assert outcome(call) == (CallState.CANCELED, EndedBy.AGENT, EndReason.CANCELED)


async def test_it_rings_and_nobody_picks_up(open_centre: OpenCentre) -> None:
    centre = await open_centre(dial_seconds=SHORT_RINGING)
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.sipp_phone()
    await centre.services.calls.dial(anna, NUMBER)
    await rings(centre, anna)
    call, _ = await ended(centre, anna)
    assert outcome(call) == (CallState.MISSED, EndedBy.SYSTEM, EndReason.NO_ANSWER)
    await phone.over()
    assert phone.received.count("CANCEL") == 1


@contextmanager
def deaf(port: int) -> Iterator[socket.socket]:
    """A carrier that takes every message and answers none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", port))
        ear.settimeout(LONG)
        yield ear


async def test_a_trunk_that_never_replies(open_centre: OpenCentre) -> None:
    centre = await open_centre(dial_seconds=SHORT_RINGING)
    anna = await add_agent(centre.services, "Anna")
    with deaf(centre.network.carrier_port) as carrier:
        await centre.services.calls.dial(anna, NUMBER)
        call, view = await ended(centre, anna)
        heard = [(await asyncio.to_thread(carrier.recv, 4096)).split()[0] for _ in range(2)]
    assert outcome(call) == SILENT
    assert view.ended.sip_code == 0
    assert heard == [b"INVITE", b"INVITE"], "it was not even tried again"


async def test_a_carrier_that_takes_no_connection(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    plan = centre.services.plan
    line = OutboundLine(address=f"127.0.0.1:{centre.network.carrier_port}", transport="tcp", caller_id=SUPPORT)
    await centre.network.apply(centre.services.settings, replace(plan, outbound=line))
    await centre.services.calls.dial(anna, NUMBER)
    call, _ = await ended(centre, anna)
    assert outcome(call) == DOWN


@pytest.mark.parametrize(
    ("user", "password", "reason", "code"),
    [
        ("centre", "secret of the centre", EndReason.BUSY, 486),
        ("centre", "something else", EndReason.UNREACHABLE, 403),
        ("", "", EndReason.LINE_DOWN, 0),
    ],
)
async def test_a_carrier_that_asks_for_a_password(
    centre: PhoneCentre, user: str, password: str, reason: EndReason, code: int
) -> None:
    anna = await add_agent(centre.services, "Anna")
    line = replace(centre.services.plan.outbound or OutboundLine(), user=user, password=password)
    await centre.network.apply(centre.services.settings, replace(centre.services.plan, outbound=line))
    await centre.sipp_carrier("asking_callee")
    await centre.services.calls.dial(anna, NUMBER)
    call, view = await ended(centre, anna)
    assert (call.end_reason, view.ended.sip_code) == (reason, code)


async def test_a_trunk_that_is_declared_and_not_there(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    await centre.network.apply(centre.services.settings, replace(centre.services.plan, outbound=None))
    await centre.services.calls.dial(anna, NUMBER)
    call, _ = await ended(centre, anna)
    assert outcome(call) == (CallState.FAILED, EndedBy.SYSTEM, EndReason.NO_TRUNK)


async def test_without_livekit_sip_nobody_waits_in_vain(centre: PhoneCentre) -> None:
    """And it needs nobody's hand when it is back."""
    anna = await add_agent(centre.services, "Anna")
    centre.network.sip.kill()
    await centre.services.calls.dial(anna, NUMBER)
    call, _ = await ended(centre, anna)
    assert outcome(call) == DOWN
    await asyncio.to_thread(centre.network.sip.start)
    phone = await centre.sipp_phone(answers=True)
    second = await centre.services.calls.dial(anna, NUMBER)
    await talks(centre, anna)
    await centre.services.calls.hang_up(anna, second.call_id)
    await phone.got("BYE")


async def test_a_desk_that_dies_while_it_rings(open_centre: OpenCentre) -> None:
    centre = await open_centre(dial_without_agent_seconds=1)
    anna = await add_agent(centre.services, "Anna", connected=False)
    tab = await centre.services.presence.connect(anna, "desk", LONG_LEASE)
    phone = await centre.sipp_phone()
    await centre.services.calls.dial(anna, NUMBER)
    await rings(centre, anna)
    await centre.services.presence.disconnect(tab)
    await phone.over()
    assert phone.received.count("CANCEL") == 1
    call, _ = await ended(centre, anna)
    assert outcome(call) == (CallState.CANCELED, EndedBy.SYSTEM, EndReason.AGENT_LOST)


async def test_a_reload_while_it_rings_loses_nothing(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna", connected=False)
    tab = await centre.services.presence.connect(anna, "desk", LONG_LEASE)
    phone = await centre.sipp_phone()
    grant = await centre.services.calls.dial(anna, NUMBER)
    ears = await centre.listen(grant)
    await rings(centre, anna)
    await centre.services.presence.disconnect(tab)
    await ears.leave()
    centre.ears.remove(ears)
    await centre.shows(anna, lambda desk: not desk.call.agent_here)

    await centre.services.presence.connect(anna, "desk", LONG_LEASE)
    await centre.listen(await centre.services.calls.join_room(anna, grant.call_id))
    await phone.pick_up()
    await talks(centre, anna)
    await centre.shows(anna, lambda desk: desk.call.agent_here)
    await centre.services.calls.hang_up(anna, grant.call_id)
    await phone.over()


async def test_a_server_that_restarts_while_it_rings_still_sees_the_answer(centre: PhoneCentre) -> None:
    """The request that would have told of it died with the old process."""
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.sipp_phone()
    grant = await centre.services.calls.dial(anna, NUMBER)
    await rings(centre, anna)
    old = centre.services
    await old.stop()
    centre.services = build(old.settings, plan=old.plan)
    set_services(centre.services)
    await centre.services.start()
    try:
        await phone.pick_up()
        await talks(centre, anna)
        await centre.services.calls.hang_up(anna, grant.call_id)
        await phone.over()
        await assert_consistent(centre.services)
    finally:
        await centre.services.stop()


async def test_livekit_killed_while_it_rings_costs_nothing_but_the_time_it_is_away(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.sipp_phone()
    grant = await centre.services.calls.dial(anna, NUMBER)
    await rings(centre, anna)
    before = {one.sid for one in await centre.services.media.participants(grant.room_name)}
    centre.server.kill()
    await asyncio.to_thread(centre.server.start)

    async def back() -> bool:
        now = await centre.services.media.participants(grant.room_name)
        return any(one.phone and one.publishes_audio and one.sid not in before for one in now)

    await until_async(back, LONG, lambda: "the phone does not come back")
    await phone.pick_up()
    await talks(centre, anna)
    await centre.services.calls.hang_up(anna, grant.call_id)
    await phone.over()
