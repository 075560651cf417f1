"""Many open tabs without browsers: signed-in pages that speak Reflex' socket protocol, in a process of their own.

``async with opened(url, [Page(cookie, "/"), …]) as tabs`` returns when every page shows its first view. What the
tabs are sent is looked through for a pattern and time-stamped in the load process, on the clock that
``time.perf_counter`` reads in all processes of a machine.

The tabs do what the built page does: the same first event in the CONNECT packet, answers to pings, and no more.
They do not draw; a browser's own time comes on top.
"""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

import httpx

from bench.tab import ROOT, Page
from bench.tab_load import PATIENCE, Sight

SESSION = "reflex___state____state.callcenter___entry___page_session____session"
LIVE = f"{SESSION}.callcenter___workspace___tab___tab_state____live"
DESK = f"{LIVE}.callcenter___workspace___tab___desk_state____desk"
OFFERED = r'"offer":\{"id":[1-9]\d*,"call_id":(\d+),"caller_id":"([^"]*)"'
"""A view in which a call rings; its id and the caller's number."""


def row(name: str, shape: str) -> str:
    """A pattern: this person's line of the team page, in this shape (``available``, ``busy``, …)."""
    return rf'"name":"{re.escape(name)}","role":"[a-z]+","shape":"{shape}"'


async def sign_in(url: str, names: Sequence[str], password: str) -> list[str]:
    """Their session cookies, as the sign-in page gets them."""
    turns = asyncio.Semaphore(8)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as http:

        async def one(name: str) -> str:
            async with turns:
                answer = await http.post("/auth/sign-in", data={"username": name, "password": password})
                http.cookies.clear()
                return answer.cookies["callcenter_session"]

        return list(await asyncio.gather(*(one(name) for name in names)))


class Tabs:
    """Tabs in a load process, as the measuring process sees them."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sights: asyncio.Queue[Sight] = asyncio.Queue()
        """What ``follow`` finds."""
        self._reading = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        """Of the load process, to tell its CPU time from the server's."""
        return self._process.pid

    async def open(self, url: str, pages: Sequence[Page]) -> int:
        """Open more tabs; returns how many there are when all of them show their page."""
        return int(await self._ask(do="open", url=url, pages=[asdict(page) for page in pages]))

    async def expect(self, pattern: str, count: int) -> "asyncio.Task[list[Sight]]":
        """Begin to look out; the task ends when so many tabs have had a message with ``pattern`` (bytes of JSON).

        Do what is measured between the two: ``seen = await tabs.expect(…); …; (await seen)[-1].at`` is the last."""
        await self._begin(pattern, count)
        return asyncio.create_task(self._seen())

    async def follow(self, pattern: str) -> None:
        """From now on every message with ``pattern`` is put into ``sights``."""
        await self._begin(pattern, 0)

    async def emit(self, tab: int, event: str, payload: dict[str, Any]) -> None:
        """Send what a click in this tab sends."""
        await self._ask(do="emit", tab=tab, event=event, payload=payload)

    async def count(self) -> tuple[int, int]:
        """Tabs that are still connected, and messages all of them have had."""
        connected, messages = await self._ask(do="count")
        return int(connected), int(messages)

    async def close(self) -> None:
        if self._process.returncode is None:
            self._order(do="leave")
            assert self._process.stdin is not None
            self._process.stdin.close()
            await self._process.wait()
        self._reading.cancel()

    async def _begin(self, pattern: str, wanted: int) -> None:
        self._order(do="look", pattern=pattern, wanted=wanted)
        answer = await self._answer()
        assert "looking" in answer, answer

    async def _seen(self) -> list[Sight]:
        return [Sight(one["at"], one["tab"], tuple(one["groups"])) for one in (await self._answer())["done"]]

    async def _ask(self, **order: Any) -> Any:
        self._order(**order)
        return (await self._answer())["done"]

    async def _answer(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            answer = await self._answers.get()
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        return answer

    def _order(self, **order: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            message = json.loads(line)
            if "sight" in message:
                one = message["sight"]
                self.sights.put_nowait(Sight(one["at"], one["tab"], tuple(one["groups"])))
            else:
                self._answers.put_nowait(message)
        self._answers.put_nowait({"failed": "the load process ended"})


@asynccontextmanager
async def opened(url: str, pages: Sequence[Page]) -> AsyncIterator[Tabs]:
    """These pages, open and showing their first view, until the block ends."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "bench.tab_load"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe, limit=2**26)
    tabs = Tabs(process)
    try:
        await tabs.open(url, pages)
        yield tabs
    finally:
        await tabs.close()
