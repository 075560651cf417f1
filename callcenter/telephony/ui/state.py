"""The telephone side, for administrators. The service refuses everybody else, whatever the page shows."""

import asyncio
from contextlib import suppress

import reflex as rx

from callcenter.entry.page_session import Session
from callcenter.platform.errors import NotAllowed, NotSignedIn
from callcenter.platform.jobs.run_to_completion import whole
from callcenter.platform.reflex.watched_page import WatchedPage
from callcenter.platform.registry import the
from callcenter.telephony.line_status import LinesService
from callcenter.telephony.lines_in_words import lines_in_words
from callcenter.telephony.views import LinesView

LOOK_SECONDS = 30
UNREAD = "the state of the telephone lines could not be read"


class Telephones(WatchedPage, Session):
    """The telephones page of one tab."""

    lines: LinesView = LinesView()
    access: str = ""
    """Empty until known, then ``yes`` or ``no``."""
    problem: str = ""
    """``unreachable`` when the last reading failed; what was read before stays."""
    looking: bool = False
    """Somebody has asked for a look at this moment."""

    @rx.event(background=True)
    async def watch_lines(self) -> None:
        """Begun by ``on_load``: looks every half minute for as long as the page is open."""
        await self._watch(UNREAD)

    @rx.event(background=True)
    async def look_again(self) -> None:
        """Now, at the servers themselves."""
        async with self:
            if self.looking:
                return
            self.looking = True
        try:
            with suppress(NotSignedIn):
                async with self._trying(UNREAD):
                    await self._read_lines(afresh=True)
        finally:
            async with self:
                self.looking = False

    async def _open(self) -> None:
        async with self:
            self.problem, self.looking = "", False

    async def _follow(self) -> None:
        while True:
            if not await self._read_lines():
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _read_lines(self, *, afresh: bool = False) -> bool:
        """Show the lines as they are now. Returns False for somebody who may not see them."""
        access, found = "yes", LinesView()
        try:
            view = await whole(the(LinesService).view(await whole(self._actor()), afresh=afresh))
            found = lines_in_words(view, self._language())
        except NotAllowed:
            access = "no"
        async with self:
            self.access, self.problem = access, ""
            if found != self.lines:
                self.lines = found
        return access != "no"

    async def _show_trouble(self) -> None:
        async with self:
            self.problem = "unreachable"
