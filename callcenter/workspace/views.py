"""What services hand to pages and programs: plain values, never database rows.

Every view has defaults, so that an empty one (``id == 0``) can stand for "none" in a page.
Instants are ISO 8601 strings in UTC (empty for "not yet"); durations are whole seconds.
"""

from dataclasses import dataclass, field

from callcenter.core.domain.agents import AgentStatus, Presence, Routable, Session, Work
from callcenter.entry.views import MeView


@dataclass(frozen=True)
class OfferView:
    """A call offered to this agent."""

    id: int = 0
    call_id: int = 0
    caller_id: str = ""
    caller_display: str = ""
    dialed_display: str = ""
    dialed_label: str = ""
    """What that number of the centre is called, such as “Support”."""
    waiting_since: str = ""
    offered_at: str = ""
    deadline: str = ""
    ring_seconds: int = 0
    seconds_left: int = 0


@dataclass(frozen=True)
class CurrentCallView:
    """The one call this agent has."""

    id: int = 0
    direction: str = ""
    state: str = ""
    other_party: str = ""
    other_party_display: str = ""
    dialed_display: str = ""
    dialed_label: str = ""
    room_name: str = ""
    started_at: str = ""
    answered_at: str = ""
    waited_seconds: int = 0
    agent_here: bool = False


@dataclass(frozen=True)
class EndedCallView:
    """The call that has just ended, for a few moments."""

    id: int = 0
    other_party: str = ""
    other_party_display: str = ""
    direction: str = ""
    status: str = ""
    reason: str = ""
    ended_by: str = ""
    ended_at: str = ""
    talk_seconds: int = 0
    redial: str = ""
    """Empty where a call back could reach somebody else."""
    sip_code: int = 0
    """The telephone network's own answer; 0 when there was none."""
    sip_phrase: str = ""


@dataclass(frozen=True)
class WithdrawnOfferView:
    """The last offer that went away without the agent's doing, for three seconds on screen."""

    id: int = 0
    call_id: int = 0
    caller_display: str = ""
    outcome: str = ""
    at: str = ""


@dataclass(frozen=True)
class WaitingCallView:
    id: int = 0
    caller_display: str = ""
    state: str = ""
    waiting_since: str = ""
    offered_to: str = ""


@dataclass(frozen=True)
class TodayView:
    calls: int = 0
    missed: int = 0
    average_talk_seconds: int = 0


@dataclass(frozen=True)
class DeskView:
    """All that one agent's desk shows, read in one go."""

    me: MeView = field(default_factory=MeView)
    status: str = AgentStatus.OFFLINE.value
    presence: str = Presence.OFFLINE.value
    presence_reason: str = ""
    presence_since: str = ""
    next_presence: str = ""
    next_presence_reason: str = ""
    work: str = Work.IDLE.value
    work_since: str = ""
    routable: str = Routable.OK.value
    session: str = Session.LOST.value
    offer: OfferView = field(default_factory=OfferView)
    call: CurrentCallView = field(default_factory=CurrentCallView)
    wrapup_until: str = ""
    ended: EndedCallView = field(default_factory=EndedCallView)
    withdrawn: WithdrawnOfferView = field(default_factory=WithdrawnOfferView)
    waiting: list[WaitingCallView] = field(default_factory=list)
    today: TodayView = field(default_factory=TodayView)
    media_tab: str = "none"
    """``here``: this tab has the sound; ``elsewhere``: another has; ``none``: nobody claims it."""
    telephone_keys: bool = False
    """Telephone keys may be sent in a call."""
    sign_in_until: str = ""
    """Until when the sign-in of whoever looks holds; past that it ends with the call."""
