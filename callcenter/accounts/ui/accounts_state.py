"""Accounts, for administrators. The service refuses everybody else, whatever the page shows."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import reflex as rx
from reflex.event import EventSpec

from callcenter.accounts.service import AccountService
from callcenter.accounts.ui.form_validation import field_of, read_role, what_is_wrong
from callcenter.accounts.views import AccountView
from callcenter.core.domain.agents import Actor
from callcenter.entry.page_session import Session, tell_of, told
from callcenter.platform.errors import NotAllowed, NotSignedIn, Refusal
from callcenter.platform.names import folded
from callcenter.platform.registry import the
from callcenter.platform.words.refusals import said
from callcenter.settings import Settings

REGISTER = "/register"

logger = logging.getLogger(__name__)


class Accounts(Session):
    """The accounts page of one tab. Passwords pass through it and are never kept in it."""

    accounts: list[AccountView] = []
    total: int = 0
    search: str = ""
    access: str = ""
    """Empty until known, then ``yes`` or ``no``."""
    problem: str = ""
    dialog: str = ""
    """``add``, ``disable``, ``reset`` or ``invite``: the one that is open."""
    person: AccountView = AccountView()
    wrong_field: str = ""
    wrong: str = ""
    done: str = ""
    """What was done last: ``added``, ``disabled``, ``enabled`` or ``reset``, and to whom."""
    done_name: str = ""
    invitation: str = ""
    """The link, for as long as its dialog is open."""

    @rx.event
    async def open_accounts(self) -> EventSpec | None:
        """The page was opened."""
        self._close()
        self.search = self.done = ""
        return await self._reread()

    @rx.event
    async def look_for(self, text: str) -> EventSpec | None:
        """Typed into the search field."""
        self.search = text[:64]
        return await self._reread()

    @rx.event
    async def ask(self, dialog: str, account_id: int) -> EventSpec | None:
        """Open a dialog about a person, or about nobody yet."""
        refused = await self._reread()
        if refused or self.access != "yes" or dialog not in ("add", "disable", "reset", "invite"):
            return refused
        self._close()
        self.done = ""
        self.person = next((one for one in self.accounts if one.id == account_id), AccountView())
        if self.person.id or dialog in ("add", "invite"):
            self.dialog = dialog
        return None

    @rx.event
    def close(self, open_: bool) -> None:
        """A dialog was closed; nothing of it stays."""
        if not open_:
            self._close()

    @rx.event
    async def add(self, form: dict[str, Any]) -> EventSpec | None:
        """The form of a new account was sent off."""
        username, full_name = str(form.get("username", "")), str(form.get("full_name", ""))
        password, role = str(form.get("password", "")), read_role(form.get("role"))
        self.wrong_field, self.wrong = what_is_wrong(username, full_name, password, self._language())
        if self.wrong:
            return None
        return await self._try(
            lambda actor: the(AccountService).add(actor, username, password, full_name, role),
            "added",
            full_name,
        )

    @rx.event
    async def disable(self) -> EventSpec | None:
        """Confirmed for the person in the dialog."""
        person = self.person
        return await self._try(
            lambda actor: the(AccountService).disable(actor, person.id), "disabled", person.full_name
        )

    @rx.event
    async def enable(self, account_id: int) -> EventSpec | None:
        """Needs no question: it takes nothing away."""
        name = next((one.full_name for one in self.accounts if one.id == account_id), "")
        return await self._try(lambda actor: the(AccountService).enable(actor, account_id), "enabled", name)

    @rx.event
    async def set_password(self, form: dict[str, Any]) -> EventSpec | None:
        """A new password for the person in the dialog."""
        person, password = self.person, str(form.get("password", ""))
        self.wrong_field, self.wrong = what_is_wrong(None, None, password, self._language())
        if self.wrong:
            return None
        return await self._try(
            lambda actor: the(AccountService).reset(actor, person.id, password),
            "reset",
            person.full_name,
        )

    @rx.event
    async def invite(self, form: dict[str, Any]) -> EventSpec | None:
        """Make a link. It is shown in the open dialog and nowhere else."""
        role = read_role(form.get("role"))
        token, refused = await self._ask(lambda actor: the(AccountService).invite(actor, role))
        if token and self.dialog == "invite":
            base = the(Settings).public_url or self.router.url.origin
            self.invitation = f"{base.rstrip('/')}{REGISTER}#{quote(token)}"
        return refused

    async def _try(self, act: Callable[[Actor], Awaitable[Any]], done: str, name: str) -> EventSpec | None:
        """Do it, then close the dialog; a refusal is shown inside it and nothing typed is lost."""
        try:
            await act(await self._actor())
        except NotSignedIn:
            return await self._reread()
        except Refusal as refusal:
            tell_of(refusal)
            if not self.dialog:
                return told(refusal, self._language())
            self.wrong_field, self.wrong = field_of(refusal), said(refusal, self._language())
            return None
        self._close()
        self.done, self.done_name = done, name
        return await self._reread()

    async def _reread(self) -> EventSpec | None:
        try:
            actor = await self._actor()
            found = await the(AccountService).list_accounts(actor)
        except NotSignedIn:
            return (await self._ask(_nothing))[1]
        except NotAllowed as refusal:
            tell_of(refusal)
            self.access, self.accounts, self.total = "no", [], 0
            return None
        except Exception:
            logger.exception("the accounts could not be read")
            self.problem = "unreachable"
            return None
        words = folded(self.search).split()
        self.total = len(found)
        self.accounts = [one for one in found if _matches(one, words)]
        self.access, self.problem = "yes", ""
        return None

    def _close(self) -> None:
        self.dialog = self.wrong = self.wrong_field = self.invitation = ""
        self.person = AccountView()


def _matches(account: AccountView, words: list[str]) -> bool:
    known = folded(f"{account.full_name} {account.username} {account.role}")
    return all(word in known for word in words)


async def _nothing(actor: Any) -> None:
    """Asks for no more than who is there."""
