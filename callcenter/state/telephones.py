"""The telephone side, for administrators. The service refuses everybody else, whatever the page shows."""

import asyncio
import logging

import reflex as rx

from callcenter.bootstrap import services
from callcenter.domain.errors import NotAllowed, NotSignedIn
from callcenter.services.views import LinesView
from callcenter.state import watcher
from callcenter.state.session import Session
from callcenter.state.whole import whole

LOOK_SECONDS = 30

logger = logging.getLogger(__name__)


class Telephones(Session):
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
        if not watcher.of_a_page():
            return
        async with self:
            self.problem, self.looking = "", False
        while True:
            if not await self._read_lines():
                return
            await asyncio.sleep(LOOK_SECONDS)

    @rx.event(background=True)
    async def look_again(self) -> None:
        """Now, at the servers themselves."""
        async with self:
            if self.looking:
                return
            self.looking = True
        try:
            await self._read_lines(afresh=True)
        finally:
            async with self:
                self.looking = False

    async def _read_lines(self, *, afresh: bool = False) -> bool:
        """Whether it makes sense to ask again."""
        problem, access, found = "", "yes", self.lines
        try:
            found = await whole(services().lines.view(await whole(self._actor()), afresh=afresh))
        except NotSignedIn:
            return False
        except NotAllowed:
            access, found = "no", LinesView()
        except Exception:
            logger.exception("the state of the telephone lines could not be read")
            problem, access = "unreachable", self.access
        async with self:
            self.access, self.problem = access, problem
            if found != self.lines:
                self.lines = found
        return access != "no"
