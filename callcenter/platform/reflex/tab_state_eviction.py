"""Forgets the pages of those who have gone.

Reflex keeps what a tab shows for hours after its socket has closed, also for strangers: a hundred thousand visits would
fill the memory. Nothing of ours needs that: a tab that comes back is shown anew from its cookie and the database.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import reflex as rx

from callcenter.platform.jobs.background_task import Background
from callcenter.platform.reflex.page_sockets import has_socket
from callcenter.platform.reflex.tab_states import StateManagerMemory, forget, kept_states

KEEP_SECONDS = 60.0
"""A tab that reloads, or loses its network for a moment, finds its page as it was."""
MOST_KEPT = 500
"""Pages without a tab; beyond so many the first to go are forgotten sooner."""
LOOK_SECONDS = 2.0

logger = logging.getLogger(__name__)


class Forgetting:
    """``connected`` says of a client token whether its tab has a socket here."""

    def __init__(self, manager: StateManagerMemory, connected: Callable[[str], bool]) -> None:
        self._manager = manager
        self._connected = connected
        self._gone: dict[str, float] = {}

    def look(self, now: float) -> None:
        """``now`` in seconds of any clock that never goes back."""
        known = kept_states(self._manager)
        gone = {key: self._gone.get(key, now) for key, token in known.items() if not self._connected(token)}
        first = sorted(gone, key=gone.__getitem__)
        surplus = len(first) - MOST_KEPT
        for place, key in enumerate(first):
            if (place < surplus or now - gone[key] >= KEEP_SECONDS) and forget(self._manager, key):
                del gone[key]
        self._gone = gone


def forgetting(app: rx.App) -> Callable[[], AbstractAsyncContextManager[None]]:
    """A task for as long as ``app`` is served."""

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        task = Background("forgetting", partial(_forget_for_ever, app))
        task.start()
        try:
            yield
        finally:
            await task.stop()

    return running


async def _forget_for_ever(app: rx.App) -> None:
    manager = app.state_manager
    if not isinstance(manager, StateManagerMemory) or app.event_namespace is None:
        return
    pages = Forgetting(manager, has_socket(app))
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            pages.look(time.monotonic())
        except Exception:
            logger.exception("pages of tabs that have gone could not be forgotten")
