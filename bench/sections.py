"""What can be measured, by name. Each section starts what it needs and ends it again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import answering, centre, fanout, history, hops, line, load, minute, painted, ringing, signins, workers
from bench.crowd import Crowd, gathered
from bench.figures import Figure
from bench.steps import Step


@dataclass(frozen=True)
class Options:
    quick: bool = False
    full: bool = False


Section = Callable[[Path, Options], Awaitable[Any]]
Measure = Callable[[Crowd, bool], Awaitable[list[Figure]]]


def in_a_crowd(measure: Measure, settings: Mapping[str, str] | None = None) -> Section:
    """A section that needs the running desk with hundreds of agents."""

    async def section(home: Path, options: Options) -> list[Figure]:
        async with gathered(home, settings=dict(settings or {})) as crowd:
            return await measure(crowd, options.quick)

    return section


async def _answering(home: Path, options: Options) -> list[Figure]:
    async with centre.running(home, 1) as running:
        return await answering.figures(running, home, 4 if options.quick else 40)


async def _phones(home: Path, options: Options) -> list[Figure]:
    async with line.open_line(home) as telephones:
        return await hops.figures(telephones, home, 5 if options.quick else 20)


async def _load(home: Path, options: Options) -> dict[str, list[Step]]:
    async with line.open_line(home) as telephones:
        return await load.measure(telephones, home, options.quick)


ALL: dict[str, Section] = {
    "ringing": in_a_crowd(ringing.figures),
    "painted": in_a_crowd(painted.figures),
    "sockets": in_a_crowd(fanout.of_sockets),
    "pages": in_a_crowd(fanout.of_pages),
    "answering": _answering,
    "minute": in_a_crowd(minute.figures),
    "history": history.figures,
    "signins": in_a_crowd(signins.figures, signins.SETTINGS),
    "workers": workers.figures,
    "phones": _phones,
    "load": _load,
}
ON_DEMAND = ("phones", "load")
"""Minutes long, and about telephones: by name or with --full."""
