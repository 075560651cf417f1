"""Values about past calls for pages and API clients."""

from dataclasses import dataclass, field


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
