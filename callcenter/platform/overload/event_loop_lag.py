"""How busy this process is: how late its event loop comes to what is due."""

import asyncio
import time
from collections import deque

from callcenter.platform.jobs.background_task import Background
from callcenter.platform.observability import metrics

LOOK_SECONDS = 0.1
WINDOW_SECONDS = 2.0
FEWEST = 3
"""One long pause, such as collecting garbage, is no overload."""


SEARCHES, SIGN_INS, ACTIONS = 1.0, 2.0, 4.0
"""From how many times OVERLOAD_LAG_SECONDS on each of these is turned away, the cheapest to lose first."""


class Load:
    """Lag is sustained when every look within the window was at least so late: queues that do not get shorter."""

    def __init__(self, overload_lag_seconds: float) -> None:
        self._limit = overload_lag_seconds
        self._looks: deque[tuple[float, float]] = deque(maxlen=round(WINDOW_SECONDS / LOOK_SECONDS))
        self._task = Background("load", self._watch)

    @property
    def lag(self) -> float:
        """Seconds by which everything has been late for a while; 0 when it was in time just now."""
        oldest = time.monotonic() - 2 * WINDOW_SECONDS
        late = [lag for at, lag in self._looks if at > oldest]
        return min(late) if len(late) >= FEWEST else 0.0

    def too_late_for(self, what: float) -> bool:
        """``what`` is one of the above."""
        return self.lag > what * self._limit

    def note(self, lag: float) -> None:
        """One look: it was this late, in seconds."""
        self._looks.append((time.monotonic(), lag))
        metrics.LOOP_LAG.observe(lag)

    def start(self) -> None:
        self._task.start()

    async def stop(self) -> None:
        await self._task.stop()

    async def _watch(self) -> None:
        while True:
            due = time.monotonic() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self.note(max(0.0, time.monotonic() - due))
