"""What services hand to pages and programs: plain values, never database rows.

Every view has defaults, so that an empty one (``id == 0``) can stand for "none" in a page.
Instants are ISO 8601 strings in UTC (empty for "not yet"); durations are whole seconds.
"""

from dataclasses import dataclass, field

from callcenter.domain.agents import AgentStatus, Presence, Routable, Session, Work


@dataclass(frozen=True)
class AgentView:
    """An agent. What is shown of them at one place only, extends it there."""

    id: int = 0
    username: str = ""
    full_name: str = ""
    role: str = ""


@dataclass(frozen=True)
class MeView(AgentView):
    """The person who is signed in."""

    initials: str = ""
    language: str = ""
    """Their own; empty for the browser's."""


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


@dataclass(frozen=True)
class CallRowView:
    """One line of the history."""

    id: int = 0
    agent_id: int = 0
    agent_name: str = ""
    caller_id: str = ""
    caller_display: str = ""
    call_back: str = ""
    """The number to dial; empty where it could reach somebody else."""
    direction: str = ""
    status: str = ""
    reason: str = ""
    start_time: str = ""
    duration: int = 0
    waited: int = 0
    room_name: str = ""


@dataclass(frozen=True)
class HistoryPageView:
    rows: list[CallRowView] = field(default_factory=list)
    next_key: str = ""
    """Opaque; hand it back to get the following page. Empty at the end."""


@dataclass(frozen=True)
class CallEventView:
    id: int = 0
    at: str = ""
    kind: str = ""
    agent_name: str = ""
    detail: str = ""
    after_seconds: int = 0


@dataclass(frozen=True)
class CallDetailView:
    call: CallRowView = field(default_factory=CallRowView)
    dialed_display: str = ""
    """Which number of the centre was called; empty for a call of ours."""
    dialed_label: str = ""
    answered_at: str = ""
    ended_at: str = ""
    ended_by: str = ""
    sip_code: int = 0
    """The telephone network's own answer to a dial that failed; 0 when there was none."""
    sip_phrase: str = ""
    timeline: list[CallEventView] = field(default_factory=list)


@dataclass(frozen=True)
class AccountView(AgentView):
    """An agent as administrators see their account."""

    status: str = AgentStatus.OFFLINE.value
    disabled: bool = False
    created_at: str = ""
    livekit_identity: str = ""


@dataclass(frozen=True)
class SignInView:
    """One place where somebody is signed in."""

    kind: str = ""
    """``desk`` or ``api``."""
    here: bool = False
    """It is the one that asks."""
    address: str = ""
    since: str = ""
    seen: str = ""
    until: str = ""


@dataclass(frozen=True)
class NumberView:
    """A number of the centre, and what becomes of a call to it."""

    number: str = ""
    display: str = ""
    label: str = ""
    leads_to: str = ""


@dataclass(frozen=True)
class LineErrorView:
    """A call that failed for the line and not for people: out or, when the line was lost, in."""

    id: int = 0
    at: str = ""
    call_id: int = 0
    number_display: str = ""
    agent_name: str = ""
    reason: str = ""
    sip_code: int = 0
    """0: there was no SIP response."""
    sip_phrase: str = ""


@dataclass(frozen=True)
class RefusalView:
    """A number that an agent was not let dial."""

    id: int = 0
    at: str = ""
    agent_name: str = ""
    rule: str = ""
    """The refusal's stable code."""
    number_display: str = ""
    reason: str = ""
    """Tells apart refusals of one code."""
    parameters: dict[str, str] = field(default_factory=dict)
    text: str = ""
    """What the agent was told, in words."""


@dataclass(frozen=True)
class RefusedCountView:
    """How many calls from outside were not let in, since livekit-sip was started."""

    reason: str = ""
    """``password``, ``no_trunk``, ``no_rule``, ``codec``, ``encryption``, ``full`` or ``internal``."""
    text: str = ""
    """The same in words."""
    count: int = 0


@dataclass(frozen=True)
class LinesView:
    """The telephone side, for administrators.

    ``inbound``, ``outbound``, ``service`` and ``redis`` are each one of ``ok``, ``missing``, ``differs``, ``down``,
    ``unknown`` (it cannot be told) and ``not_used``.
    """

    provider: str = ""
    numbers: list[NumberView] = field(default_factory=list)
    inbound: str = "unknown"
    outbound: str = "unknown"
    service: str = "unknown"
    redis: str = "unknown"
    problems: list[str] = field(default_factory=list)
    """A sentence each, saying what to do."""
    calls_now: int = 0
    refused: list[RefusedCountView] = field(default_factory=list)
    refused_known: bool = False
    """False when SIP_METRICS_URL is not set or does not answer: then nothing was counted here."""
    errors: list[LineErrorView] = field(default_factory=list)
    """The newest 20, newest first."""
    refusals: list[RefusalView] = field(default_factory=list)
    """The newest 20, newest first."""
    checked_at: str = ""


@dataclass(frozen=True)
class RoomGrant:
    """What a browser needs to join one room: short-lived, for this room and this identity alone."""

    call_id: int = 0
    room_name: str = ""
    url: str = ""
    token: str = ""
    may_talk: bool = False
    """False while it rings. The token itself lets the desk join, and neither speak nor hear: the server grants both to
    who is there and has the call."""
