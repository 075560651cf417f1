"""Simulated callers and agents' ears in the rooms of a real livekit-server."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from livekit import api

from callcenter.cli.simulator import AgentEars, CallEnded, Caller, Connection, Experience, NoLiveKit, tone
from callcenter.cli.simulator.campaign import Campaign, Outcome, Plan
from tests.support.livekit_server import LiveKitServer

NUMBER = "+493023125117"
CALLER_HZ = 440
AGENT_HZ = 1000
SOON = 60.0

Join = Callable[..., Awaitable[AgentEars]]


@pytest.fixture(scope="module")
def server() -> Iterator[LiveKitServer]:
    server = LiveKitServer.boot()
    yield server
    server.stop()


@pytest.fixture
def connection(server: LiveKitServer) -> Connection:
    return Connection(server.ws_url, server.api_key, server.api_secret)


@pytest.fixture
async def control(server: LiveKitServer) -> AsyncIterator[api.LiveKitAPI]:
    async with api.LiveKitAPI(server.url, server.api_key, server.api_secret) as control:
        yield control


@pytest.fixture
async def caller(connection: Connection) -> AsyncIterator[Caller]:
    caller = await Caller.join(connection, number=NUMBER, to="+493023125000", sound=tone(CALLER_HZ))
    yield caller
    await caller.hang_up()


@pytest.fixture
async def join(server: LiveKitServer) -> AsyncIterator[Join]:
    joined: list[AgentEars] = []

    async def join(room: str, *, may_talk: bool = True, talks: bool = True) -> AgentEars:
        grants = api.VideoGrants(room_join=True, room=room, can_publish=may_talk, can_subscribe=may_talk)
        token = api.AccessToken(server.api_key, server.api_secret).with_identity(f"agent_{secrets.token_hex(3)}")
        agent = await AgentEars.join(
            server.ws_url, token.with_grants(grants).to_jwt(), sound=tone(AGENT_HZ), talks=talks
        )
        joined.append(agent)
        return agent

    yield join
    for agent in joined:
        await agent.leave()


async def status_of(control: api.LiveKitAPI, room: str, identity: str) -> str:
    found = await control.room.get_participant(api.RoomParticipantIdentity(room=room, identity=identity))
    return found.attributes["sip.callStatus"]


async def permit(control: api.LiveKitAPI, agent: AgentEars, allowed: bool) -> None:
    permission = api.ParticipantPermission(can_publish=allowed, can_subscribe=allowed)
    wanted = api.UpdateParticipantRequest(room=agent.room_name, identity=agent.identity, permission=permission)
    await control.room.update_participant(wanted)


async def test_a_caller_looks_like_one_from_livekit_sip(caller: Caller, control: api.LiveKitAPI) -> None:
    listed = await control.room.list_participants(api.ListParticipantsRequest(room=caller.room_name))
    (phone,) = listed.participants
    assert caller.room_name.startswith(f"call_{NUMBER}_")
    assert phone.kind == api.ParticipantInfo.Kind.SIP
    assert (phone.identity, phone.name) == (f"sip_{NUMBER}", f"Phone {NUMBER}")
    assert phone.attributes["sip.phoneNumber"] == NUMBER
    assert phone.attributes["sip.trunkPhoneNumber"] == "+493023125000"
    assert phone.attributes["sip.callStatus"] == "ringing"
    assert {"sip.callID", "sip.callIDFull", "sip.trunkID", "sip.ruleID", "sip.hostname"} <= set(phone.attributes)


async def test_its_track_is_there_while_it_rings(caller: Caller, join: Join) -> None:
    listener = await join(caller.room_name, talks=False)
    phone = listener.room.remote_participants[caller.identity]
    await listener.wait_until(lambda: len(phone.track_publications) == 1, SOON, "saw no track")
    assert caller.state == "ringing"


async def test_it_rings_until_somebody_talks_and_nobody_hears_it_before(
    caller: Caller, join: Join, control: api.LiveKitAPI
) -> None:
    listener = await join(caller.room_name, talks=False)
    agent = await join(caller.room_name, may_talk=False)
    with pytest.raises(TimeoutError, match="was not answered within"):
        await caller.wait_answered(0.5)
    assert caller.state == "ringing"
    assert listener.seconds_heard == 0

    await permit(control, agent, True)
    assert await caller.wait_answered(SOON) > 0
    await agent.wait_hears(SOON, tone=CALLER_HZ)
    await caller.wait_hears(SOON, tone=AGENT_HZ)
    assert caller.heard_tones(CALLER_HZ, AGENT_HZ) == {AGENT_HZ}
    assert caller.state == "answered"
    assert await status_of(control, caller.room_name, caller.identity) == "active"


async def test_another_phone_in_the_room_is_no_answer(caller: Caller, connection: Connection) -> None:
    other = await Caller.join(connection, number="+493023125118", room_name=caller.room_name)
    with pytest.raises(TimeoutError):
        await caller.wait_answered(0.5)
    await other.hang_up()


async def test_silence_is_noticed_when_the_agent_mutes(caller: Caller, join: Join) -> None:
    agent = await join(caller.room_name)
    await caller.wait_hears(SOON)
    agent.mute()
    await caller.wait_silence(SOON)
    assert not caller.hears
    agent.unmute()
    await caller.wait_hears(SOON, tone=AGENT_HZ)


async def test_a_microphone_that_was_taken_away_opens_again_with_the_permission(
    caller: Caller, join: Join, control: api.LiveKitAPI
) -> None:
    agent = await join(caller.room_name)
    await caller.wait_hears(SOON, tone=AGENT_HZ)
    await permit(control, agent, False)
    await caller.wait_silence(SOON)
    await permit(control, agent, True)
    await caller.wait_hears(SOON, tone=AGENT_HZ)


async def test_the_other_side_hanging_up_ends_the_call(caller: Caller, join: Join, control: api.LiveKitAPI) -> None:
    agent = await join(caller.room_name)
    await caller.wait_answered(SOON)
    await control.room.delete_room(api.DeleteRoomRequest(room=caller.room_name))
    assert await caller.wait_over(SOON) == "other side"
    assert await agent.wait_over(SOON) == "other side"
    with pytest.raises(CallEnded, match="and then was over: other side"):
        await caller.wait_hears(SOON)


async def test_hanging_up_is_seen_by_the_others(caller: Caller, join: Join) -> None:
    agent = await join(caller.room_name)
    await agent.wait_hears(SOON)
    await caller.hang_up()
    await agent.wait_until(lambda: not agent.others, SOON, "still saw the caller")
    assert caller.ended_by == "itself"


@pytest.mark.parametrize("lean", [False, True])
async def test_a_whole_call_is_told_in_order(connection: Connection, join: Join, lean: bool) -> None:
    told: list[Experience] = []
    loop = asyncio.get_running_loop()
    began = loop.time()
    caller = await Caller.join(connection, number=NUMBER, tell=told.append, lean=lean)
    life = asyncio.create_task(caller.live_through(patience=SOON, talk=1.5))
    agent = await join(caller.room_name)
    await agent.wait_hears(SOON)
    await life
    names = [experience.name for experience in told]
    assert names == ["ringing", "answered", "hears", "hung_up"]
    assert told[1].words.startswith("answered after")
    assert 1.5 <= caller.talked_seconds < loop.time() - began


async def test_a_caller_gives_up_or_is_turned_away(connection: Connection, control: api.LiveKitAPI) -> None:
    told: list[Experience] = []
    caller = await Caller.join(connection, number=NUMBER, tell=told.append)
    await caller.live_through(patience=0.2, talk=None)
    assert told[-1].name == "gave_up"

    caller = await Caller.join(connection, number=NUMBER, tell=told.append)
    remove = api.RoomParticipantIdentity(room=caller.room_name, identity=caller.identity)
    await control.room.remove_participant(remove)
    await caller.live_through(patience=SOON, talk=None)
    assert told[-1].name == "turned_away"


async def test_many_callers_run_in_one_process_and_end_together(connection: Connection) -> None:
    told: list[tuple[int, str]] = []

    def report(outcome: Outcome, experience: Experience) -> None:
        told.append((outcome.index, experience.name))
        if sum(name == "ringing" for _, name in told) == 3:
            campaign.hang_up()

    campaign = Campaign(Plan(sound=tone(CALLER_HZ), callers=3, every=0.05), connection, report)
    outcomes = await asyncio.wait_for(campaign.run(), 3 * SOON)
    assert [outcome.ending for outcome in outcomes] == ["gave_up"] * 3
    assert len({outcome.number for outcome in outcomes}) == 3


async def test_nobody_calls_after_everybody_was_told_to_hang_up(connection: Connection) -> None:
    def report(outcome: Outcome, experience: Experience) -> None:
        campaign.hang_up()

    campaign = Campaign(Plan(sound=tone(CALLER_HZ), callers=2, every=60), connection, report)
    first, second = await asyncio.wait_for(campaign.run(), 3 * SOON)
    assert (first.ending, second.ending) == ("gave_up", "not_started")


async def test_a_call_comes_through_a_restart_of_the_server(request: pytest.FixtureRequest) -> None:
    server = LiveKitServer.boot()
    request.addfinalizer(server.stop)
    told: list[Experience] = []
    own = Connection(server.ws_url, server.api_key, server.api_secret)
    caller = await Caller.join(own, number=NUMBER, tell=told.append)
    server.kill()
    await caller.wait_until(lambda: told[-1].name == "reconnecting", SOON, "noticed nothing")
    server.start()
    await caller.wait_until(lambda: told[-1].name == "reconnected", 20, "did not come back")
    assert caller.state == "ringing"
    await caller.hang_up()


async def test_a_wrong_secret_is_said_before_anybody_calls(server: LiveKitServer) -> None:
    wrong = Connection(server.ws_url, server.api_key, "another-secret-that-is-long-enough-123456")
    with pytest.raises(NoLiveKit, match="refuses LIVEKIT_API_KEY"):
        await wrong.check()
    with pytest.raises(NoLiveKit, match="refuses LIVEKIT_API_KEY"):
        await Caller.join(wrong, number=NUMBER)
