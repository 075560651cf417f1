"""Who answers: agents of the desk over its API, and people in a LiveKit room of whom the desk knows nothing."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from livekit import api

from bench.centre import PATIENCE, Centre, Listener
from bench.line import Line, bare_room
from callcenter.cli.simulator import AgentEars, CallEnded, tone

AGENT_HZ = 1000


@dataclass
class Taken:
    """One call as the one who answered it had it; times are of the wall clock, 0 when it did not come to that."""

    told_at: float = 0.0
    """When they were told that it rings."""
    asked_at: float = 0.0
    """When they asked to be let talk."""
    ears: AgentEars | None = None
    wrong: str = ""
    """What kept them from taking it."""

    @property
    def hears(self) -> bool:
        """Whether the caller is heard at this moment."""
        return self.ears is not None and not self.ears.over and self.ears.hears


Answers = dict[str, Taken]
"""By the number that calls."""


@asynccontextmanager
async def agents(centre: Centre, count: int) -> AsyncIterator[Answers]:
    """So many agents, Available; each takes what is offered to them, until the end of the block."""
    answers: Answers = {}
    async with centre.listening(count) as listeners:
        for listener in listeners:
            await listener.when("snapshot")
        working = [asyncio.create_task(_work(centre, listener, answers)) for listener in listeners]
        try:
            yield answers
            await _all_over(answers)
        finally:
            await _stop(working)


async def _all_over(answers: Answers) -> None:
    """Until the desk has let everybody out of their calls, or has had time enough for it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            for taken in list(answers.values()):
                if taken.ears is not None:
                    await taken.ears.wait_over()


async def _work(centre: Centre, listener: Listener, answers: Answers) -> None:
    clock = time.time() - time.perf_counter()
    while True:
        at, offered = await listener.when("incoming_call", forever=True)
        taken = answers.setdefault(offered["caller_id"], Taken())
        taken.told_at = at + clock
        try:
            await _take(centre, listener, offered["call_id"], taken)
        except Exception as error:  # whatever it is, it is a fault of this call only
            taken.wrong = f"{type(error).__name__}: {error}".partition("\n")[0][:100]


async def _take(centre: Centre, listener: Listener, call_id: int, taken: Taken) -> None:
    wanted = {"call_id": call_id}
    room = (await centre.http.post("/api/calls/join-room", json=wanted, headers=listener.headers)).raise_for_status()
    ears = await AgentEars.join(centre.app.livekit.ws_url, room.json()["token"], sound=tone(AGENT_HZ))
    try:
        taken.asked_at, taken.ears = time.time(), ears
        path = f"/api/calls/{call_id}/answer"
        (await centre.http.post(path, headers=listener.headers)).raise_for_status()
        await ears.wait_over()
    finally:
        await ears.leave()


@asynccontextmanager
async def bare_answerers(line: Line, numbers: list[str]) -> AsyncIterator[Answers]:
    """Somebody in the room of each number, who opens the microphone as soon as a caller comes in."""
    livekit, answers = line.livekit, Answers()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(api.LiveKitAPI(livekit.url, livekit.api_key, livekit.api_secret))
        people = [await BareAnswerer.join(line, server, number, answers) for number in numbers]
        try:
            yield answers
        finally:
            for person in people:
                await person.leave()


class BareAnswerer:
    """In the room before the caller; the right to talk is given by the same request that the desk sends."""

    def __init__(self, server: api.LiveKitAPI, ears: AgentEars, answers: Answers) -> None:
        self._server, self._ears, self._answers = server, ears, answers
        self._tasks: set[asyncio.Task[None]] = set()
        ears.room.on("participant_connected", self._came)
        ears.room.on("participant_disconnected", self._went)

    @classmethod
    async def join(cls, line: Line, server: api.LiveKitAPI, number: str, answers: Answers) -> "BareAnswerer":
        livekit = line.livekit
        grants = api.VideoGrants(room_join=True, room=bare_room(number), can_publish=False, can_subscribe=True)
        token = api.AccessToken(livekit.api_key, livekit.api_secret).with_identity("answerer").with_grants(grants)
        ears = await AgentEars.join(livekit.ws_url, token.to_jwt(), sound=tone(AGENT_HZ))
        return cls(server, ears, answers)

    async def leave(self) -> None:
        await _stop(list(self._tasks))
        await self._ears.leave()

    def _came(self, caller: object) -> None:
        now, number = time.time(), str(getattr(caller, "identity", "")).removeprefix("sip_")
        self._answers[number] = Taken(now, now, self._ears)
        self._let_talk(True)

    def _went(self, _: object) -> None:
        self._let_talk(False)

    def _let_talk(self, may: bool) -> None:
        permission = api.ParticipantPermission(can_publish=may, can_subscribe=True)
        request = api.UpdateParticipantRequest(
            room=self._ears.room_name, identity=self._ears.identity, permission=permission
        )
        task = asyncio.create_task(self._ask(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, request: api.UpdateParticipantRequest) -> None:
        with contextlib.suppress(api.TwirpError, CallEnded):
            await self._server.room.update_participant(request)


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*tasks, return_exceptions=True)
