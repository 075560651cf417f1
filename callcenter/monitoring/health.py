"""Whether this system can take calls right now."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from callcenter.core.ports.media_server import Media
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.platform.database import migrations, schema_version
from callcenter.platform.jobs.background_task import HeldTasks
from callcenter.platform.recent_value import Recent

PATIENCE_SECONDS = 3.0
_asked = HeldTasks()
"""The checks at work, also those that were given up."""
logger = logging.getLogger(__name__)


class HealthService:
    def __init__(self, units: UnitOfWorkFactory, media: Media) -> None:
        self._units = units
        self._media = media
        self._recent = Recent(self.checks)

    async def recent(self) -> dict[str, bool]:
        """The checks as they were at most a second ago: however many ask, nothing is asked more often than that."""
        return await self._recent.value()

    async def checks(self) -> dict[str, bool]:
        """Each thing it needs, by name, within three seconds."""
        checks = {"database": self._database, "migrations": self._migrations, "livekit": self._media.alive}
        results = await asyncio.gather(*(_passes(name, check) for name, check in checks.items()))
        return dict(zip(checks, results, strict=True))

    async def _database(self) -> bool:
        async with self._units.reading() as (session, _):
            return await schema_version.reachable(session)

    async def _migrations(self) -> bool:
        wanted = await asyncio.to_thread(migrations.newest)
        async with self._units.reading() as (session, _):
            return await schema_version.found(session) == wanted


async def _passes(name: str, check: Callable[[], Coroutine[Any, Any, bool]]) -> bool:
    """A check that does not end is given up without waiting for that either: breaking off a request to a database
    that is frozen takes seconds."""
    asked = _asked.start(check(), awaited=True)
    await asyncio.wait({asked}, timeout=PATIENCE_SECONDS)
    try:
        if asked.done():
            return asked.result()
        asked.cancel()
        raise TimeoutError
    except Exception as error:  # whatever it is, it is not healthy
        logger.warning("health check %s failed: %s", name, type(error).__name__)
        return False
