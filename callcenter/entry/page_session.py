"""Who is signed in at this tab. Every handler of every state asks here first."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

import reflex as rx
from reflex.event import EventSpec

from callcenter.core.domain.agents import Actor
from callcenter.entry import tab_owner
from callcenter.entry.views import MeView, me_view
from callcenter.platform.errors import NotSignedIn, Refusal
from callcenter.platform.observability import logging as observability_logging
from callcenter.platform.observability import tracing
from callcenter.platform.reflex.event_at_work import PageAddress
from callcenter.platform.words.catalogues import chosen
from callcenter.platform.words.refusals import said

SIGN_IN = "/sign-in"
PAGE_KEPT = "callcenter.page"
"""Under this name a browser keeps which load of a page it shows."""

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


def sign_in_address(back_to: str, *, ended: bool = False) -> str:
    """The sign-in page, which returns to ``back_to`` afterwards when that is a page of this site.

    ``ended``: it says why one is there.
    """
    inside = back_to.startswith("/") and not back_to.startswith(("//", SIGN_IN))
    asked = {"error": "sign_in_ended"} if ended else {}
    if inside and back_to != "/":
        asked["next"] = back_to
    return f"{SIGN_IN}?{urlencode(asked)}" if asked else SIGN_IN


def here(url: PageAddress) -> str:
    """The page with its filter, to come back to."""
    return f"{url.path}?{url.query}" if url.query else url.path


class Session(rx.State):
    """The signed-in person, read from the cookie that only the server can see."""

    me: MeView = MeView()

    @rx.event
    async def guard(self) -> EventSpec | None:
        """Let only signed-in people see a page."""
        try:
            await self._who()
        except NotSignedIn:
            return rx.redirect(sign_in_address(here(self.router.url)))
        return None

    @rx.event
    async def leave_if_signed_in(self) -> EventSpec | None:
        """For the sign-in page."""
        try:
            await self._who()
        except NotSignedIn:
            return None
        return rx.redirect("/")

    async def _actor(self) -> Actor:
        """Who is asking. Raises NotSignedIn."""
        return await tab_owner.actor()

    async def _who(self) -> Actor:
        actor = await self._actor()
        shown = me_view(actor.id, actor.username, actor.full_name, actor.role, actor.language)
        if shown != self.me:
            self.me = shown
        return actor

    def _language(self) -> str:
        """The language in which this person is answered."""
        return chosen(self.router.headers.accept_language, self.me.language)

    async def _ask(self, act: Callable[[Actor], Awaitable[Result]]) -> tuple[Result | None, EventSpec | None]:
        """Identify, then act. A refusal comes back as the event that shows it."""
        try:
            name = act.__qualname__.partition(".<locals>")[0]
            with (
                observability_logging.bound(request_id=observability_logging.new_id(), action=name),
                tracing.action(name),
            ):
                return await act(await self._actor()), None
        except NotSignedIn:
            return None, rx.redirect(sign_in_address(here(self.router.url)))
        except Refusal as refusal:
            tell_of(refusal)
            return None, told(refusal, self._language())


def tell_of(refusal: Refusal) -> None:
    """What somebody was not allowed is in the log, with who it was."""
    if refusal.status == HTTPStatus.FORBIDDEN:
        logger.warning("not allowed", extra={"code": refusal.code})


def told(refusal: Refusal, language: str) -> Any:
    """A refusal in words; the region it appears in is read out by screen readers."""
    return rx.toast.error(said(refusal, language), id=refusal.code, duration=8000, close_button=True)
