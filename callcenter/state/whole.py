"""Work that is done to its end although whoever waits for it is cancelled, as a watcher is when its page is left."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

_running: set["asyncio.Task[Any]"] = set()


async def whole(work: Coroutine[Any, Any, Result]) -> Result:
    """A statement that is cut off in the middle costs the database its connection, and the log a stack trace."""
    task = asyncio.create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return await asyncio.shield(task)
