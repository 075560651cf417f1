"""From Answer to a caller who hears the agent, with a real LiveKit and real sound: in Chromium, and over the API."""

import asyncio
import time
from pathlib import Path

from livekit import api
from playwright.async_api import async_playwright

from bench.centre import PATIENCE, Centre, Listener
from bench.figures import Figure, Sample
from callcenter.cli.simulator import AgentEars, Caller, Connection, tone
from tests.builders import PASSWORD
from tests.support.browser import Desk

LIMIT_MS = 250.0
THINK_SECONDS = 1.0
"""From the ringing to the click, as people take it: by then the page has joined the room."""
NOTE_CLICKS = """
document.addEventListener('click', (event) => { window.clickedAt = performance.timeOrigin + event.timeStamp }, true)
"""


async def figures(centre: Centre, home: Path, rounds: int) -> list[Figure]:
    """A click in Chromium, the request of a program, and LiveKit alone."""
    over_api, granted, bare = await _over_api(centre, rounds)
    clicked = await _in_chromium(centre, home, rounds)
    alone = Sample("the same with LiveKit alone", bare)
    return [
        Figure.of(Sample("click on Answer → the caller hears the agent", clicked), alone, limit_ms=LIMIT_MS),
        Figure.of(Sample("answer over the API → the caller hears the agent", over_api), alone),
        Figure.of(Sample("LiveKit's update_participant", granted)),
    ]


async def _in_chromium(centre: Centre, home: Path, rounds: int) -> list[float]:
    livekit = centre.app.livekit
    connection = Connection(livekit.ws_url, livekit.api_key, livekit.api_secret)
    took = []
    async with async_playwright() as playwright:
        desk = await Desk.open(playwright, centre.app.url, home, 1200)
        try:
            await desk.page.add_init_script(NOTE_CLICKS)
            await desk.sign_in("agent0", PASSWORD)
            await desk.become("Available")
            for _ in range(rounds + 1):
                caller = await Caller.join(connection, number="+493023125001", to="+4930901820", sound=tone(440))
                button = desk.button("Answer")
                await button.wait_for()
                await asyncio.sleep(THINK_SECONDS)
                await button.click()
                await caller.wait_hears(PATIENCE)
                heard_at = time.time()
                took.append(heard_at - await desk.page.evaluate("window.clickedAt") / 1000)
                await caller.hang_up()
                await button.wait_for(state="hidden")
        finally:
            await desk.close()
    return took[1:]


async def _over_api(centre: Centre, rounds: int) -> tuple[list[float], list[float], list[float]]:
    """One agent answers one call after another; the same by turns in a room that is no call."""
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
    return answered[1:], granted[1:], bare[1:]


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
