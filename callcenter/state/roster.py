"""One reading of the team for all tabs that ask within a moment: a change wakes them all at once."""

import asyncio
from dataclasses import dataclass
from time import monotonic

from callcenter.bootstrap import services
from callcenter.domain.agents import Actor
from callcenter.services.views import TeamView

FRESH_SECONDS = 0.1
"""Shorter than the pause a woken tab makes before it asks, so that no tab is handed what was before the change."""


@dataclass
class _Reading:
    at: float
    task: "asyncio.Task[TeamView]"


_readings: dict[tuple[int, int, bool], _Reading] = {}


async def read(actor: Actor) -> TeamView:
    """The team as this person may see it. All who supervise see the same, and so do all others."""
    known, now = services(), monotonic()
    key = (id(known), id(asyncio.get_running_loop()), actor.supervises)
    found = _readings.get(key)
    if found is None or now - found.at > FRESH_SECONDS:
        found = _Reading(now, asyncio.create_task(known.team.view(actor)))
        _readings[key] = found
    return await asyncio.shield(found.task)
