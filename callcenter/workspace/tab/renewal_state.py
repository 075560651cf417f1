"""Renews a sign-in in place, so that nobody has to leave a page or a call for it."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from callcenter.accounts.own_sessions import SignIns
from callcenter.accounts.passwords import MOST_TYPED
from callcenter.entry.page_session import Session, here, sign_in_address
from callcenter.platform.errors import NotSignedIn, Refusal
from callcenter.platform.registry import the

PASSWORD = "renew-password"  # noqa: S105
"""The id of the field."""


class Renewal(Session):
    """The small dialog for it. The password passes through and is never kept."""

    asks: bool = False
    wrong: str = ""
    """The code of the last refusal."""

    @rx.event
    def open_renewal(self, open_: bool) -> None:
        """Opened or closed."""
        self.asks, self.wrong = open_, ""

    @rx.event
    async def renew(self, form: dict[str, Any]) -> list[EventSpec]:
        """The password was entered."""
        try:
            actor = await self._actor()
            await the(SignIns).renew(actor, str(form.get("password", ""))[:MOST_TYPED])
        except NotSignedIn:
            return [rx.redirect(sign_in_address(here(self.router.url)))]
        except Refusal as refusal:
            self.wrong = refusal.code
            return [rx.set_value(PASSWORD, ""), rx.set_focus(PASSWORD)]
        self.asks, self.wrong = False, ""
        return []
