"""Everybody's status, kept up to date for as long as the page is open."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import reflex as rx
from reflex.event import EventSpec

from callcenter.core.domain import agent_state
from callcenter.core.domain.agent_state import Doing, Shape
from callcenter.core.domain.agents import Actor, AgentStatus, Presence, Routable, Work
from callcenter.entry.page_session import Session
from callcenter.platform.bounds import LONGEST_WORD
from callcenter.platform.jobs.run_to_completion import whole
from callcenter.platform.names import folded
from callcenter.platform.pubsub.change_bus import BOARD, QUEUE, Hub, agent_topic
from callcenter.platform.reflex.broadcast import Cast
from callcenter.platform.reflex.watched_page import WatchedPage
from callcenter.platform.registry import the
from callcenter.team.service import TeamService
from callcenter.team.views import TeamMemberView, TeamView

SHOWN = {AgentStatus.AVAILABLE: 60, AgentStatus.BUSY: 60, AgentStatus.OFFLINE: 24}
"""How many of a group are on the page until one asks for all: what is sent stays small in a large team."""
ALL = 1000


@dataclass(frozen=True)
class TeamRow:
    """One person, reduced to what the page shows."""

    id: int = 0
    name: str = ""
    role: str = ""
    shape: str = Shape.OFFLINE.value
    doing: str = Doing.SIGNED_OFF.value
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


def doing(member: TeamMemberView) -> Doing:
    """What this person does."""
    presence, routable = Presence(member.presence), Routable(member.routable)
    work, status = Work(member.work), AgentStatus(member.status)
    return agent_state.doing(presence, member.presence_reason, work, routable, status)


def row(member: TeamMemberView) -> TeamRow:
    return TeamRow(
        id=member.id,
        name=member.full_name,
        role=member.role,
        shape=agent_state.shape(Work(member.work), AgentStatus(member.status)).value,
        doing=doing(member).value,
        since=member.since,
        call_id=member.call_id,
        call_party=member.call_party,
    )


def group(team: TeamView, status: AgentStatus, search: str = "", limit: int = ALL) -> TeamGroup:
    """Those with this status whose name, or whose caller's number, holds the search; by name, so nothing jumps."""
    wanted = folded(search).split()
    found = [one for one in team.members if one.status == status.value and (not wanted or _matches(one, wanted))]
    found.sort(key=lambda one: (one.full_name.casefold(), one.id))
    return TeamGroup(len(found), [row(one) for one in found[:limit]])


def _matches(member: TeamMemberView, wanted: list[str]) -> bool:
    known = folded(f"{member.full_name} {member.username} {member.call_party.replace(' ', '')}")
    return all(word in known for word in wanted)


@dataclass(frozen=True)
class Wanted:
    """What one tab wants to see of the team. Tabs that want the same are told together."""

    supervises: bool = False
    search: str = ""
    only: str = ""
    whole: frozenset[str] = frozenset()
    """Of these groups everybody, however large they are."""

    async def read(self) -> dict[str, Any]:
        """Every var that the page shows."""
        team = await the(TeamService).seen_by(supervises=self.supervises)
        groups = {status: self._group(team, status) for status in AgentStatus}
        return {
            "summary": _summary(team),
            "available": groups[AgentStatus.AVAILABLE],
            "busy": groups[AgentStatus.BUSY],
            "offline": groups[AgentStatus.OFFLINE],
            "hidden": {status.value: found.hidden for status, found in groups.items()},
            "loaded": True,
            "trouble": False,
        }

    def _group(self, team: TeamView, status: AgentStatus) -> TeamGroup:
        if self.only and self.only != status.value:
            return TeamGroup()
        whole = status.value in self.whole or self.only == status.value
        return group(team, status, self.search, ALL if whole else SHOWN[status])


class TeamBoard(WatchedPage, Session):
    """The team page of one tab. All tabs that want the same are sent the same (``platform/reflex/broadcast.py``)."""

    summary: TeamSummary = TeamSummary()
    available: TeamGroup = TeamGroup()
    busy: TeamGroup = TeamGroup()
    offline: TeamGroup = TeamGroup()
    hidden: dict[str, int] = {}
    loaded: bool = False
    trouble: bool = False
    search: str = ""
    only: str = ""
    _whole: list[str] = []

    @rx.event(background=True)
    async def watch_team(self) -> None:
        """Begun by ``on_load``; ends when the page is left."""
        try:
            await self._watch("the team could not be read")
        finally:
            await TEAM_CAST.leave(self.router.session.session_id)

    @rx.event
    async def look_for(self, text: str) -> EventSpec | None:
        """Typed into the search field."""
        self.search = text[:LONGEST_WORD]
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

    async def _open(self) -> None:
        async with self:
            self._read_address()
            self.trouble = False

    async def _follow(self) -> None:
        actor = await whole(self._actor())
        async with the(Hub).subscribe(agent_topic(actor.id)) as changes:
            while True:
                await TEAM_CAST.join(self.router.session.session_id, self._wanted(actor))
                await changes.wait()
                while (found := await whole(self._actor())) == actor:
                    await changes.wait()
                actor = found

    async def _show_trouble(self) -> None:
        async with self:
            self.trouble = True

    async def _reread(self) -> EventSpec | None:
        wanted, refused = await self._ask(self._choice)
        if wanted is None:
            return refused
        await TEAM_CAST.join(self.router.session.session_id, wanted)
        return rx.call_script(f"history.replaceState(history.state, '', {json.dumps(self._address())})")

    async def _choice(self, actor: Actor) -> Wanted:
        return self._wanted(actor)

    def _wanted(self, actor: Actor) -> Wanted:
        return Wanted(actor.supervises, self.search, self.only, frozenset(self._whole))

    def _read_address(self) -> None:
        asked = self.router.url.query_parameters
        self.search = asked.get("q", "")[:LONGEST_WORD]
        self.only = asked.get("status", "") if asked.get("status", "") in list(AgentStatus) else ""

    def _address(self) -> str:
        asked = {name: value for name, value in (("status", self.only), ("q", self.search)) if value}
        return f"/team?{urlencode(asked)}" if asked else "/team"


TEAM_CAST: Cast[Wanted] = Cast(lambda: TeamBoard, (BOARD, QUEUE), Wanted.read, trouble={"trouble": True})


def _summary(team: TeamView) -> TeamSummary:
    return TeamSummary(
        people=len(team.members),
        available=team.available,
        busy=team.busy,
        offline=team.offline,
        waiting=team.waiting,
        longest_waiting_since=team.longest_waiting_since,
    )
