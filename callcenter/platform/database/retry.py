"""Runs a use case again that the database undid on its own: a deadlock, a serialisation failure, a lost connection."""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from callcenter.platform.database.engine import Interrupted

ATTEMPTS = 3
PAUSE_SECONDS = 0.05
logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


def retried(use_case: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """For methods that are one transaction: what they ask of the media server comes after the commit, so an undone
    one has left no trace. A failure of which it is not known whether it was kept is never tried again."""

    @functools.wraps(use_case)
    async def attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        for number in range(1, ATTEMPTS):
            try:
                return await use_case(*args, **kwargs)
            except Interrupted:
                logger.warning("a transaction was undone by the database; trying again")
                await asyncio.sleep(PAUSE_SECONDS * number)
        return await use_case(*args, **kwargs)

    return attempt
