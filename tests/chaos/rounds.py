"""Round after round: a fault, what people do meanwhile, and then everything has to settle."""

import asyncio
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from subprocess import SubprocessError

from tests.chaos import moves
from tests.chaos.faults import SETTLED_SECONDS, Fault, possible
from tests.chaos.invariants import complaints, record_is_consistent
from tests.chaos.watch import Watch
from tests.chaos.world import World

LOOK_SECONDS = 0.25
LOOK_LIMIT_SECONDS = 30.0
MOVES_SECONDS = 5.0
FIRST_SECONDS = 90.0
TWO_AT_ONCE = 0.15


class NotSettled(AssertionError):
    """The system did not come to rest as it should; the text says what is wrong."""


class Rounds:
    def __init__(self, world: World, seed: int, only: Sequence[str] = (), each: Sequence[str] = ()) -> None:
        self._world = world
        self._seed = seed
        faults = possible(world)
        self._faults = [fault for fault in faults if not only or any(part in fault.name for part in only)]
        self._each = [next(fault for fault in faults if fault.name == name) for name in each]
        self._settled: dict[str, list[float]] = defaultdict(list)
        self._silent: dict[str, list[float]] = defaultdict(list)
        self._watch = Watch(world)

    async def run(self, numbers: Iterable[int], *, keep_going: bool = False) -> int:
        """The number of rounds that failed."""
        failed = 0
        self._watch.start()
        await moves.everybody_back(self._world)
        print(f"seed {self._seed}: all is well after {await self._settle(FIRST_SECONDS):.1f} s", flush=True)
        for number in numbers:
            try:
                print(await self._round(number), flush=True)
            except (AssertionError, RuntimeError, SubprocessError) as error:
                failed += 1
                print(self._failure(number, error), flush=True)
                if not keep_going or not await self._cleared():
                    break
        await self._watch.stop()
        self._print_table()
        return failed

    async def _round(self, number: int) -> str:
        rng = random.Random(f"{self._seed}/{number}")
        chosen = self._drawn(rng)
        names: str = " and ".join(fault.name for fault in chosen)
        if sys.stdout.isatty():
            print(f"  round {number}: {names} …", end="\r", flush=True)
        self._watch.forget()
        own = [random.Random(rng.random()) for _ in (*chosen, None)]
        moving = asyncio.create_task(moves.move_about(self._world, own[-1], MOVES_SECONDS))
        told = await asyncio.gather(
            *(fault.work(self._world, one) for fault, one in zip(chosen, own, strict=False)),
        )
        moved = await moving
        await moves.everybody_back(self._world)
        seconds = await self._settle(SETTLED_SECONDS)
        silent = self._watch.longest_silence
        if len(chosen) == 1:
            self._settled[names].append(seconds)
            self._silent[names].append(silent)
        details = ", ".join(told)
        return (
            f"round {number:3} settled after {seconds:4.1f} s, longest silence {silent:4.1f} s, "
            f"lag {self._watch.lag:.1f} s: {names} ({details}); meanwhile {', '.join(moved)}"
        )

    def _drawn(self, rng: random.Random) -> list[Fault]:
        """One fault, now and then two at once; without a draw while there are some to be done each."""
        if self._each:
            return [self._each.pop(0)]
        count = 2 if rng.random() < TWO_AT_ONCE and len(self._faults) > 1 else 1
        chosen: list[Fault] = []
        while len(chosen) < count:
            weights = [fault.weight * (fault not in chosen) for fault in self._faults]
            chosen += rng.choices(self._faults, weights)
        return chosen

    async def _settle(self, limit: float) -> float:
        """Seconds until nothing is wrong any more. Raises AssertionError: not in time, or never allowed."""
        began = time.monotonic()
        while True:
            wrong = await self._look()
            if not wrong:
                await record_is_consistent(self._world)
                self._watch.check()
                return time.monotonic() - began
            if time.monotonic() - began > limit:
                raise NotSettled(f"not settled after {limit:.0f} s:\n  " + "\n  ".join(wrong))
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> list[str]:
        try:
            async with asyncio.timeout(LOOK_LIMIT_SECONDS):
                await self._world.forget_those_not_through()
                return await complaints(self._world)
        except Exception as error:
            return [f"cannot be asked: {error!r}"]

    def _failure(self, number: int, error: Exception) -> str:
        again = f"python -m tests.chaos --seed {self._seed} --from {number} --rounds 1"
        return f"FAILED in round {number} of seed {self._seed}, lag {self._watch.lag:.1f} s: {error}\nAgain: {again}"

    async def _cleared(self) -> bool:
        """Nobody on the line, so that what was wrong in one round is not wrong in the next. False when it still is."""
        await asyncio.to_thread(self._world.start_again)
        for caller in self._world.live_callers:
            await caller.leave()
        await asyncio.to_thread(self._world.livekit.empty)
        await moves.everybody_back(self._world)
        try:
            await self._settle(SETTLED_SECONDS)
        except AssertionError as error:
            print(f"This does not heal: {error}", flush=True)
            return False
        return True

    def _print_table(self) -> None:
        print("\n| fault | rounds | settled after, at most | longest silence while talking |\n|---|---|---|---|")
        for name, seconds in sorted(self._settled.items()):
            print(f"| {name} | {len(seconds)} | {max(seconds):.1f} s | {max(self._silent[name]):.1f} s |")
