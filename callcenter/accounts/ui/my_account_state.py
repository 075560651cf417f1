"""One's own account: where one is signed in, and what came of the forms on that page."""

import reflex as rx
from reflex.event import EventSpec

from callcenter.accounts.own_sessions import SignIns
from callcenter.accounts.service import AccountService
from callcenter.accounts.views import SignInView
from callcenter.entry.page_session import Session
from callcenter.platform.bounds import LONGEST_WORD
from callcenter.platform.registry import the
from callcenter.platform.words.catalogues import LANGUAGES


class MyAccount(Session):
    """The page of one tab. Passwords do not pass through it: the browser sends those forms itself."""

    sign_ins: list[SignInView] = []
    error: str = ""
    done: str = ""

    @rx.event
    async def choose_language(self, language: str) -> EventSpec | None:
        """Of all pages, in all tabs of this person; anything but a code is the browser's."""
        chosen = language if language in LANGUAGES else ""
        _, refused = await self._ask(lambda actor: the(AccountService).choose_language(actor, chosen))
        if not refused:
            await self._who()
        return refused

    @rx.event
    async def open_my_account(self) -> EventSpec | None:
        """The page was opened: ``?error=code`` or ``?done=what`` after a form."""
        query = self.router.url.query_parameters
        self.error, self.done = query.get("error", "")[:LONGEST_WORD], query.get("done", "")[:LONGEST_WORD]
        found, refused = await self._ask(lambda actor: the(SignIns).list(actor))
        self.sign_ins = found or []
        return refused
