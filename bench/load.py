"""How many telephone calls this machine carries, with those who make them: more and more until the first fault."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import psutil

from bench.answerers import Answers, agents, bare_answerers
from bench.figures import Sample
from bench.line import BARE_NUMBERS, DESK_NUMBER, Line
from bench.sipp import Call, Callers
from bench.sound import PACKET_SECONDS, Sounds, Stream
from bench.steps import Step, Use

AT_ONCE = (1, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100)
A_SECOND = (1, 2, 3, 4, 5, 6, 8, 10)
RAMP = 2.0
"""Calls a second while simultaneous ones are being counted."""
SETTLE_SECONDS, WINDOW_SECONDS, RUSH_SECONDS, RUSH_HOLD_SECONDS = 3.0, 6.0, 10.0, 1.0
LATE_RINGING, LATE_TELLING, LATE_ANSWER = 1.0, 2.0, 2.0
LEAST_SOUND = 0.95
"""Of the packets that should come to a phone; what is missing is heard as gaps."""
Answerers = Callable[[int], AbstractAsyncContextManager[Answers]]


class Meter:
    """CPU between begin() and end(), of the servers, of what drives the load, and of the machine."""

    def __init__(self, servers: dict[str, psutil.Process]) -> None:
        self._servers = servers
        self._begun: dict[int, float] = {}
        self._began_at = 0.0

    def begin(self) -> None:
        psutil.cpu_percent()
        self._began_at = time.monotonic()
        self._begun = {process.pid: seconds(process) for process in self._all()}

    def end(self) -> tuple[dict[str, Use], float]:
        passed, servers = time.monotonic() - self._began_at, {one.pid for one in self._servers.values()}
        use = {name: self._use([process, *family(process)], passed) for name, process in self._servers.items()}
        mine = [one for one in (psutil.Process(), *family(psutil.Process())) if one.pid not in servers]
        of_servers = {one.pid for process in self._servers.values() for one in family(process)}
        use["clients"] = self._use([one for one in mine if one.pid not in of_servers], passed)
        return use, psutil.cpu_percent()

    def _use(self, processes: Sequence[psutil.Process], passed: float) -> Use:
        spent = sum(seconds(one) - self._begun.get(one.pid, 0) for one in processes if one.pid in self._begun)
        return Use(round(spent / passed * 100, 1), round(sum(memory(one) for one in processes) / 1e6, 1))

    @staticmethod
    def _all() -> Iterator[psutil.Process]:
        yield psutil.Process()
        yield from family(psutil.Process())


def family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0
    return float(times.user + times.system)


def memory(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


async def simultaneous(line: Line, home: Path, kind: str, steps: Sequence[int], answerers: Answerers) -> list[Step]:
    """More and more calls at once, until the first fault."""
    done: list[Step] = []
    async with Sounds() as sounds:
        for count, attempt in attempts(steps, done):
            async with answerers(count) as answers:
                place = home / f"{kind}{count}-{attempt}"
                done.append(await at_once(line, place, sounds, dialled(kind, count), answers))
            report(kind, "at once", done[-1])
    return done


async def a_second(line: Line, home: Path, kind: str, steps: Sequence[int], answerers: Answerers) -> list[Step]:
    """More and more calls a second, each answered and over after a second, until the first fault."""
    done: list[Step] = []
    async with Sounds() as sounds:
        for rate, attempt in attempts(steps, done):
            async with answerers(agents_for(rate)) as answers:
                place, numbers = home / f"{kind}-rate{rate}-{attempt}", dialled(kind, round(rate * RUSH_SECONDS))
                done.append(await rush(line, place, sounds, numbers, answers, rate))
            report(kind, "a second", done[-1])
    return done


def attempts(steps: Sequence[int], done: list[Step]) -> Iterator[tuple[int, int]]:
    """Each step once, and once more when it had a fault: what happens but once may be another program's doing."""
    for step in steps:
        yield step, 1
        if done[-1].faults:
            del done[-1]
            yield step, 2
        if done[-1].faults:
            return


def agents_for(rate: int) -> int:
    """Enough of them that no call has to wait for one: each is busy for a few seconds."""
    return rate * 8 + 2


def dialled(kind: str, count: int) -> list[str]:
    return [DESK_NUMBER] * count if kind == "desk" else BARE_NUMBERS[:count]


def callers(numbers: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"+49302312{5000 + number}", to) for number, to in enumerate(numbers)]


