"""Everybody's status and since when."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from callcenter.core.agent_state_cache import Board, BoardNow
from callcenter.core.domain.agent_state import AgentState
from callcenter.core.domain.agents import Actor, AgentStatus
from callcenter.core.phone_numbers import display
from callcenter.core.unit_of_work import Clock
from callcenter.platform.formatting import initials, iso
from callcenter.team.views import TeamMemberView, TeamView


class TeamService:
    def __init__(self, board: BoardNow, clock: Clock) -> None:
        self._board = board
        self._clock = clock
        self._made: dict[bool, tuple[int, TeamView]] = {}

    async def view(self, actor: Actor) -> TeamView:
        """Who talks to whom is shown to supervisors only."""
        return await self.seen_by(supervises=actor.supervises)

    async def seen_by(self, *, supervises: bool) -> TeamView:
        """The team as all who supervise see it, or all others; made once for all of them."""
        board = await self._board.read()
        number, view = self._made.get(supervises, (0, TeamView()))
        if number != board.number:
            follows = number == board.number - 1
            unchanged = {one.id: one for one in view.members if follows and not board.may_have_changed(one.id)}
            view = _team(board, board.at or self._clock(), unchanged, supervises=supervises)
            self._made[supervises] = board.number, view
        return view


def _team(board: Board, now: datetime, unchanged: Mapping[int, TeamMemberView], *, supervises: bool) -> TeamView:
    members = [
        unchanged.get(agent_id) or _member(one, now, supervises=supervises) for agent_id, one in board.facts.items()
    ]
    counts = Counter(one.status for one in members)
    first = board.queue.first
    return TeamView(
        members=members,
        available=counts[AgentStatus.AVAILABLE],
        busy=counts[AgentStatus.BUSY],
        offline=counts[AgentStatus.OFFLINE],
        waiting=board.queue.length,
        longest_waiting_since=iso(first[0].joined_at) if first else "",
    )


def _member(one: AgentState, now: datetime, *, supervises: bool) -> TeamMemberView:
    shows_call = supervises and one.call_id is not None
    return TeamMemberView(
        id=one.id,
        username=one.username,
        full_name=one.full_name,
        initials=initials(one.full_name),
        role=one.role.value,
        status=one.status(now).value,
        presence=one.presence.value,
        presence_reason=one.presence_reason or "",
        work=one.work(now)[0].value,
        routable=one.routable.value,
        since=iso(one.since(now)),
        call_id=(one.call_id or 0) if shows_call else 0,
        call_party=display(one.call_party or "") if shows_call else "",
        livekit_identity=one.livekit_identity,
    )
