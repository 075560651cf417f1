"""Calls with a real livekit-server and real sound at both ends."""

import asyncio
from collections.abc import AsyncIterator

import jwt
import pytest
from livekit import rtc

from callcenter.cli.simulator import AgentEars, Caller, NoLiveKit, tone
from callcenter.core.domain.calls import CallState
from tests.builders import add_agent
from tests.conftest import MakeSettings
from tests.support.live_centre import AGENT_HZ, CALLER_HZ, SOON, LiveCentre, live_centre
from tests.support.livekit_server import LiveKitServer


@pytest.fixture
async def centre(
    server: LiveKitServer, webhook_port: int, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LiveCentre]:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    async with live_centre(server, webhook_port, make_settings, wrap_up_seconds=1, reconcile_seconds=1) as centre:
        yield centre


async def test_it_rings_silently_and_is_heard_from_the_answer_on(centre: LiveCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    caller = await centre.call_in("+493023125001")
    call_id = await centre.offered(anna)
    assert (await centre.services.desk.view(anna)).offer.caller_id == "+493023125001"

    ears = await centre.listen(await centre.services.calls.join_room(anna, call_id))
    await caller.wait_until(lambda: ears.identity in caller.others, SOON, "saw no desk")
    assert not ears.may_talk
    assert not ears.talks
    assert caller.state == "ringing"

    await centre.services.calls.answer(anna, call_id)
    await ears.wait_talks(SOON)
    await caller.wait_answered(SOON)
    await centre.shows(anna, lambda view: view.work == "talking" and view.call.agent_here)
    await asyncio.gather(caller.wait_hears(SOON, AGENT_HZ), ears.wait_hears(SOON, CALLER_HZ))
    assert caller.heard_tones(AGENT_HZ, CALLER_HZ) == {AGENT_HZ}, "the caller hears an echo"
    assert ears.heard_tones(AGENT_HZ, CALLER_HZ) == {CALLER_HZ}
    assert centre.door.refused == 0


@pytest.mark.once
async def test_nothing_is_heard_while_it_rings(centre: LiveCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    caller = await centre.call_in()
    call_id = await centre.offered(anna)
    ears = await centre.listen(await centre.services.calls.join_room(anna, call_id))
    source = rtc.AudioSource(16000, 1)
    track = rtc.LocalAudioTrack.create_audio_track("forced", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    with pytest.raises(rtc.participant.PublishTrackError):
        await ears.room.local_participant.publish_track(track, options)
    assert ears.seconds_heard == 0
    assert caller.seconds_heard == 0
    assert not caller.answered


async def test_muted_and_hung_up_there_is_silence(centre: LiveCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    caller = await centre.call_in()
    call_id, ears = await centre.answered(anna)
    await caller.wait_hears(SOON, AGENT_HZ)
    ears.mute()
    await caller.wait_silence(SOON)
    assert ears.hears, "the agent still hears the caller"
    ears.unmute()
    await caller.wait_hears(SOON, AGENT_HZ)

    await centre.services.calls.hang_up(anna, call_id)
    assert await caller.wait_over(SOON) == "other side"
    assert await ears.wait_over(SOON) == "other side"
    assert not caller.hears
    assert (await centre.call(call_id)).state is CallState.COMPLETED


async def test_the_caller_hangs_up(centre: LiveCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    caller = await centre.call_in()
    _, ears = await centre.answered(anna)
    await ears.wait_hears(SOON, CALLER_HZ)
    await caller.hang_up()
    view = await centre.ended(anna)
    assert (view.ended.status, view.ended.ended_by, view.ended.reason) == ("Completed", "caller", "hung_up")
    assert await ears.wait_over(SOON) == "other side", "the agent was left alone in the room"
    await centre.shows(anna, lambda view: view.work == "idle")


async def test_a_caller_who_leaves_and_enters_anew_goes_on_talking(centre: LiveCentre) -> None:
    """A client whose connection cannot be mended does that; nobody has hung up. (`make chaos`, seed 4, round 53.)"""
    anna = await add_agent(centre.services, "Anna")
    caller = await centre.call_in()
    call_id, ears = await centre.answered(anna)
    sid = caller.room.local_participant.sid
    await caller.room.disconnect()
    await centre.forgets({sid}, SOON)
    again = await Caller.join(
        centre.connection, number=caller.number, sound=tone(CALLER_HZ), room_name=caller.room_name
    )
    centre.callers.append(again)
    await asyncio.gather(again.wait_hears(SOON, AGENT_HZ), ears.wait_hears(SOON, CALLER_HZ))
    assert (await centre.call(call_id)).state is CallState.CONNECTED
    await again.hang_up()
    assert (await centre.ended(anna)).ended.ended_by == "caller"


async def test_the_caller_gives_up(centre: LiveCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    caller = await centre.call_in()
    call_id = await centre.offered(anna)
    await caller.hang_up()
    await centre.shows(anna, lambda view: view.offer.id == 0)
    assert (await centre.call(call_id)).state is CallState.ABANDONED
    assert (await centre.services.desk.view(anna)).routable == "ok"


async def test_declined_the_next_agent_has_the_caller(centre: LiveCentre) -> None:
    anna, ben = await add_agent(centre.services, "Anna"), await add_agent(centre.services, "Ben")
    caller = await centre.call_in()
    call_id = await centre.offered(anna)
    silent = await centre.listen(await centre.services.calls.join_room(anna, call_id))
    await centre.services.calls.decline(anna, call_id)
    assert await silent.wait_over(SOON) == "other side"
    _, ears = await centre.answered(ben, hertz=1800)
    await asyncio.gather(caller.wait_hears(SOON, 1800), ears.wait_hears(SOON, CALLER_HZ))
    assert silent.seconds_heard == 0


async def test_a_reload_in_mid_call(centre: LiveCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    caller = await centre.call_in()
    call_id, ears = await centre.answered(anna)
    await ears.leave()
    await centre.shows(anna, lambda view: not view.call.agent_here)
    again = await centre.listen(await centre.services.calls.join_room(anna, call_id))
    await centre.shows(anna, lambda view: view.call.agent_here)
    await asyncio.gather(caller.wait_hears(SOON, AGENT_HZ), again.wait_hears(SOON, CALLER_HZ))
    assert (await centre.call(call_id)).agent_deadline is None


async def test_two_calls_at_once_are_two_conversations(centre: LiveCentre) -> None:
    anna, ben = await add_agent(centre.services, "Anna"), await add_agent(centre.services, "Ben")
    first = await centre.call_in("+493023125001", 440)
    _, ears_of_anna = await centre.answered(anna, hertz=1000)
    second = await centre.call_in("+493023125001", 600)
    _, ears_of_ben = await centre.answered(ben, hertz=1800)
    tones = (440, 600, 1000, 1800)
    for leg, hertz in ((first, 1000), (second, 1800), (ears_of_anna, 440), (ears_of_ben, 600)):
        await leg.wait_hears(SOON, hertz)
        assert leg.heard_tones(*tones) == {hertz}


@pytest.mark.once
async def test_the_media_server_is_killed_and_comes_back(centre: LiveCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    caller = await centre.call_in()
    call_id, ears = await centre.answered(anna)
    await asyncio.gather(caller.wait_hears(SOON, AGENT_HZ), ears.wait_hears(SOON, CALLER_HZ))
    before = await centre.present(call_id)
    centre.server.kill()
    await asyncio.gather(caller.wait_silence(SOON), ears.wait_silence(SOON))
    centre.server.start()
    await asyncio.gather(caller.wait_hears(30, AGENT_HZ), ears.wait_hears(30, CALLER_HZ))
    assert (await centre.call(call_id)).state is CallState.CONNECTED
    await centre.forgets(before)
    call = await centre.call(call_id)
    assert (call.state, call.agent_deadline) == (CallState.CONNECTED, None), "ended by its own past"
    await caller.hang_up()
    await centre.ended(anna)


@pytest.mark.once
async def test_without_notifications_the_rooms_themselves_are_enough(centre: LiveCentre) -> None:
    await centre.door.shut()
    anna = await add_agent(centre.services, "Anna")
    caller = await centre.call_in()
    call_id, ears = await centre.answered(anna)
    await asyncio.gather(caller.wait_hears(SOON, AGENT_HZ), ears.wait_hears(SOON, CALLER_HZ))
    await caller.hang_up()
    view = await centre.shows(anna, lambda view: view.call.id == 0, timeout=20)
    assert (view.ended.status, view.ended.ended_by) == ("Completed", "caller")
    assert await ears.wait_over(SOON) == "other side"
    assert (await centre.call(call_id)).state is CallState.COMPLETED


async def test_what_tokens_allow(centre: LiveCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    await centre.call_in()
    call_id = await centre.offered(anna)
    offer_id = (await centre.services.desk.view(anna)).offer.id
    ringing = (await centre.services.calls.join_room(anna, call_id)).token
    talking = await centre.services.calls.answer(anna, call_id)
    again = await centre.services.calls.join_room(anna, call_id)
    for token in (ringing, talking.token, again.token):
        claims = jwt.decode(token, options={"verify_signature": False})
        video = claims["video"]
        assert (video["room"], claims["sub"]) == (talking.room_name, f"agent_anna.{offer_id}")
        assert (video["canPublish"], video["canSubscribe"], video["canPublishData"]) == (False,) * 3
        assert not {"roomAdmin", "roomCreate", "roomList", "roomRecord", "hidden"} & {
            name for name, value in video.items() if value
        }
        assert claims["exp"] - claims["nbf"] <= 120
    with pytest.raises(NoLiveKit):
        await AgentEars.join(talking.url, talking.token[:-4] + "AAAA")


async def test_dialled_out_answered_and_hung_up(centre: LiveCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    grant = await centre.services.calls.dial(anna, "030 23125010")
    ears = await centre.listen(grant)
    await centre.shows(anna, lambda view: view.call.state == "ringing", timeout=60)
    await centre.shows(anna, lambda view: view.work == "talking", timeout=60)
    await ears.wait_hears(SOON)
    await centre.services.calls.hang_up(anna, grant.call_id)
    assert await ears.wait_over(SOON) == "other side"
    assert (await centre.call(grant.call_id)).state is CallState.COMPLETED


@pytest.mark.parametrize(
    ("number", "reason", "status"),
    [("030 23125001", "busy", "Rejected"), ("030 23125002", "declined", "Rejected")],
)
async def test_dialled_out_and_not_answered(centre: LiveCentre, number: str, reason: str, status: str) -> None:
    anna = await add_agent(centre.services, "Anna")
    ears = await centre.listen(await centre.services.calls.dial(anna, number))
    view = await centre.shows(anna, lambda view: view.ended.id > 0, timeout=60)
    assert (view.ended.reason, view.ended.status) == (reason, status)
    assert await ears.wait_over(SOON) == "other side"


async def test_a_phone_that_starts_late_is_not_missed(
    server: LiveKitServer, webhook_port: int, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However busy the machine is: its program takes longer to start than somebody who was there may be absent."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    async with live_centre(server, webhook_port, make_settings, reconcile_seconds=0.1, absent_seconds=0.3) as centre:
        anna = await add_agent(centre.services, "Anna")
        await centre.listen(await centre.services.calls.dial(anna, "030 23125002"))
        view = await centre.shows(anna, lambda view: view.ended.id > 0, timeout=60)
        assert view.ended.reason == "declined"


async def test_dialled_out_and_given_up(centre: LiveCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    grant = await centre.services.calls.dial(anna, "030 23125003")
    ears = await centre.listen(grant)
    await centre.shows(anna, lambda view: view.call.state == "ringing", timeout=60)
    await centre.services.calls.hang_up(anna, grant.call_id)
    assert await ears.wait_over(SOON) == "other side"
    assert (await centre.call(grant.call_id)).state is CallState.CANCELED
