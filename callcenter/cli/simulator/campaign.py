"""Many simulated callers, one after the other or at once, in one process."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice, repeat

from callcenter.cli.simulator.caller import Caller, new_room_name
from callcenter.cli.simulator.connection import Connection, NoLiveKit
from callcenter.cli.simulator.leg import Experience
from callcenter.cli.simulator.numbers import OUR_NUMBER, pretend_numbers
from callcenter.cli.simulator.sounds import Sound
from callcenter.platform.jobs.background_task import HeldTasks


@dataclass(frozen=True)
class Plan:
    """Who calls, how often and for how long; times in seconds, None is without end."""

    sound: Sound
    callers: int = 1
    every: float = 1.0
    number: str = ""
    to: str = OUR_NUMBER
    talk: float | None = None
    patience: float | None = 60.0
    lean: bool = False


@dataclass
class Outcome:
    """What became of one caller. ``ending`` is the name of the last thing it experienced."""

    index: int
    number: str
    room: str = ""
    answered_after: float | None = None
    ending: str = "not_started"


Report = Callable[[Outcome, Experience], None]


class Campaign:
    """Runs a plan. ``hang_up`` ends every call and starts no more."""

    def __init__(self, plan: Plan, connection: Connection, report: Report) -> None:
        self._plan = plan
        self._connection = connection
        self._report = report
        self._callers: set[Caller] = set()
        self._stop = asyncio.Event()
        self._asked_to_end = HeldTasks()
        numbers = repeat(plan.number) if plan.number else pretend_numbers()
        self.outcomes = [Outcome(i, number) for i, number in enumerate(islice(numbers, plan.callers), 1)]

    async def run(self) -> list[Outcome]:
        """Start the callers at their times and return when the last call is over."""
        async with asyncio.TaskGroup() as calls:
            for outcome in self.outcomes:
                if outcome.index > 1 and await self._stopped_within(self._plan.every):
                    break
                calls.create_task(self._call(outcome), name=f"caller {outcome.index}")
        return self.outcomes

    def hang_up(self) -> None:
        """Every caller puts the phone down."""
        self._stop.set()
        for caller in self._callers:
            self._asked_to_end.start(caller.hang_up())

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _call(self, outcome: Outcome) -> None:
        def tell(experience: Experience) -> None:
            outcome.ending = experience.name
            if experience.name == "answered":
                outcome.answered_after = experience.after_seconds
            self._report(outcome, experience)

        outcome.room = new_room_name(outcome.number)
        try:
            caller = await Caller.join(
                self._connection,
                number=outcome.number,
                to=self._plan.to,
                sound=self._plan.sound,
                room_name=outcome.room,
                lean=self._plan.lean,
                tell=tell,
            )
        except NoLiveKit as error:
            tell(Experience("failed", f"could not get through: {error}", 0.0))
            return
        self._callers.add(caller)
        if self._stop.is_set():
            await caller.hang_up()
        await caller.live_through(self._plan.patience, self._plan.talk)
        self._callers.discard(caller)