async def at_once(line: Line, home: Path, sounds: Sounds, numbers: Sequence[str], answers: Answers) -> Step:
    """All of them are on for a while; then their sound and the servers are measured."""
    ramp = len(numbers) / RAMP
    hold = ramp + SETTLE_SECONDS + WINDOW_SECONDS + LATE_ANSWER
    phones = Callers(home, line.target, sounds.port, callers(numbers), hold, RAMP)
    meter = Meter(line.processes())
    await phones.start()
    try:
        await asyncio.sleep(ramp + SETTLE_SECONDS)
        meter.begin()
        await sounds.take()
        await asyncio.sleep(WINDOW_SECONDS)
        heard, (use, machine) = await sounds.take(), meter.end()
        calls = phones.calls()
        faults = [*failed(calls, len(numbers)), *reasons(answers), *late(calls, answers)]
        share = least(calls, heard)
        faults += [f"sound {share:.0%}"] if share < LEAST_SOUND else []
        deaf = sum(not taken.hears for taken in answers.values())
        faults += [f"{deaf} agents hear nothing"] if deaf else []
        async with asyncio.timeout(hold + LATE_ANSWER):
            await phones.wait()
    except TimeoutError:
        faults += ["a call does not end"]
    finally:
        await phones.stop()
    return Step(len(numbers), faults, *times(calls, answers), share, use, machine)


async def rush(line: Line, home: Path, sounds: Sounds, numbers: Sequence[str], answers: Answers, rate: float) -> Step:
    """So many a second for ten seconds."""
    phones = Callers(home, line.target, sounds.port, callers(numbers), RUSH_HOLD_SECONDS, rate)
    meter = Meter(line.processes())
    await phones.start()
    meter.begin()
    try:
        await asyncio.sleep(RUSH_SECONDS)
        use, machine = meter.end()
        async with asyncio.timeout(RUSH_HOLD_SECONDS + LATE_TELLING + LATE_ANSWER + SETTLE_SECONDS):
            await phones.wait()
    except TimeoutError:
        pass
    finally:
        await phones.stop()
    calls = phones.calls()
    return Step(
        rate,
        [*failed(calls, len(numbers)), *reasons(answers), *late(calls, answers)],
        *times(calls, answers),
        0,
        use,
        machine,
    )


def failed(calls: dict[str, Call], wanted: int) -> list[str]:
    answered = sum(call.status == 200 for call in calls.values())
    refused = sorted({str(call.status) for call in calls.values() if call.status not in (0, 200)})
    return [f"{wanted - answered} calls failed {' '.join(refused)}".strip()] if answered < wanted else []


def reasons(answers: Answers) -> list[str]:
    return sorted({taken.wrong for taken in answers.values() if taken.wrong})


def late(calls: dict[str, Call], answers: Answers) -> Iterator[str]:
    rang = max((call.rang_at - call.invited_at for call in calls.values()), default=0)
    told, answered = (max(found, default=0) for found in waits(calls, answers))
    for name, took, limit in (
        ("180", rang, LATE_RINGING), ("told", told, LATE_TELLING), ("200", answered, LATE_ANSWER)
    ):  # fmt: skip
        if took > limit:
            yield f"{name} after {took:.1f} s"


def waits(calls: dict[str, Call], answers: Answers) -> tuple[list[float], list[float]]:
    """INVITE → its agent is told; the agent's wish → 200 OK."""
    both = [(call, answers[number]) for number, call in calls.items() if number in answers]
    told = [taken.told_at - call.invited_at for call, taken in both if taken.told_at]
    return told, [call.answered_at - taken.asked_at for call, taken in both if call.status == 200 and taken.asked_at]


def times(calls: dict[str, Call], answers: Answers) -> tuple[float, float]:
    told, answered = (Sample("", found).p95_ms / 1000 if found else 0.0 for found in waits(calls, answers))
    return told, answered


def least(calls: dict[str, Call], heard: dict[int, Stream]) -> float:
    """The share of packets with sound that came to the phone that got the fewest."""
    expected = WINDOW_SECONDS / PACKET_SECONDS
    return min((heard.get(call.sound_port, Stream()).loud / expected for call in calls.values()), default=0)


def report(kind: str, what: str, step: Step) -> None:
    print(f"    {kind}: {step.calls:g} calls {what}: {', '.join(step.faults) or 'no fault'}", flush=True)


async def measure(line: Line, home: Path, quick: bool) -> dict[str, list[Step]]:
    """Without the desk and with it: simultaneous calls, and calls a second."""
    many, fast = (AT_ONCE[:2], A_SECOND[:1]) if quick else (AT_ONCE, A_SECOND)

    def bare(count: int) -> AbstractAsyncContextManager[Answers]:
        return bare_answerers(line, BARE_NUMBERS[:count])

    found: dict[str, list[Step]] = {}
    async with line.no_desk():
        found["at once, LiveKit alone"] = await simultaneous(line, home, "bare", many, bare)
    async with line.desk(max((*many, *map(agents_for, fast)))) as centre:
        found["at once, with the desk"] = await simultaneous(line, home, "desk", many, lambda n: agents(centre, n))
        found["a second, with the desk"] = await a_second(line, home, "desk", fast, lambda n: agents(centre, n))
    return found
