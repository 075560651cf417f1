"""Who answers: agents of the desk over its API, and people in a LiveKit room of whom the desk knows nothing."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from livekit import api

from bench.centre import PATIENCE, Centre, Listener
from bench.line import Line, bare_room
from callcenter.cli.simulator import AgentEars, tone

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
async def agents(centre: Centre, count: int, think_seconds: float = 0) -> AsyncIterator[Answers]:
    """So many agents, Available; each takes what is offered to them, until the end of the block.

    They join while it rings, as the desk does, and answer ``think_seconds`` later.
    """
    answers: Answers = {}
    async with centre.listening(count) as listeners:
        for listener in listeners:
            await listener.when("snapshot")
        working = [asyncio.create_task(_work(centre, listener, answers, think_seconds)) for listener in listeners]
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


async def _work(centre: Centre, listener: Listener, answers: Answers, think_seconds: float) -> None:
    clock = time.time() - time.perf_counter()
    while True:
        at, offered = await listener.when("incoming_call", forever=True)
        taken = answers.setdefault(offered["caller_id"], Taken())
        taken.told_at = at + clock
        try:
            await _take(centre, listener, offered["call_id"], taken, think_seconds)
        except Exception as error:  # whatever it is, it is a fault of this call only
            taken.wrong = f"{type(error).__name__}: {error}".partition("\n")[0][:100]


async def _take(centre: Centre, listener: Listener, call_id: int, taken: Taken, think_seconds: float) -> None:
    wanted = {"call_id": call_id}
    room = (await centre.http.post("/api/calls/join-room", json=wanted, headers=listener.headers)).raise_for_status()
    ears = await AgentEars.join(centre.app.livekit.ws_url, room.json()["token"], sound=tone(AGENT_HZ))
    try:
        taken.ears = ears
        await asyncio.sleep(think_seconds)
        taken.asked_at = time.time()
        path = f"/api/calls/{call_id}/answer"
        (await centre.http.post(path, headers=listener.headers)).raise_for_status()
        await ears.wait_over()
    finally:
        await ears.leave()


@asynccontextmanager
async def bare_answerers(line: Line, numbers: list[str], think_seconds: float = 0) -> AsyncIterator[Answers]:
    """Somebody in the room of each number, who opens the microphone ``think_seconds`` after a caller comes in."""
    livekit, answers = line.livekit, Answers()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(api.LiveKitAPI(livekit.url, livekit.api_key, livekit.api_secret))
        people = [await BareAnswerer.join(line, server, number, answers, think_seconds) for number in numbers]
        try:
            yield answers
        finally:
            for person in people:
                await person.leave()


class BareAnswerer:
    """In the room before the caller; the right to talk is given by the same request that the desk sends."""

    def __init__(self, server: api.LiveKitAPI, ears: AgentEars, answers: Answers, think_seconds: float) -> None:
        self._server, self._ears, self._answers, self._think_seconds = server, ears, answers, think_seconds
        self._tasks: set[asyncio.Task[None]] = set()
        ears.room.on("participant_connected", self._came)
        ears.room.on("participant_disconnected", self._went)

    @classmethod
    async def join(
        cls, line: Line, server: api.LiveKitAPI, number: str, answers: Answers, think_seconds: float
    ) -> "BareAnswerer":
        livekit = line.livekit
        grants = api.VideoGrants(room_join=True, room=bare_room(number), can_publish=False, can_subscribe=True)
        token = api.AccessToken(livekit.api_key, livekit.api_secret).with_identity("answerer").with_grants(grants)
        ears = await AgentEars.join(livekit.ws_url, token.to_jwt(), sound=tone(AGENT_HZ))
        return cls(server, ears, answers, think_seconds)

    async def leave(self) -> None:
        await _stop(list(self._tasks))
        await self._ears.leave()

    def _came(self, caller: object) -> None:
        number = str(getattr(caller, "identity", "")).removeprefix("sip_")
        self._answers[number] = Taken(told_at=time.time(), ears=self._ears)
        self._spawn(self._answer(self._answers[number]))

    def _went(self, _: object) -> None:
        self._spawn(self._let_talk(False))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, taken: Taken) -> None:
        await asyncio.sleep(self._think_seconds)
        taken.asked_at = time.time()
        await self._let_talk(True)

    async def _let_talk(self, may: bool) -> None:
        permission = api.ParticipantPermission(can_publish=may, can_subscribe=True)
        request = api.UpdateParticipantRequest(
            room=self._ears.room_name, identity=self._ears.identity, permission=permission
        )
        with contextlib.suppress(api.TwirpError):
            await self._server.room.update_participant(request)


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*tasks, return_exceptions=True)
