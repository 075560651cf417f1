"""One agent's status changes before the eyes of five hundred: programs at their sockets, and pages.

Beside each: the same number of bytes sent by the same server to as many listeners, with nothing to find out.
"""

import asyncio
import json
from dataclasses import asdict
from time import perf_counter

import httpx

from bench import tabs
from bench.crowd import AGENTS, Crowd
from bench.figures import Figure, Sample
from bench.helper import Helper
from bench.tab import Page
from bench.tabs import Tabs
from callcenter.core.domain.agents import AgentStatus
from callcenter.team.ui.state import SHOWN, TeamRow

TIMES = 2.0
PATIENCE = 60.0
PAUSE_SECONDS = 1.1
"""Between two changes, so that none is gathered with the one before (``LONGEST_PAUSE_SECONDS`` of the desk)."""
IDLE_SECONDS = 20.0
WARM = 20
"""Pages that are open before: what the first ones bring along is there once."""
BARE = 100
"""Sockets that do nothing, to compare with."""
MEMORY_KIB, IDLE_PERCENT = 160.0, 3.0
WORDS = (("Busy", "offline", "offline"), ("Available", "available", "available"))
"""What a program asks for; what a page shows, and what a click in it asks for."""
ROW = asdict(TeamRow(1, "Agent 100", "agent", "available", "ready", "x" * 32))
GROUP = {"total": AGENTS, "rows": [ROW] * SHOWN[AgentStatus.AVAILABLE]}
"""As large as what a page is sent when a line of a group changes."""


async def of_sockets(crowd: Crowd, quick: bool) -> list[Figure]:
    """Programs: from the request that changes a status to the last socket."""
    rounds, agent_id = 10 if quick else 30, crowd.people[0].id
    took, bare = [], []
    async with crowd.connected(AGENTS), Helper("sockets") as others:
        await others.ask("open", port=crowd.app.port, path="/bench/listen", tokens=[""] * AGENTS)
        await crowd.calm()
        for number in range(rounds + 1):
            status = WORDS[number % 2][0]
            event = {
                "type": "status_update",
                "id": f"s{number}",
                "at": "x" * 32,
                "agent_id": agent_id,
                "status": status,
            }
            await others.ask("watch", needle='"status_update"')
            sent, *_ = await others.ask("ask", method="POST", path="/bench/tell", number=0, body=json.dumps(event))
            bare.append(_last(await others.ask("heard", count=AGENTS, timeout=PATIENCE)) - sent)
            await crowd.sockets.ask("watch", needle=f'"agent_id": {agent_id}, "status": "{status}"')
            sent, *_ = await crowd.sockets.ask(
                "ask", method="PUT", path="/api/agents/status", number=0, body=json.dumps({"status": status})
            )
            took.append(_last(await crowd.sockets.ask("heard", count=AGENTS, timeout=PATIENCE)) - sent)
            await asyncio.sleep(PAUSE_SECONDS)
    return [_beside(f"status change → the last of {AGENTS} sockets", took[1:], bare[1:])]


async def of_pages(crowd: Crowd, quick: bool) -> list[Figure]:
    """Pages without browsers that show the team: from a click to the last of them; and what they cost."""
    rounds = 10 if quick else 30
    async with httpx.AsyncClient(base_url=crowd.app.url, trust_env=False, timeout=PATIENCE) as http:
        seconds = IDLE_SECONDS / 2 if quick else IDLE_SECONDS
        await crowd.calm()
        alone = await _idle(http, seconds)
        pages = [Page(one.cookie, "/team") for one in crowd.people]
        async with tabs.opened(crowd.app.url, pages[:WARM]) as open_pages:
            await crowd.calm()
            before = (await http.get("/bench/usage")).json()
            await open_pages.open(crowd.app.url, pages[WARM:])
            await crowd.calm()
            after = (await http.get("/bench/usage")).json()
            idle = await _idle(http, seconds)
            took, bare = await _changes(http, open_pages, rounds)
            bare_socket = await _memory_of_a_bare_socket(http, crowd)
    memory = (after["resident"] - before["resident"]) / 1024 / len(pages[WARM:])
    return [
        _beside(f"status change → the last of {AGENTS} pages", took, bare),
        Figure("memory of a signed-in page", round(memory, 1), "KiB", n=AGENTS)
        .aimed(f"≤ {MEMORY_KIB:g} KiB", memory <= MEMORY_KIB)
        .beside_of("a WebSocket of the same server, and nothing else", bare_socket),
        Figure(f"idle CPU with {AGENTS} pages", round(idle, 2), "% of a core")
        .aimed(f"≤ {IDLE_PERCENT:g} %", idle <= IDLE_PERCENT)
        .beside_of("with none", alone),
    ]


async def _memory_of_a_bare_socket(http: httpx.AsyncClient, crowd: Crowd) -> float:
    """KiB of resident memory for each connection at which nobody is signed in and nothing is shown."""
    async with Helper("sockets") as first, Helper("sockets") as others:
        await first.ask("open", port=crowd.app.port, path="/bench/listen", tokens=[""] * WARM)
        await crowd.calm()
        before = (await http.get("/bench/usage")).json()["resident"]
        await others.ask("open", port=crowd.app.port, path="/bench/listen", tokens=[""] * BARE)
        await crowd.calm()
        after = (await http.get("/bench/usage")).json()["resident"]
    return float((after - before) / 1024 / BARE)


async def _changes(http: httpx.AsyncClient, pages: Tabs, rounds: int) -> tuple[list[float], list[float]]:
    took, bare = [], []
    for number in range(rounds + 1):
        _, shape, presence = WORDS[number % 2]
        update = {"delta": {"bench": GROUP}, "events": [], "final": True, "bench": number}
        told = await pages.expect(rf'"bench":{number}\b', AGENTS)
        started = perf_counter()
        await http.post("/bench/broadcast", json=update)
        bare.append((await told)[-1].at - started)
        shown = await pages.expect(tabs.row("Agent 0", shape), AGENTS)
        started = perf_counter()
        await pages.emit(0, f"{tabs.DESK}.go", {"presence": presence, "reason": ""})
        took.append((await shown)[-1].at - started)
        await asyncio.sleep(PAUSE_SECONDS)
    return took[1:], bare[1:]


async def _idle(http: httpx.AsyncClient, seconds: float) -> float:
    """Per cent of a core that the server uses while nobody does anything."""
    before, started = (await http.get("/bench/usage")).json()["cpu"], perf_counter()
    await asyncio.sleep(seconds)
    after = (await http.get("/bench/usage")).json()["cpu"]
    return float(100 * (after - before) / (perf_counter() - started))


def _beside(name: str, took: list[float], bare: list[float]) -> Figure:
    sample, broadcast = Sample(name, took), Sample("a bare broadcast to as many", bare)
    ratio = sample.median_ms / broadcast.median_ms
    return Figure.of(sample, broadcast).aimed(f"≤ {TIMES:g} × a bare broadcast", ratio <= TIMES)


def _last(heard: list[tuple[float, int, object]]) -> float:
    """When the last of all of them was told. Raises RuntimeError when somebody was not."""
    if len({number for _, number, _ in heard}) < AGENTS:
        raise RuntimeError(f"{len(heard)} of {AGENTS} sockets were told")
    return max(at for at, _, _ in heard)
