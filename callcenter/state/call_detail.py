"""One call with its timeline, kept up to date while the call is on."""

import asyncio
import logging

import reflex as rx

from callcenter.bootstrap import services
from callcenter.domain.bounds import whole_number
from callcenter.domain.calls import CallStatus
from callcenter.domain.errors import NotFound, NotSignedIn
from callcenter.services.hub import CALLS
from callcenter.services.views import CallDetailView
from callcenter.state import watcher
from callcenter.state.session import Session
from callcenter.state.whole import whole

COALESCE_SECONDS = 0.15
LOOK_SECONDS = 10
TROUBLE_SECONDS = 2

logger = logging.getLogger(__name__)


class CallDetail(Session):
    """The page of one call in one tab."""

    detail: CallDetailView = CallDetailView()
    loading: bool = True
    problem: str = ""
    """``missing``, ``unreachable``, or empty."""

    @rx.event(background=True)
    async def watch_call(self) -> None:
        """Begun by ``on_load``; the address names the call: ``/call?id=12``. Ends with the call or the page."""
        if not watcher.of_a_page():
            return
        call_id = _call_id(self.router.url.query_parameters.get("id", ""))
        async with self:
            if call_id != self.detail.call.id:
                self.detail = CallDetailView()
            self.loading, self.problem = True, ""
        async with services().hub.subscribe(CALLS) as changes:
            while await self._read_call(call_id):
                await changes.wait(LOOK_SECONDS)
                await asyncio.sleep(COALESCE_SECONDS)

    @rx.event(background=True)
    async def look_again(self) -> None:
        """Now, without waiting for the watcher's next look."""
        await self._read_call(_call_id(self.router.url.query_parameters.get("id", "")))

    async def _read_call(self, call_id: int) -> bool:
        """Whether there may be more to come."""
        problem, found = "", CallDetailView()
        try:
            found = await whole(services().history.detail(await whole(self._actor()), call_id))
        except NotSignedIn:
            return False
        except NotFound:
            problem = "missing"
        except Exception:
            logger.exception("a call could not be read")
            problem = "unreachable"
        async with self:
            if problem != "unreachable" and found != self.detail:
                self.detail = found
            self.loading, self.problem = False, problem
        if problem == "unreachable":
            await asyncio.sleep(TROUBLE_SECONDS)
        return problem == "unreachable" or found.call.status == CallStatus.IN_PROGRESS


def _call_id(asked: str) -> int:
    """0, which is no call, for anything that cannot be one."""
    return whole_number(asked) or 0
