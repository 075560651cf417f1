"""Listens all the time: nobody may ever hear two others, and how long those who talk hear nothing is written down."""

import asyncio
import time

from callcenter.cli.simulator import Caller
from tests.chaos.tones import TONES
from tests.chaos.world import World

EVERY_SECONDS = 0.2


class Watch:
    def __init__(self, world: World) -> None:
        self._world = world
        self._heard_at: dict[Caller, float] = {}
        self._task: asyncio.Task[None] | None = None
        self.longest_silence = 0.0
        self.lag = 0.0
        """How late the harness itself was at most, in seconds: it has to share the machine."""
        self.wrong: list[str] = []

    def start(self) -> None:
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def forget(self) -> None:
        """A new round begins."""
        self._heard_at, self.longest_silence, self.lag = {}, 0.0, 0.0

    def check(self) -> None:
        """Raises AssertionError for what was heard that may not be, or answered that should not."""
        errors = [f"{agent.username}: {error}" for agent in self._world.agents for error in agent.errors]
        wrong, self.wrong = self.wrong + errors + self._world.door.errors, []
        self._world.door.errors.clear()
        for agent in self._world.agents:
            agent.errors.clear()
        assert not wrong, "; ".join(sorted(set(wrong)))

    async def _listen(self) -> None:
        while True:
            began = time.monotonic()
            self._look(began)
            await asyncio.sleep(EVERY_SECONDS)
            self.lag = max(self.lag, time.monotonic() - began - EVERY_SECONDS)

    def _look(self, now: float) -> None:
        for caller in self._world.live_callers:
            heard = caller.heard_tones(*TONES)
            if len(heard) > 1:
                self.wrong.append(f"{caller} heard {sorted(heard)} at once")
            if heard:
                self.longest_silence = max(self.longest_silence, now - self._heard_at.get(caller, now))
                self._heard_at[caller] = now
        for agent in self._world.agents:
            rooms = agent.heard(TONES)
            if len(rooms) > 1 or any(len(heard) > 1 for heard in rooms):
                self.wrong.append(f"{agent.username} heard {rooms} at once")
