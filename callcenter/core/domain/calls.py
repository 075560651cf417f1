"""The states of a call and of an offer, and the only ways from one to another."""

from enum import StrEnum


class CallDirection(StrEnum):
    INBOUND = "Inbound"
    OUTBOUND = "Outbound"


class CallState(StrEnum):
    QUEUED = "queued"
    OFFERED = "offered"
    CONNECTING = "connecting"
    DIALING = "dialing"
    RINGING = "ringing"
    CONNECTED = "connected"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    MISSED = "missed"
    REJECTED = "rejected"
    CANCELED = "canceled"
    FAILED = "failed"

    @property
    def is_waiting(self) -> bool:
        return self in WAITING

    @property
    def is_engaged(self) -> bool:
        return self in ENGAGED

    @property
    def is_dialled(self) -> bool:
        return self in DIALLED

    @property
    def is_taken(self) -> bool:
        return self in TAKEN

    @property
    def is_talking(self) -> bool:
        return self in TALKING

    @property
    def has_offer(self) -> bool:
        return self in HAS_OFFER

    @property
    def is_over(self) -> bool:
        return self in CLOSED


class CallStatus(StrEnum):
    """A call as the outside sees it."""

    IN_PROGRESS = "In_Progress"
    COMPLETED = "Completed"
    REJECTED = "Rejected"
    FAILED = "Failed"
    ABANDONED = "Abandoned"
    MISSED = "Missed"
    CANCELED = "Canceled"


S = CallState

WAITING = frozenset({S.QUEUED, S.OFFERED})
"""Inbound, and no agent has taken it."""
ENGAGED_ORDER = (S.CONNECTING, S.CONNECTED, S.DIALING, S.RINGING)
"""As the unique index writes them; another one needs a migration."""
ENGAGED = frozenset(ENGAGED_ORDER)
"""One agent has it."""
DIALLED = frozenset({S.DIALING, S.RINGING})
"""Outbound, and the phone has not answered."""
TALKING = frozenset({S.CONNECTED})
"""Agent and other party have been connected, and neither has been missed for too long."""
TAKEN = frozenset({S.CONNECTING}) | TALKING
"""An agent has answered it, or the phone that an agent dialled has."""
HAS_OFFER = frozenset({S.OFFERED, S.CONNECTING})
"""A call in any other state has no live offer."""
OPEN = WAITING | ENGAGED
CLOSED = frozenset(S) - OPEN

TRANSITIONS: dict[CallState, frozenset[CallState]] = {
    S.QUEUED: frozenset({S.OFFERED, S.ABANDONED, S.MISSED, S.REJECTED, S.FAILED}),
    S.OFFERED: frozenset({S.QUEUED, S.CONNECTING, S.ABANDONED, S.MISSED, S.REJECTED, S.FAILED}),
    S.CONNECTING: frozenset({S.CONNECTED, S.QUEUED, S.ABANDONED, S.COMPLETED, S.FAILED}),
    S.DIALING: frozenset({S.RINGING, S.CONNECTED, S.REJECTED, S.MISSED, S.CANCELED, S.FAILED}),
    S.RINGING: frozenset({S.CONNECTED, S.REJECTED, S.MISSED, S.CANCELED, S.FAILED}),
    S.CONNECTED: frozenset({S.COMPLETED, S.QUEUED, S.FAILED}),
}
"""Where a call may go. An end is never overwritten."""


def may_become(state: CallState) -> frozenset[CallState]:
    """The states a call may be in before it becomes ``state``: the WHERE of the conditional update."""
    return frozenset(before for before, after in TRANSITIONS.items() if state in after)


_STATUS = {
    S.COMPLETED: CallStatus.COMPLETED,
    S.ABANDONED: CallStatus.ABANDONED,
    S.MISSED: CallStatus.MISSED,
    S.REJECTED: CallStatus.REJECTED,
    S.CANCELED: CallStatus.CANCELED,
    S.FAILED: CallStatus.FAILED,
}


def call_status(state: CallState) -> CallStatus:
    return _STATUS.get(state, CallStatus.IN_PROGRESS)


class OfferState(StrEnum):
    PENDING = "pending"
    ACCEPTING = "accepting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TIMEOUT = "timeout"
    RESCINDED = "rescinded"
    CANCELED = "canceled"


LIVE_OFFER_ORDER = (OfferState.PENDING, OfferState.ACCEPTING)
"""As the unique indexes write them."""
LIVE_OFFER = frozenset(LIVE_OFFER_ORDER)

OFFER_TRANSITIONS: dict[OfferState, frozenset[OfferState]] = {
    OfferState.PENDING: frozenset(
        {OfferState.ACCEPTING, OfferState.DECLINED, OfferState.TIMEOUT, OfferState.RESCINDED, OfferState.CANCELED}
    ),
    OfferState.ACCEPTING: frozenset(
        {OfferState.ACCEPTED, OfferState.TIMEOUT, OfferState.RESCINDED, OfferState.CANCELED}
    ),
}
"""rescinded: the caller went; canceled: the agent's desk went or the system took the offer back."""


class LegRole(StrEnum):
    CALLER = "caller"
    CALLEE = "callee"
    AGENT = "agent"


class EndedBy(StrEnum):
    CALLER = "caller"
    AGENT = "agent"
    SYSTEM = "system"


class EndReason(StrEnum):
    """Why a call ended, as stored; the words for people live with the pages."""

    HUNG_UP = "hung_up"
    CALLER_GAVE_UP = "caller_gave_up"
    TURNED_AWAY = "turned_away"
    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    UNAVAILABLE = "unavailable"
    """Known to the network, but not to be reached at the moment."""
    NOT_IN_SERVICE = "not_in_service"
    CANCELED = "canceled"
    UNREACHABLE = "unreachable"
    LINE_DOWN = "line_down"
    """The carrier cannot take the call."""
    LINE_SILENT = "line_silent"
    """The carrier gave no answer at all."""
    NO_TRUNK = "no_trunk"
    AGENT_LOST = "agent_lost"
    LINE_LOST = "line_lost"


class CallEventKind(StrEnum):
    """The append-only log of a call, from which its timeline is shown."""

    CREATED = "created"
    QUEUED = "queued"
    OFFERED = "offered"
    DECLINED = "declined"
    MISSED = "missed"
    OFFER_WITHDRAWN = "offer_withdrawn"
    ANSWERED = "answered"
    CONNECTED = "connected"
    DIALING = "dialing"
    RINGING = "ringing"
    AGENT_LEFT = "agent_left"
    AGENT_RETURNED = "agent_returned"
    REQUEUED = "requeued"
    NOT_CONNECTED = "not_connected"
    ADOPTED = "adopted"
    TAKEN_OVER = "taken_over"
    ENDED = "ended"
