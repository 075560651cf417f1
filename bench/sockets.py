"""Agents' programs at their event sockets, any number in one process: ``python -m bench.sockets``."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import jwt

from bench.notices import Signer, http
from bench.wire import Pool, Socket, obey

PATH = "/api/ws"
AT_ONCE = 25
"""So many connect at the same time."""
ATTEMPTS = 5
PATIENCE = 60.0
BUSY = 64
"""Connections for what agents do while they have calls."""
RINGS = '"incoming_call"'
HELLO = {"type": "auth", "lists": True}


@dataclass(frozen=True)
class Life:
    """What becomes of every call: seconds from the ringing to the answer, from there to an open microphone, and of
    talk. The microphone and the caller's going are notifications, signed with LiveKit's key."""

    think: float
    join: float
    talk: float
    key: str
    secret: str


class Agents:
    def __init__(self) -> None:
        self._sockets: list[Socket] = []
        self._tokens: list[str] = []
        self._port = 0
        self._needle = b"\0"
        self._heard: list[tuple[float, int, bytes]] = []
        self._news = asyncio.Event()
        self._pool = Pool(0)
        self._life: Life | None = None
        self._steps: list[tuple[str, int]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, port: int, tokens: list[str], path: str = PATH) -> tuple[int, list[str]]:
        """One socket a token; how many have had their first message, and why others were closed meanwhile."""
        self._port, self._pool = port, Pool(port)
        turns, refusals = asyncio.Semaphore(AT_ONCE), []
        self._tokens, self._sockets = list(tokens), []

        async def one(token: str, number: int) -> int:
            for _ in range(ATTEMPTS):
                async with turns:
                    heard, began = self._ear(number)
                    socket = await Socket.open(port, path, json.dumps(HELLO | {"token": token}), heard)
                    await asyncio.wait([began, socket.gone], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
                if began.done():
                    self._sockets.append(socket)
                    return 1
                refusals.append(socket.reason)
                socket.close()
                await asyncio.sleep(1)
            return 0

        came = await asyncio.gather(*(one(token, number) for number, token in enumerate(tokens)))
        return sum(came), refusals

    def _ear(self, number: int) -> tuple[Callable[[bytes], None], "asyncio.Future[None]"]:
        began: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def heard(message: bytes) -> None:
            if not began.done():
                began.set_result(None)
            elif self._needle in message:
                now = perf_counter()
                for event in _events(message, self._needle):
                    self._heard.append((now, number, event))
                    if self._life is not None:
                        self._spawn(self._live(self._life, number, json.loads(event)))
                self._news.set()

        return heard, began

    async def watch(self, needle: str) -> bool:
        """From now on note the messages with this text in them."""
        self._needle, self._heard, self._life = needle.encode(), [], None
        return True

    async def live(self, **life: Any) -> bool:
        """From now on each call that rings is answered and talked through; see ``Life``."""
        await self.watch(RINGS)
        self._life, self._steps = Life(**life), []
        await self._pool.grow(BUSY)
        return True

    async def heard(self, count: int, timeout: float) -> list[tuple[float, int, dict[str, Any]]]:
        """When (``time.perf_counter``), at which socket and what: so many messages, or what came within ``timeout``."""
        await self._until(lambda: len(self._heard) >= count, timeout)
        return [(at, number, json.loads(message)) for at, number, message in self._heard]

    async def ping(self) -> bool:
        """Each sends one."""
        for socket in self._sockets:
            socket.send(b'{"type": "ping"}')
        return True

    async def over(self, count: int, timeout: float) -> list[tuple[str, int]]:
        """When so many calls are over, or ``timeout`` seconds are: what was done in each, and the status it had."""
        await self._until(lambda: sum(what == "hung up" for what, _ in self._steps) >= count, timeout)
        return self._steps

    async def ask(self, method: str, path: str, number: int, body: str = "") -> tuple[float, float, int]:
        """A request of one of these agents."""
        await self._pool.grow(1)
        return await self._pool.ask(self._request(method, path, number, body))

    async def lost(self) -> int:
        """How many connections are gone."""
        return sum(socket.gone.done() for socket in self._sockets)

    async def close(self) -> bool:
        for socket in self._sockets:
            socket.close()
        self._sockets, self._tokens = [], []
        return True

    def _request(self, method: str, path: str, number: int, body: str) -> bytes:
        headers = {"Authorization": f"Bearer {self._tokens[number]}", "Content-Type": "application/json"}
        return http(method, path, self._port, headers, body.encode())

    async def _live(self, life: "Life", number: int, call: dict[str, Any]) -> None:
        """What the agent does, and what LiveKit says of it."""
        room, signer = call["livekit_room_name"], Signer(self._port, life.key, life.secret)
        await asyncio.sleep(life.think)
        path = f"/api/calls/{call['call_id']}/answer"
        status, body = await self._pool.read(self._request("POST", path, number, ""))
        self._done("answered", status)
        steps = (
            ("spoke", life.join, signer.request("track_published", room, _name_in(body))),
            ("hung up", life.talk, signer.request("participant_left", room)),
        )
        for what, pause, request in steps:
            await asyncio.sleep(pause)
            self._done(what, (await self._pool.ask(request))[2])

    def _done(self, what: str, status: int) -> None:
        self._steps.append((what, status))
        self._news.set()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until(self, holds: Callable[[], bool], timeout: float) -> None:
        try:
            async with asyncio.timeout(timeout):
                while not holds():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return


def _name_in(answer: bytes) -> str:
    """The agent's name in the room, as the room token says it; whoever got none has none."""
    token = json.loads(answer or b"{}").get("token", "")
    return str(jwt.decode(token, options={"verify_signature": False})["sub"]) if token else "nobody"


def _events(message: bytes, needle: bytes) -> list[bytes]:
    """Those that are meant, of a message that may be a list."""
    if not message.startswith(b"["):
        return [message]
    each = (json.dumps(one, ensure_ascii=False).encode() for one in json.loads(message))
    return [event for event in each if needle in event]


def main() -> None:
    agents = Agents()
    names = ("open", "watch", "live", "heard", "ping", "over", "ask", "lost", "close")
    asyncio.run(obey({name: getattr(agents, name) for name in names}))


if __name__ == "__main__":
    main()
