"""Whether a caller heard the other side all the time."""

import asyncio

from callcenter.cli.simulator import Caller

GAP_SECONDS = 1.5
"""Of silence: more than what a busy machine makes of sound, and less than a server is away."""


class Gaps:
    """Counts the times in which a caller hears nothing, from now on."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._silences = 0
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            await self._caller.wait_silence(3600, quiet=GAP_SECONDS)
            self._silences += 1
            await self._caller.wait_hears(3600)

    def stop(self) -> int:
        """How many there were. Raises CallEnded when the call did not last so long."""
        if self._task.done():
            self._task.result()
        self._task.cancel()
        return self._silences
