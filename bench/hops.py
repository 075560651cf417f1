"""One phone call after another: how long each step from the phone to the agent and back takes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bench.answerers import Answers, Taken, agents, bare_answerers
from bench.centre import PATIENCE
from bench.figures import Figure, Sample
from bench.line import BARE_NUMBERS, DESK_NUMBER, Line
from bench.sipp import Call, Callers
from bench.sound import Sounds
from tests.builders import PASSWORD
from tests.support.browser import Desk

HOLD_SECONDS = 1.0
THINK_SECONDS = 1.0
"""From the ringing to the answer, as people take it: by then everything is connected that can be."""
RINGS = "() => [...document.querySelectorAll('button')].some((one) => /^ *Answer/.test(one.textContent)) && Date.now()"
NOTE_CLICKS = "document.addEventListener('click', () => { window.clickedAt = Date.now(); }, true);"
CLICKED = "() => window.clickedAt"


@dataclass(frozen=True)
class Hop:
    """One call, seen from all sides; times are of the wall clock."""

    call: Call
    told_at: float
    asked_at: float
    heard_at: float
    """When the first sound of who answered came to the phone."""

    @property
    def whole(self) -> bool:
        return min(self.call.rang_at, self.told_at, self.asked_at, self.call.answered_at, self.heard_at) > 0


async def figures(line: Line, home: Path, rounds: int) -> list[Figure]:
    """The desk over its API, the desk in a browser, and LiveKit without the desk, in turn."""
    async with Sounds() as sounds:
        async with line.no_desk(), bare_answerers(line, BARE_NUMBERS[:1], THINK_SECONDS) as answers:
            bare = await calls(line, home / "bare", sounds, BARE_NUMBERS[0], answers, rounds)
        async with line.desk(agents=1) as centre:
            async with agents(centre, 1, THINK_SECONDS) as answers:
                desk = await calls(line, home / "desk", sounds, DESK_NUMBER, answers, rounds)
            page = await in_the_page(line, centre.app.url, home, sounds, rounds)
    return [
        row("INVITE → 180 Ringing", desk, bare, "INVITE → 180, LiveKit alone", rang),
        row("INVITE → incoming_call at the agent", desk, bare, "INVITE → a participant is told", told),
        row("INVITE → it rings in the page", page, bare, "INVITE → a participant is told", told),
        row("answer over the API → 200 OK", desk, bare, "right to talk → 200 OK, LiveKit alone", answered),
        row("click on Answer → 200 OK", page, bare, "right to talk → 200 OK, LiveKit alone", answered),
        row("answer over the API → sound at the phone", desk, bare, "right to talk → sound, LiveKit alone", heard),
        row("click on Answer → sound at the phone", page, bare, "right to talk → sound, LiveKit alone", heard),
    ]


def row(
    name: str, measured: Sequence[Hop], baseline: Sequence[Hop], beside: str, took: Callable[[Hop], float]
) -> Figure:
    return Figure.of(Sample(name, [took(hop) for hop in measured]), Sample(beside, [took(hop) for hop in baseline]))


def rang(hop: Hop) -> float:
    return hop.call.rang_at - hop.call.invited_at


def told(hop: Hop) -> float:
    return hop.told_at - hop.call.invited_at


def answered(hop: Hop) -> float:
    return hop.call.answered_at - hop.asked_at


def heard(hop: Hop) -> float:
    return hop.heard_at - hop.asked_at


async def calls(line: Line, home: Path, sounds: Sounds, dialled: str, answers: Answers, rounds: int) -> list[Hop]:
    """The first call warms up and does not count."""
    hops = []
    for number in range(rounds + 1):
        callers = Callers(home / str(number), line.target, sounds.port, [(caller(number), dialled)], HOLD_SECONDS)
        await callers.start()
        try:
            await asyncio.wait_for(callers.wait(), PATIENCE)
        finally:
            await callers.stop()
        call = callers.calls()[caller(number)]
        taken = answers.get(caller(number))
        sound = (await sounds.take()).get(call.sound_port)
        hop = Hop(call, taken.told_at if taken else 0, taken.asked_at if taken else 0, sound.loud_at if sound else 0)
        if not hop.whole:
            raise RuntimeError(f"call {number} to {dialled} did not come about: {hop}")
        hops.append(hop)
    return hops[1:]


def caller(number: int) -> str:
    return f"+4930231251{number:02}"


async def in_the_page(line: Line, address: str, home: Path, sounds: Sounds, rounds: int) -> list[Hop]:
    """One agent in Chromium, who clicks a moment after it rings."""
    answers: Answers = {}
    async with async_playwright() as playwright:
        desk = await Desk.open(playwright, address, home, 1200)
        try:
            await desk.page.add_init_script(NOTE_CLICKS)
            await desk.page.goto(f"{desk.url}/sign-in")
            await desk.try_to_sign_in("agent0", PASSWORD)
            await desk.page.wait_for_url(f"{desk.url}/")
            await desk.become("Available")
            clicking = asyncio.create_task(click(desk.page, answers, rounds + 1))
            hops = await calls(line, home / "page", sounds, DESK_NUMBER, answers, rounds)
            await clicking
            return hops
        finally:
            await desk.close()


async def click(page: Page, answers: Answers, rounds: int) -> None:
    """Takes call after call, and notes when the page showed it and when the click came."""
    for number in range(rounds):
        shown = await (await page.wait_for_function(RINGS, timeout=PATIENCE * 1000)).json_value()
        await asyncio.sleep(THINK_SECONDS)
        await page.get_by_role("button", name="Answer").first.click()
        clicked = await page.evaluate(CLICKED)
        answers[caller(number)] = Taken(shown / 1000, clicked / 1000)
        await page.get_by_role("button", name="Answer").first.wait_for(state="hidden")
