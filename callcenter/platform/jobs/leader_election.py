"""One process of all looks at deadlines and rooms; the others stand by.

The leader counts in the database, once a second. Whoever sees the count stand still for some seconds takes over; a
leader that ends in order leaves at once. Two that both think they lead do no harm, because each step is a conditional
UPDATE; they only do the work twice. No clock is compared with another one's.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from time import monotonic

from callcenter.platform.database.engine import Database, WriteLock
from callcenter.platform.errors import DatabaseUnavailable
from callcenter.platform.jobs import leadership_store
from callcenter.platform.jobs.background_task import Background
from callcenter.platform.observability import logging as observability_logging
from callcenter.platform.observability import metrics

DUTY = "loops"
BEAT_SECONDS = 1.0
LOST_SECONDS = 4.0
"""A count that has stood still for so long belongs to nobody."""

logger = logging.getLogger(__name__)


class Leader:
    """Stands by until it is its turn; see ``lead_alone`` for those who need no others."""

    def __init__(self, db: Database, me: str, seconds: Callable[[], float] = monotonic) -> None:
        """``me`` tells this process from all others."""
        self._db = db
        self._me = me
        self._seconds = seconds
        self._seen = ("", 0)
        self._since = seconds()
        """When the count was first seen so; of a leader: when it last counted."""
        self._task = Background("leader", self._run)
        self._leading = asyncio.Event()

    @property
    def leads(self) -> bool:
        return self._leading.is_set()

    async def turn(self) -> None:
        """Until this process leads."""
        await self._leading.wait()

    def lead_alone(self) -> None:
        """Nobody else is there, as with SQLite."""
        self._set(True)

    def start(self) -> None:
        self._task.start()

    async def stop(self) -> None:
        """Somebody else may take over at once."""
        if not self._task.runs:
            return
        await self._task.stop()
        if self.leads:
            self._set(False)
            with contextlib.suppress(DatabaseUnavailable):
                async with self._db.writing(WriteLock.NOBODY) as session:
                    await leadership_store.leave(session, DUTY, self._me)

    async def step(self) -> None:
        """Count on, or see whether somebody else does. Raises DatabaseUnavailable."""
        try:
            async with self._db.writing(WriteLock.NOBODY) as session:
                if self.leads and await leadership_store.beat(session, DUTY, self._me):
                    self._since = self._seconds()
                    return
                seen = await leadership_store.look(session, DUTY)
                if seen != self._seen:
                    self._seen, self._since = seen, self._seconds()
                free = not seen[0] or self._seconds() - self._since >= LOST_SECONDS
                leads = free and await leadership_store.take(session, DUTY, self._me, seen)
        except DatabaseUnavailable:
            if self._seconds() - self._since >= LOST_SECONDS:
                self._set(False)
            raise
        self._set(leads)

    def _set(self, leads: bool) -> None:
        if leads != self.leads:
            logger.info("leads" if leads else "stands by")
            self._since = self._seconds()
            self._leading.set() if leads else self._leading.clear()
        metrics.LEADS.set(int(leads))

    async def _run(self) -> None:
        observability_logging.bind(loop="leader")
        while True:
            try:
                await self.step()
            except DatabaseUnavailable:
                logger.warning("leader waits: the database does not answer")
            except Exception:
                logger.exception("leader failed")
            await asyncio.sleep(BEAT_SECONDS)
