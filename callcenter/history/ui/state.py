"""The list of calls. Its filter lives in the address: shared, bookmarked, and undone with the back button."""

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from callcenter.core.phone_numbers import display
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.entry.page_session import Session
from callcenter.history.service import HistoryFilter, HistoryService
from callcenter.history.ui.filter_state import PAGE, ZONE, Chosen, csv_address
from callcenter.history.views import CallRowView
from callcenter.platform.errors import NotSignedIn, Refusal
from callcenter.platform.jobs.run_to_completion import whole
from callcenter.platform.pubsub.change_bus import CALLS, Hub
from callcenter.platform.reflex.watched_page import WatchedPage
from callcenter.platform.registry import the
from callcenter.platform.words.refusals import said
from callcenter.platform.zones import zone_named
from callcenter.team.service import TeamService

PAGE_SIZE = 50
COALESCE_SECONDS = 1.0
ANY = "any"
"""A choice of a select cannot be empty."""
TO_THE_TOP = "document.getElementById('main')?.scrollTo(0, 0)"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Person:
    id: str = ""
    name: str = ""


class History(WatchedPage, Session):
    """The history page of one tab."""

    chosen: Chosen = Chosen()
    narrowed: bool = False
    party: str = ""
    """Whose calls alone are shown, as people read it; empty for everybody's."""
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
    left_out: str = ""
    """The words of the address that are no filter, with commas."""
    newer: bool = False
    """There are calls that this page does not show yet."""
    _wanted: HistoryFilter | None = None

    @rx.event
    async def open_history(self) -> EventSpec | None:
        """The page was opened or its address changed."""
        _, refused = await self._ask(_nothing)
        if refused:
            return refused
        asked = self.router.url.query_parameters
        self.chosen = Chosen.read(asked)
        self.left_out = ", ".join(self.chosen.left_out(asked))
        self.narrowed = self.chosen.narrowed
        self.party = display(self.chosen.party) if self.chosen.party else ""
        self.loading = True
        self.problem = self.dates_problem = ""
        self.newer = False
        return rx.call_script(ZONE, callback=History.show_calls)

    @rx.event
    async def show_calls(self, zone: str) -> EventSpec | None:
        """The browser said in which zone the days of the filter begin and end."""
        wanted = self.chosen.wanted(zone_named(str(zone)), the(UnitOfWorkFactory).clock())
        try:
            actor = await self._actor()
            found = await the(HistoryService).page(actor, wanted, self.chosen.after, PAGE_SIZE)
            people = (await the(TeamService).view(actor)).members if actor.supervises else []
        except NotSignedIn:
            return (await self._ask(_nothing))[1]
        except Refusal as refusal:
            self.problem, self.loading = said(refusal, self._language()), False
            return None
        except Exception:
            logger.exception("the history could not be read")
            self.problem, self.loading = "unreachable", False
            return None
        turned = bool(self.rows) and [row.id for row in self.rows] != [row.id for row in found.rows]
        self.rows, self._wanted = found.rows, wanted
        self.older = replace(self.chosen, after=found.next_key).address if found.next_key else ""
        self.newest = replace(self.chosen, after="").address if self.chosen.after else ""
        self.csv = csv_address(wanted, str(zone)[:64])
        self.people = [Person(str(one.id), one.full_name) for one in people]
        self.loading = False
        return rx.call_script(TO_THE_TOP) if turned else None

    @rx.event(background=True)
    async def watch_history(self) -> None:
        """Results of running calls appear as they end. New calls are announced and not pushed in: nothing jumps."""
        await self._watch("the history could not be read again")

    @rx.event
    async def choose(self, name: str, value: str) -> EventSpec | None:
        """One part of the filter."""
        return await self._choose(name, value)

    @rx.event
    async def find_number(self, form: dict[str, Any]) -> EventSpec | None:
        """The number field was sent off."""
        return await self._choose("number", str(form.get("number", "")).strip())

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

    async def _follow(self) -> None:
        async with the(Hub).subscribe(CALLS) as changes:
            while True:
                await self._renew()
                await changes.wait()
                await asyncio.sleep(COALESCE_SECONDS)

    async def _renew(self) -> None:
        chosen, wanted = self.chosen, self._wanted
        if wanted is None or self.loading:
            return
        found = await whole(the(HistoryService).page(await whole(self._actor()), wanted, chosen.after, PAGE_SIZE))
        async with self:
            if self.chosen != chosen or self.loading:
                return
            known = {row.id: row for row in found.rows}
            rows = [known.get(row.id, row) for row in self.rows]
            if rows != self.rows:
                self.rows = rows
            first = self.rows[0].id if self.rows else 0
            newer = not chosen.after and bool(found.rows) and found.rows[0].id > first
            if newer != self.newer:
                self.newer = newer

    async def _choose(self, name: str, value: str) -> EventSpec | None:
        _, refused = await self._ask(_nothing)
        if refused:
            return refused
        if name == "period" and value == "dates":
            self.chosen = replace(self.chosen, period="dates")
            return None
        return rx.redirect(self.chosen.changed(name, "" if value == ANY else value).address)


async def _nothing(actor: Any) -> None:
    """Asks for no more than who is there."""
