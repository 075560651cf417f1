"""From Answer to a caller who hears the agent, with a real LiveKit and real sound."""

import time

from livekit import api

from bench.centre import PATIENCE, Centre, Listener
from bench.figures import Row, Sample
from callcenter.cli.simulator import AgentEars, Caller, Connection, tone


async def rows(centre: Centre, rounds: int) -> list[Row]:
    """One agent answers one call after another."""
    livekit = centre.app.livekit
    answered, granted, bare = [], [], []
    async with (
        centre.listening(1) as (agent,),
        api.LiveKitAPI(livekit.url, livekit.api_key, livekit.api_secret) as server,
    ):
        await agent.when("snapshot")
        for _ in range(rounds + 1):
            heard, asked = await _one_call(centre, agent, server)
            answered.append(heard)
            granted.append(asked)
            bare.append(await _without_us(centre, server))
    measured = Sample("Answer → the caller hears the agent", answered[1:])
    return [
        Row.of(measured, Sample("the same with LiveKit alone", bare[1:])),
        Row.of(measured, Sample("LiveKit update_participant", granted[1:])),
    ]


async def _one_call(centre: Centre, agent: Listener, server: api.LiveKitAPI) -> tuple[float, float]:
    livekit = centre.app.livekit
    connection = Connection(livekit.ws_url, livekit.api_key, livekit.api_secret)
    caller = await Caller.join(connection, number="+493023125001", to="+4930901820", sound=tone(440))
    _, offered = await agent.when("incoming_call")
    wanted = {"call_id": offered["call_id"]}
    room = (
        (await centre.http.post("/api/calls/join-room", json=wanted, headers=agent.headers)).raise_for_status().json()
    )
    ears = await AgentEars.join(livekit.ws_url, room["token"], sound=tone(1000))
    try:
        started = time.perf_counter()
        path = f"/api/calls/{offered['call_id']}"
        (await centre.http.post(f"{path}/answer", headers=agent.headers)).raise_for_status()
        await caller.wait_hears(PATIENCE)
        heard = time.perf_counter() - started
        asked = await _update(server, ears)
        (await centre.http.post(f"{path}/hangup", headers=agent.headers)).raise_for_status()
        await caller.wait_over(PATIENCE)
        await agent.when("call_ended", call_id=offered["call_id"])
    finally:
        await ears.leave()
        await caller.leave()
    return heard, asked


async def _without_us(centre: Centre, server: api.LiveKitAPI) -> float:
    """Somebody in a room that is no call is allowed to talk, opens the microphone, and is heard."""
    livekit, room = centre.app.livekit, centre.room_name().replace("call_", "bare_")

    def token(identity: str, *, may_talk: bool) -> str:
        grants = api.VideoGrants(room_join=True, room=room, can_publish=may_talk, can_subscribe=True)
        return api.AccessToken(livekit.api_key, livekit.api_secret).with_identity(identity).with_grants(grants).to_jwt()

    listener = await AgentEars.join(livekit.ws_url, token("listener", may_talk=True), sound=tone(440))
    speaker = await AgentEars.join(livekit.ws_url, token("speaker", may_talk=False), sound=tone(1000))
    try:
        started = time.perf_counter()
        await _update(server, speaker)
        await listener.wait_hears(PATIENCE)
        return time.perf_counter() - started
    finally:
        await speaker.leave()
        await listener.leave()


async def _update(server: api.LiveKitAPI, ears: AgentEars) -> float:
    """The request that lets somebody talk, and nothing else."""
    permission = api.ParticipantPermission(can_publish=True, can_subscribe=True)
    request = api.UpdateParticipantRequest(room=ears.room_name, identity=ears.identity, permission=permission)
    started = time.perf_counter()
    await server.room.update_participant(request)
    return time.perf_counter() - started
