"""Work that is done to its end although whoever waits for it is cancelled, as a watcher is when its page is left."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from callcenter.platform.jobs.background_task import HeldTasks

Result = TypeVar("Result")

_running = HeldTasks()


async def whole(work: Coroutine[Any, Any, Result]) -> Result:
    """A statement that is cut off in the middle costs the database its connection, and the log a stack trace."""
    return await asyncio.shield(_running.start(work, awaited=True))
