"""One call with its timeline, kept up to date while the call is on."""

import asyncio
from contextlib import suppress

import reflex as rx

from callcenter.core.domain.calls import CallStatus
from callcenter.entry.page_session import Session
from callcenter.history.service import HistoryService
from callcenter.history.views import CallDetailView
from callcenter.platform.bounds import whole_number
from callcenter.platform.errors import NotFound, NotSignedIn
from callcenter.platform.jobs.run_to_completion import whole
from callcenter.platform.pubsub.change_bus import CALLS, Hub
from callcenter.platform.reflex.watched_page import WatchedPage
from callcenter.platform.registry import the

COALESCE_SECONDS = 0.15
LOOK_SECONDS = 10
UNREAD = "a call could not be read"


class CallDetail(WatchedPage, Session):
    """The page of one call in one tab."""

    detail: CallDetailView = CallDetailView()
    loading: bool = True
    problem: str = ""
    """``missing``, ``unreachable``, or empty."""

    @rx.event(background=True)
    async def watch_call(self) -> None:
        """Begun by ``on_load``; the address names the call: ``/call?id=12``. Ends with the call or the page."""
        await self._watch(UNREAD)

    @rx.event(background=True)
    async def look_again(self) -> None:
        """Now, without waiting for the watcher's next look."""
        with suppress(NotSignedIn):
            async with self._trying(UNREAD):
                await self._read_call()

    async def _open(self) -> None:
        async with self:
            if self._call_id() != self.detail.call.id:
                self.detail = CallDetailView()
            self.loading, self.problem = True, ""

    async def _follow(self) -> None:
        async with the(Hub).subscribe(CALLS) as changes:
            while await self._read_call():
                await changes.wait(LOOK_SECONDS)
                await asyncio.sleep(COALESCE_SECONDS)

    async def _read_call(self) -> bool:
        """Show the call as it is now. Returns whether more of it may be to come."""
        problem, found = "", CallDetailView()
        try:
            found = await whole(the(HistoryService).detail(await whole(self._actor()), self._call_id()))
        except NotFound:
            problem = "missing"
        async with self:
            if found != self.detail:
                self.detail = found
            self.loading, self.problem = False, problem
        return found.call.status == CallStatus.IN_PROGRESS

    async def _show_trouble(self) -> None:
        async with self:
            self.loading, self.problem = False, "unreachable"

    def _call_id(self) -> int:
        """The call of the address; 0, which is no call, for anything that cannot be one."""
        return whole_number(self.router.url.query_parameters.get("id", "")) or 0
