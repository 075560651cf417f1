"""The part that all pages have in common which follow what they show for as long as they are open."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from callcenter.platform.errors import DatabaseUnavailable, NotSignedIn
from callcenter.platform.reflex import page_lifetime

TROUBLE_SECONDS = 2.0
"""How long a page waits after a failed reading until it reads again."""

logger = logging.getLogger(__name__)


class WatchedPage:
    """Mixed into the state of a page. Everything here is private, so that no browser can call it."""

    async def _watch(self, unread: str) -> None:
        """Follow what the page shows until that ends or nobody is signed in any more, and begin again after a failure.

        For a background event of ``on_load``; an event that no page has begun does nothing.
        """
        if not page_lifetime.of_a_page():
            return
        await self._open()
        with suppress(NotSignedIn):
            while True:
                async with self._trying(unread):
                    await self._follow()
                    return
                await asyncio.sleep(TROUBLE_SECONDS)

    async def _open(self) -> None:
        """Set what the page shows until the first reading."""

    async def _follow(self) -> None:
        """Show what there is, and again whenever it has changed. Read at once: much may have changed in a failure."""
        raise NotImplementedError

    @asynccontextmanager
    async def _trying(self, unread: str, *, passing: tuple[type[Exception], ...] = ()) -> AsyncIterator[None]:
        """Show trouble instead of raising it, and log it as ``unread``; only NotSignedIn is raised.

        A database that is away is shown and not logged: every open page notices it, every other second. What is
        ``passing`` is neither logged nor shown.
        """
        try:
            yield
        except NotSignedIn:
            raise
        except DatabaseUnavailable:
            await self._show_trouble()
        except passing:
            pass
        except Exception:
            logger.exception(unread)
            await self._show_trouble()

    async def _show_trouble(self) -> None:
        """Say on the page that it may be out of date. A page that has something to show says nothing."""
