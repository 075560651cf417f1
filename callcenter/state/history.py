"""The list of calls. Its filter lives in the address: shared, bookmarked, and undone with the back button."""

import logging
from dataclasses import dataclass, replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from callcenter.bootstrap import services
from callcenter.domain.errors import NotSignedIn, Refusal
from callcenter.services.views import CallRowView
from callcenter.state.history_filter import BOUNDS, PAGE, Chosen, csv_address
from callcenter.state.session import Session

PAGE_SIZE = 50
ANY = "any"
"""A choice of a select cannot be empty."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Person:
    id: str = ""
    name: str = ""


class History(Session):
    """The history page of one tab."""

    chosen: Chosen = Chosen()
    narrowed: bool = False
    rows: list[CallRowView] = []
    people: list[Person] = []
    older: str = ""
    """The address of the page after this one; empty at the end."""
    newest: str = ""
    """The address of the first page; empty when this is it."""
    csv: str = ""
    loading: bool = True
    problem: str = ""
    dates_problem: str = ""

    @rx.event
    async def open_history(self) -> EventSpec | None:
        """The page was opened or its address changed."""
        _, refused = await self._ask(_nothing)
        if refused:
            return refused
        self.chosen = Chosen.read(self.router.url.query_parameters)
        self.narrowed = self.chosen.narrowed
        self.loading = True
        self.problem = self.dates_problem = ""
        return rx.call_script(BOUNDS, callback=History.show_calls)

    @rx.event
    async def show_calls(self, bounds: list[str]) -> EventSpec | None:
        """The browser said where the days of the filter begin and end."""
        since, until = (str(bounds[0]), str(bounds[1])) if len(bounds) == 2 else ("", "")
        wanted = self.chosen.wanted(since, until)
        try:
            actor = await self._actor()
            found = await services().history.page(actor, wanted, self.chosen.after, PAGE_SIZE)
            people = (await services().team.view(actor)).members if actor.supervises else []
        except NotSignedIn:
            return (await self._ask(_nothing))[1]
        except Refusal as refusal:
            self.problem, self.loading = str(refusal), False
            return None
        except Exception:
            logger.exception("the history could not be read")
            self.problem, self.loading = "unreachable", False
            return None
        self.rows = found.rows
        self.older = replace(self.chosen, after=found.next_key).address if found.next_key else ""
        self.newest = replace(self.chosen, after="").address if self.chosen.after else ""
        self.csv = csv_address(wanted)
        self.people = [Person(str(one.id), one.full_name) for one in people]
        self.loading = False
        return None

    @rx.event
    async def choose(self, name: str, value: str) -> EventSpec | None:
        """One part of the filter."""
        return await self._choose(name, value)

    @rx.event
    async def find_number(self, form: dict[str, Any]) -> EventSpec | None:
        """The number field was sent off."""
        return await self._choose("number", str(form.get("number", "")))

    @rx.event
    async def choose_dates(self, form: dict[str, Any]) -> EventSpec | None:
        """Two days, either of which may be left open."""
        _, refused = await self._ask(_nothing)
        if refused:
            return refused
        since, until = str(form.get("since", "")), str(form.get("until", ""))
        if since and until and since > until:
            self.dates_problem = "order"
            return None
        if not since and not until:
            self.dates_problem = "none"
            return None
        self.dates_problem = ""
        asked = Chosen.read({**vars(self.chosen), "period": "dates", "since": since, "until": until, "after": ""})
        return rx.redirect(asked.address)

    @rx.event
    async def clear_filter(self) -> EventSpec | None:
        """Everything of the usual days."""
        _, refused = await self._ask(_nothing)
        return refused or rx.redirect(PAGE)

    async def _choose(self, name: str, value: str) -> EventSpec | None:
        _, refused = await self._ask(_nothing)
        if refused:
            return refused
        if name == "period" and value == "dates":
            self.chosen = replace(self.chosen, period="dates")
            return None
        return rx.redirect(self.chosen.changed(name, "" if value == ANY else value).address)


async def _nothing(known: Any, actor: Any) -> None:
    """Asks for no more than who is there."""
