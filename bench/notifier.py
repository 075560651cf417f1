"""Sends notifications as LiveKit does, in a process of its own: ``python -m bench.notifier``."""

import asyncio
import gc
from time import perf_counter
from typing import Any

from bench.notices import Signer, http
from bench.wire import Pool, obey

Notice = tuple[float, str, str, str]
"""Seconds after the start, the event, the room, and the agent it is about (empty: the caller)."""
Answer = tuple[float, float, int]
"""Sent and answered (``time.perf_counter``), and the status."""


class Notifier:
    def __init__(self) -> None:
        self._signer = Signer(0, "", "")
        self._pool = Pool(0)

    async def open(self, port: int, key: str, secret: str) -> bool:
        """Which server, and who signs."""
        self._pool.close()
        self._signer, self._pool = Signer(port, key, secret), Pool(port)
        return True

    async def run(
        self, notices: list[Notice], connections: int = 1, seconds: float = 0, timed: bool = False
    ) -> list[Answer]:
        """As soon as one of the connections is free, or, when ``timed``, each at its time; those not begun after
        ``seconds`` never. The answers are in the order of the notices."""
        await self._pool.grow(connections)
        requests = [(at, self._signer.request(event, room, agent)) for at, event, room, agent in notices]
        return await (self._at_their_time(requests) if timed else self._in_turn(requests, connections, seconds))

    async def bare(self, count: int, connections: int = 1) -> list[Answer]:
        """The same with a request that does nothing."""
        await self._pool.grow(connections)
        request = http("GET", "/healthz", self._signer.port, {})
        return await self._in_turn([(0.0, request)] * count, connections, 0)

    async def post(self, path: str, forms: list[str]) -> list[Answer]:
        """Forms of as many people, all at once, each from an address of their own."""
        await self._pool.grow(len(forms))
        requests = []
        for number, form in enumerate(forms):
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
            headers["X-Forwarded-For"] = f"192.0.2.{number}"
            requests.append((0.0, http("POST", path, self._signer.port, headers, form.encode())))
        return await self._in_turn(requests, len(requests), 0)

    async def _in_turn(self, requests: list[tuple[float, bytes]], connections: int, seconds: float) -> list[Answer]:
        answers: dict[int, Answer] = {}
        left, started = iter(enumerate(requests)), perf_counter()

        async def one_connection() -> None:
            for number, (_, request) in left:
                if seconds and perf_counter() > started + seconds:
                    return
                answers[number] = await self._pool.ask(request)

        await asyncio.gather(*(one_connection() for _ in range(connections)))
        return [answers[number] for number in sorted(answers)]

    async def _at_their_time(self, requests: list[tuple[float, bytes]]) -> list[Answer]:
        started, sending = perf_counter(), []
        for at, request in requests:
            await asyncio.sleep(max(0.0, started + at - perf_counter()))
            sending.append(asyncio.create_task(self._pool.ask(request)))
        return list(await asyncio.gather(*sending))


def main() -> None:
    gc.freeze()
    notifier = Notifier()
    commands: dict[str, Any] = {
        "open": notifier.open,
        "run": notifier.run,
        "bare": notifier.bare,
        "post": notifier.post,
    }
    asyncio.run(obey(commands))


if __name__ == "__main__":
    main()
