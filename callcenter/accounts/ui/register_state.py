"""A new person makes an account with an invitation, which the address carries behind its ``#``."""

from typing import Any
from urllib.parse import unquote

import reflex as rx
from reflex.event import EventSpec

from callcenter.accounts.passwords import prepared
from callcenter.accounts.service import AccountService
from callcenter.accounts.ui.form_validation import field_of, what_is_wrong
from callcenter.platform.errors import Refusal
from callcenter.platform.registry import the
from callcenter.platform.words.catalogues import chosen
from callcenter.platform.words.refusals import said


class Register(rx.State):
    """The page a person opens who has no account yet. Nobody is signed in here."""

    wrong_field: str = ""
    wrong: str = ""
    done: bool = False

    @rx.event
    def open_register(self) -> None:
        """The page was opened."""
        self.wrong_field = self.wrong = ""
        self.done = False

    @rx.event
    async def register(self, form: dict[str, Any]) -> EventSpec | None:
        """The form was sent off."""
        language = chosen(self.router.headers.accept_language)
        username, full_name = str(form.get("username", "")), str(form.get("full_name", ""))
        password, again = str(form.get("password", "")), str(form.get("again", ""))
        self.wrong_field, self.wrong = what_is_wrong(username, full_name, password, language)
        if not self.wrong and prepared(password) != prepared(again):
            self.wrong_field, self.wrong = "again", "again"
        if self.wrong:
            return None
        try:
            await the(AccountService).register(username, password, full_name, self._invitation())
        except Refusal as refusal:
            self.wrong_field, self.wrong = field_of(refusal), said(refusal, language)
            return None
        self.done = True
        return None

    def _invitation(self) -> str:
        """Behind the ``#``, so that no server on the way sees or logs it."""
        return unquote(self.router.url.fragment)[:128]
