"""Everybody's status and since when."""

from callcenter.domain.agents import Actor, AgentStatus, Presence, Work
from callcenter.services.desk import initials, iso
from callcenter.services.numbers import display
from callcenter.services.unit import Units
from callcenter.services.views import TeamMemberView, TeamView
from callcenter.storage import board, calls


class TeamService:
    def __init__(self, units: Units) -> None:
        self._units = units

    async def view(self, actor: Actor) -> TeamView:
        """Who talks to whom is shown to supervisors only."""
        async with self._units.reading() as (session, now):
            everyone = await board.everyone(session, now)
            waiting = await calls.waiting(session)
        members = [_member(one, actor) for one in everyone]
        counts = {status: sum(one.status == status.value for one in members) for status in AgentStatus}
        return TeamView(
            members=members,
            available=counts[AgentStatus.AVAILABLE],
            busy=counts[AgentStatus.BUSY],
            offline=counts[AgentStatus.OFFLINE],
            waiting=len(waiting),
            longest_waiting_since=iso(waiting[0].joined_at) if waiting else "",
        )


def _member(one: board.AgentNow, actor: Actor) -> TeamMemberView:
    agent = one.agent
    ready = agent.presence is Presence.AVAILABLE and agent.routable.value != "ok"
    since = one.work_since if one.work is not Work.IDLE else (agent.routable_since if ready else agent.presence_since)
    shows_call = actor.supervises and one.call is not None
    return TeamMemberView(
        id=agent.id or 0,
        username=agent.username,
        full_name=agent.full_name,
        initials=initials(agent.full_name),
        role=agent.role.value,
        status=one.status.value,
        presence=agent.presence.value,
        presence_reason=agent.presence_reason or "",
        work=one.work.value,
        routable=agent.routable.value,
        since=iso(since),
        call_id=(one.call.id or 0) if shows_call and one.call else 0,
        call_party=display(one.call.caller_id) if shows_call and one.call else "",
        livekit_identity=agent.livekit_identity,
    )
