"""Everybody's status, kept up to date for as long as the page is open."""

import asyncio
import json
import logging
from dataclasses import dataclass, field
from urllib.parse import urlencode

import reflex as rx
from reflex.event import EventSpec

from callcenter.bootstrap import services
from callcenter.domain.agents import AgentStatus
from callcenter.domain.errors import NotSignedIn
from callcenter.services.hub import BOARD, QUEUE
from callcenter.services.views import TeamMemberView, TeamView
from callcenter.state import roster
from callcenter.state.session import Session
from callcenter.state.whole import whole

COALESCE_SECONDS = 0.15
LOOK_SECONDS = 10
"""Connections run out without a notice, so look this often anyway."""
TROUBLE_SECONDS = 2
SHOWN = {AgentStatus.AVAILABLE: 60, AgentStatus.BUSY: 60, AgentStatus.OFFLINE: 24}
"""How many of a group are on the page until one asks for all: what is sent stays small in a large team."""
ALL = 1000

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TeamRow:
    """One person, reduced to what the page shows."""

    id: int = 0
    name: str = ""
    role: str = ""
    shape: str = "offline"
    """``available``, ``busy``, ``not_ready`` or ``offline``: one shape and colour each."""
    doing: str = "signed_off"
    since: str = ""
    call_id: int = 0
    call_party: str = ""


@dataclass(frozen=True)
class TeamGroup:
    """Everyone with the same status who matches the search."""

    total: int = 0
    rows: list[TeamRow] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True)
class TeamSummary:
    people: int = 0
    available: int = 0
    busy: int = 0
    offline: int = 0
    waiting: int = 0
    longest_waiting_since: str = ""


def doing(member: TeamMemberView) -> str:
    """One key for what this person does: work first, then why they get no calls."""
    if member.work != "idle":
        return member.work
    if member.status == AgentStatus.OFFLINE:
        return "signed_off"
    if member.presence == "not_ready":
        return member.presence_reason or "not_ready"
    if member.routable != "ok":
        return member.routable
    return "ready" if member.status == AgentStatus.AVAILABLE else "away"


def row(member: TeamMemberView) -> TeamRow:
    at_rest = member.status == AgentStatus.BUSY and member.work == "idle"
    return TeamRow(
        id=member.id,
        name=member.full_name,
        role=member.role,
        shape="not_ready" if at_rest else member.status.lower(),
        doing=doing(member),
        since=member.since,
        call_id=member.call_id,
        call_party=member.call_party,
    )


def group(team: TeamView, status: AgentStatus, search: str = "", limit: int = ALL) -> TeamGroup:
    """Those with this status whose name, or whose caller's number, holds the search; by name, so nothing jumps."""
    wanted = search.casefold().split()
    found = [one for one in team.members if one.status == status.value and _matches(one, wanted)]
    found.sort(key=lambda one: (one.full_name.casefold(), one.id))
    return TeamGroup(len(found), [row(one) for one in found[:limit]])


def _matches(member: TeamMemberView, wanted: list[str]) -> bool:
    known = f"{member.full_name} {member.username} {member.call_party.replace(' ', '')}".casefold()
    return all(word in known for word in wanted)


class TeamBoard(Session):
    """The team page of one tab."""

    summary: TeamSummary = TeamSummary()
    available: TeamGroup = TeamGroup()
    busy: TeamGroup = TeamGroup()
    offline: TeamGroup = TeamGroup()
    hidden: dict[str, int] = {}
    search: str = ""
    only: str = ""
    loaded: bool = False
    trouble: bool = False
    _whole: list[str] = []

    @rx.event(background=True)
    async def watch_team(self) -> None:
        """Begun by ``on_load``; ends when the page is left."""
        async with self:
            self._read_address()
        async with services().hub.subscribe(BOARD, QUEUE) as changes:
            while True:
                try:
                    team = await roster.read(await whole(self._actor()))
                    async with self:
                        self._assign(team)
                except NotSignedIn:
                    return
                except Exception:
                    logger.exception("the team could not be read")
                    async with self:
                        self.trouble = True
                    await asyncio.sleep(TROUBLE_SECONDS)
                    continue
                await changes.wait(LOOK_SECONDS)
                await asyncio.sleep(COALESCE_SECONDS)

    @rx.event
    async def look_for(self, text: str) -> EventSpec | None:
        """Typed into the search field."""
        self.search = text[:64]
        return await self._reread()

    @rx.event
    async def show_only(self, status: str) -> EventSpec | None:
        """One status alone; the same again: all of them."""
        known = status in list(AgentStatus)
        self.only = status if known and status != self.only else ""
        return await self._reread()

    @rx.event
    async def show_whole(self, status: str) -> EventSpec | None:
        """Everyone of a large group."""
        if status in list(AgentStatus) and status not in self._whole:
            self._whole = [*self._whole, status]
        return await self._reread()

    @rx.event
    async def show_everybody(self) -> EventSpec | None:
        """Drop the search and the filter."""
        self.search = self.only = ""
        return await self._reread()

    async def _reread(self) -> EventSpec | None:
        team, refused = await self._ask(lambda known, actor: known.team.view(actor))
        if team is None:
            return refused
        self._assign(team)
        return rx.call_script(f"history.replaceState(history.state, '', {json.dumps(self._address())})")

    def _assign(self, team: TeamView) -> None:
        """Only what is different is sent to the browser."""
        groups = {status: self._group(team, status) for status in AgentStatus}
        facts = {
            "summary": _summary(team),
            "available": groups[AgentStatus.AVAILABLE],
            "busy": groups[AgentStatus.BUSY],
            "offline": groups[AgentStatus.OFFLINE],
            "hidden": {status.value: found.hidden for status, found in groups.items()},
            "loaded": True,
            "trouble": False,
        }
        for name, value in facts.items():
            if getattr(self, name) != value:
                setattr(self, name, value)

    def _group(self, team: TeamView, status: AgentStatus) -> TeamGroup:
        if self.only and self.only != status.value:
            return TeamGroup()
        whole = status.value in self._whole or self.only == status.value
        return group(team, status, self.search, ALL if whole else SHOWN[status])

    def _read_address(self) -> None:
        asked = self.router.url.query_parameters
        self.search = asked.get("q", "")[:64]
        self.only = asked.get("status", "") if asked.get("status", "") in list(AgentStatus) else ""

    def _address(self) -> str:
        asked = {name: value for name, value in (("status", self.only), ("q", self.search)) if value}
        return f"/team?{urlencode(asked)}" if asked else "/team"


def _summary(team: TeamView) -> TeamSummary:
    return TeamSummary(
        people=len(team.members),
        available=team.available,
        busy=team.busy,
        offline=team.offline,
        waiting=team.waiting,
        longest_waiting_since=team.longest_waiting_since,
    )
