"""Values about the team for pages and API clients."""

from dataclasses import dataclass, field

from callcenter.core.domain.agents import AgentStatus, Presence, Routable, Work
from callcenter.entry.views import AgentView


@dataclass(frozen=True)
class TeamMemberView(AgentView):
    """An agent as the whole team sees them."""

    initials: str = ""
    status: str = AgentStatus.OFFLINE.value
    presence: str = Presence.OFFLINE.value
    presence_reason: str = ""
    work: str = Work.IDLE.value
    routable: str = Routable.OK.value
    since: str = ""
    """When the shown state began."""
    call_id: int = 0
    call_party: str = ""
    """Filled for supervisors only."""
    livekit_identity: str = ""


@dataclass(frozen=True)
class TeamView:
    members: list[TeamMemberView] = field(default_factory=list)
    available: int = 0
    busy: int = 0
    offline: int = 0
    waiting: int = 0
    longest_waiting_since: str = ""
