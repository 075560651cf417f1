"""What people do meanwhile: they call, give up, hang up, decline, and take a break."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from tests.chaos.world import World

Move = Callable[[World, random.Random], Awaitable[None]]
FEWEST, MOST = 2, 4
"""Callers at a time."""


async def call_in(world: World, _: random.Random) -> None:
    await world.call_in()


async def caller_hangs_up(world: World, rng: random.Random) -> None:
    await world.hang_up(rng.randrange(MOST))


async def agent_hangs_up(world: World, rng: random.Random) -> None:
    await rng.choice(world.agents).hang_up()


async def declines(world: World, rng: random.Random) -> None:
    rng.choice(world.agents).declines = 1


async def break_begins(world: World, rng: random.Random) -> None:
    await rng.choice(world.agents).be("Busy")


MOVES: tuple[tuple[Move, int], ...] = (
    (call_in, 5),
    (caller_hangs_up, 2),
    (agent_hangs_up, 2),
    (declines, 1),
    (break_begins, 1),
)


async def move_about(world: World, rng: random.Random, seconds: float) -> list[str]:
    """Some moves at moments within so many seconds; each is done in its own time, however slow the system is."""
    chosen = rng.choices([move for move, _ in MOVES], [weight for _, weight in MOVES], k=rng.randint(1, 4))
    moments = sorted(rng.uniform(0, seconds) for _ in chosen)
    running = [asyncio.create_task(_at(moment, move(world, rng))) for moment, move in zip(moments, chosen, strict=True)]
    await asyncio.gather(*running)
    return [move.__name__ for move in chosen]


async def _at(moment: float, work: Awaitable[None]) -> None:
    await asyncio.sleep(moment)
    await work


async def everybody_back(world: World) -> None:
    """Breaks end, and there are callers enough for something to happen."""
    for agent in world.agents:
        agent.declines = 0
        if agent.status != "Available":
            await agent.be("Available")
    while len(world.live_callers) < FEWEST:
        before = len(world.live_callers)
        await world.call_in()
        if len(world.live_callers) == before:
            await asyncio.sleep(0.5)
