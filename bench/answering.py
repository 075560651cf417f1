"""From Answer to a caller who hears the agent, with a real LiveKit and real sound."""

import time

from livekit import api

from bench.centre import PATIENCE, Centre, Listener
from bench.figures import Row, Sample
from callcenter.cli.simulator import AgentEars, Caller, Connection, tone


async def rows(centre: Centre, rounds: int) -> list[Row]:
    """One agent answers one call after another."""
    livekit = centre.app.livekit
    answered, granted = [], []
    async with (
        centre.listening(1) as (agent,),
        api.LiveKitAPI(livekit.url, livekit.api_key, livekit.api_secret) as server,
    ):
        await agent.when("snapshot")
        for _ in range(rounds + 1):
            heard, asked = await _one_call(centre, agent, server)
            answered.append(heard)
            granted.append(asked)
    return [
        Row.of(
            Sample("Answer → the caller hears the agent", answered[1:]),
            Sample("LiveKit update_participant", granted[1:]),
        )
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


async def _update(server: api.LiveKitAPI, ears: AgentEars) -> float:
    """The request that lets an agent talk, made once more: nothing else is waited for."""
    permission = api.ParticipantPermission(can_publish=True, can_subscribe=True)
    request = api.UpdateParticipantRequest(room=ears.room_name, identity=ears.identity, permission=permission)
    started = time.perf_counter()
    await server.room.update_participant(request)
    return time.perf_counter() - started
