"""A value that is dear to make and that many ask for at once."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")

FRESH_SECONDS = 1.0
"""A value of this age is given again; an older one is made anew."""


class Recent(Generic[Value]):
    """Makes its value once for everybody who asks meanwhile, and at most once a second however many ask."""

    def __init__(self, make: Callable[[], Coroutine[Any, Any, Value]]) -> None:
        self._make = make
        self._making: asyncio.Task[Value] | None = None
        self._made_at = float("-inf")

    async def value(self) -> Value:
        """The value, made at most a second ago. Raises what making it raised.

        Making goes on when the client that began it goes away: the others still wait.
        """
        if self._making is None or (self._making.done() and time.monotonic() - self._made_at >= FRESH_SECONDS):
            self._making = asyncio.create_task(self._make(), name="recent value")
            self._making.add_done_callback(self._made)
        return await asyncio.shield(self._making)

    def _made(self, making: "asyncio.Task[Value]") -> None:
        self._made_at = time.monotonic()
        if not making.cancelled():
            making.exception()  # whoever asked has seen it
