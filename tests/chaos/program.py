"""An agent without a browser: a program that listens to the API's events, answers, and talks with a tone."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp

from callcenter.accounts.cli import DEMO_PASSWORD
from callcenter.cli.simulator import AgentEars, NoLiveKit, tone

REQUEST_SECONDS = 12.0
SIGN_IN_SECONDS = 60.0
"""Passwords are looked at when there is nothing better to do, which takes long on a busy machine."""
PAUSE_SECONDS = 0.3
THINK_SECONDS = 0.6
OVER = {404, 409}
LOST = {"missed", "not_connected", "requeued"}
"""Steps of a call after which an agent says that they are there all the same."""


class SignedOut(Exception):
    """The token is dead."""


class Program:
    """Does nothing but what events tell it to: who is told nothing stands still, and the harness sees that."""

    def __init__(self, username: str, hertz: int, hosts: Callable[[], Sequence[str]]) -> None:
        self.username = username
        self.hertz = hertz
        self.identity = ""
        self.id = 0
        self.status = "Available"
        """What it wants to be."""
        self.ears: dict[int, AgentEars] = {}
        self.declines = 0
        """So many of the next offers are let go."""
        self.errors: list[str] = []
        self._hosts = hosts
        self._host = ""
        self._turn = 0
        self._token = ""
        self._http: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._work: dict[int, asyncio.Task[None]] = {}
        self._chores: set[asyncio.Task[None]] = set()
        self._calls_over: set[int] = set()
        self._life: asyncio.Task[None] | None = None

    # what the harness does with it

    def start(self) -> None:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(REQUEST_SECONDS))
        self._life = asyncio.create_task(self._live(), name=self.username)

    async def stop(self) -> None:
        while tasks := [task for task in (self._life, *self._work.values(), *self._chores) if task and not task.done()]:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for ears in list(self.ears.values()):
            await ears.leave()
        if self._http is not None:
            await self._http.close()

    @property
    def calls(self) -> set[int] | None:
        """The calls it is in; None where that cannot be told."""
        return set(self.ears)

    def heard(self, tones: tuple[int, ...]) -> list[set[int]]:
        """What it hears in each room it is in."""
        return [ears.heard_tones(*tones) for ears in list(self.ears.values())]

    async def lose_sound(self) -> None:
        """Its sound goes out of the room; it comes back at once."""
        for ears in list(self.ears.values()):
            await ears.leave()

    @property
    def call_id(self) -> int:
        """The call it talks in, 0 for none."""
        return next(iter(self.ears), 0)

    def cut(self) -> None:
        """Its connection breaks without a goodbye; it comes back by itself."""
        if self._socket is not None:
            self._socket._response.close()

    async def hang_up(self) -> None:
        if self.call_id:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, SignedOut):
                await self._ask("POST", f"/api/calls/{self.call_id}/hangup")

    async def be(self, status: str) -> None:
        self.status = status
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, SignedOut):
            await self._ask("PUT", "/api/agents/status", {"status": status})

    # its life

    async def _live(self) -> None:
        while True:
            try:
                await self._session()
            except (aiohttp.ClientError, TimeoutError, SignedOut, ConnectionError):
                self._turn += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def _session(self) -> None:
        assert self._http is not None
        hosts = self._hosts()
        self._host = hosts[self._turn % len(hosts)]
        if not self._token:
            await self._sign_in()
        async with self._http.ws_connect(f"{self._host}/api/ws", receive_timeout=20) as socket:
            self._socket = socket
            await socket.send_json({"type": "auth", "token": self._token})
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                await self._hear(socket, message.json())
            if socket.close_code == 4401:
                self._token = ""

    async def _sign_in(self) -> None:
        assert self._http is not None
        form = {"username": self.username, "password": DEMO_PASSWORD, "status": self.status}
        patience = aiohttp.ClientTimeout(SIGN_IN_SECONDS)
        async with self._http.post(f"{self._host}/api/login", data=form, timeout=patience) as answer:
            if not answer.ok:
                self._note(answer.status, "/api/login")
                raise SignedOut
            signed = await answer.json()
        self._token, self.id = signed["access_token"], signed["agent"]["id"]
        self.identity = signed["agent"]["livekit_identity"]

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "ping":
            await socket.send_json({"type": "pong"})
        elif kind == "snapshot":
            desk = event["desk"]
            if desk["offer"]["call_id"]:
                self._take(desk["offer"]["call_id"])
            if desk["call"]["id"]:
                self._attend(desk["call"]["id"])
            elif desk["status"] != self.status and not desk["offer"]["call_id"]:
                self._spawn(self.be(self.status))
        elif kind == "incoming_call" and event["state"] == "offered":
            self._take(event["call_id"])
        elif kind == "call_ended":
            self._drop(event["call_id"])
        elif kind == "room_update" and event["event"] in LOST:
            self._drop(event["call_id"])
            self._spawn(self.be(self.status))
        elif kind == "status_update" and event["agent_id"] == self.id and event["status"] != self.status:
            self._spawn(self._look_anew())

    # calls

    def _take(self, call_id: int) -> None:
        if self.declines:
            self.declines -= 1
            self._spawn(self._decline(call_id))
        else:
            self._begin(call_id, answers=True)

    async def _decline(self, call_id: int) -> None:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, SignedOut):
            await self._ask("POST", f"/api/calls/{call_id}/reject")

    def _attend(self, call_id: int) -> None:
        self._begin(call_id, answers=False)

    def _begin(self, call_id: int, *, answers: bool) -> None:
        if call_id not in self._work:
            task = asyncio.create_task(self._talk(call_id, answers), name=f"{self.username} in call {call_id}")
            self._work[call_id] = task
            task.add_done_callback(lambda _: self._work.pop(call_id, None))

    def _drop(self, call_id: int) -> None:
        task = self._work.get(call_id)
        if task is not None:
            task.cancel()

    async def _talk(self, call_id: int, answers: bool) -> None:
        """Be in the room for as long as one is let in; come back whenever the sound is lost.

        As the desk does it: in the room while it rings, and the microphone opens after the answer.
        """
        try:
            while (room := await self._until_told("/api/calls/join-room", {"call_id": call_id})) is not None:
                with contextlib.suppress(NoLiveKit):
                    await self._be_in(call_id, room, answers=answers)
                    answers = False
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            # Whatever was decided about the call meanwhile: a new snapshot says what there is to do.
            self._spawn(self._look_anew())

    async def _until_told(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """Ask until there is an answer; None when the call is no longer theirs."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, SignedOut):
                return await self._ask("POST", path, body)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _look_anew(self) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        if not self._work:
            await self.be(self.status)

    async def _be_in(self, call_id: int, room: dict[str, Any], *, answers: bool) -> None:
        ears = await AgentEars.join(room["url"], room["token"], sound=tone(self.hertz))
        self.ears[call_id] = ears
        try:
            if answers:
                await asyncio.sleep(random.uniform(0, THINK_SECONDS))
                if await self._until_told(f"/api/calls/{call_id}/answer") is None:
                    return
            await ears.wait_over()
        finally:
            await asyncio.shield(self._leave(call_id, ears))

    async def _leave(self, call_id: int, ears: AgentEars) -> None:
        with contextlib.suppress(TimeoutError):
            await ears.leave()
        if self.ears.get(call_id) is ears:
            del self.ears[call_id]

    # requests

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """The answer; None when the call is over or somebody else's. Raises for all that may be tried again."""
        assert self._http is not None
        if not self._token:
            raise SignedOut
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._http.request(method, self._host + path, json=body, headers=headers) as answer:
            if answer.status in OVER:
                return None
            if answer.status == 401:
                self._token = ""
                raise SignedOut
            if not answer.ok:
                self._note(answer.status, path)
                raise aiohttp.ClientError(str(answer.status))
            return {} if answer.status == 204 else await answer.json()

    def _note(self, status: int, path: str) -> None:
        """Being told to come again is fine, an error inside of the program is not."""
        if status not in (429, 503):
            self.errors.append(f"{path} was answered with {status}")

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)
