"""What an agent is doing, whether their desk is there, and whether a call may be offered to them: derived here, once.

``AgentState`` holds what the record says about one agent. What follows from that depends on the time as well, so every
answer takes ``now``, and a copy that somebody keeps stays right until ``next_turn``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.core.domain.agents import (
    AgentStatus,
    NotReadyReason,
    Presence,
    Role,
    Routable,
    Session,
    Work,
    agent_status,
    wrapping_up,
)
from callcenter.core.domain.calls import CallState, OfferState

WORK: Mapping[CallState, Work] = {
    CallState.CONNECTING: Work.CONNECTING,
    CallState.CONNECTED: Work.TALKING,
    CallState.DIALING: Work.DIALING,
    CallState.RINGING: Work.DIALING,
}
"""What the agent does who has a call in one of the ``ENGAGED`` states."""
OFFER_WORK: Mapping[OfferState, Work] = {
    OfferState.PENDING: Work.RINGING,
    OfferState.ACCEPTING: Work.CONNECTING,
}
"""What the agent does to whom a call is offered, as long as the call is not theirs."""


class Excluded(StrEnum):
    """Why an agent is no candidate for a call."""

    DISABLED = "disabled"
    NOT_AVAILABLE = "not_available"
    AWAY = "away"
    WORKING = "working"
    NOT_ROUTABLE = "not_routable"
    LEAVING = "leaving"
    """Their sign-in is past its time."""
    LET_IT_GO = "let_it_go"
    CHOSEN_FOR_ANOTHER = "chosen_for_another"


class Doing(StrEnum):
    """The one word for what a person does: their work first, then why they get no calls."""

    RINGING = "ringing"
    CONNECTING = "connecting"
    TALKING = "talking"
    DIALING = "dialing"
    WRAPUP = "wrapup"
    SIGNED_OFF = "signed_off"
    AWAY = "away"
    NOT_READY = "not_ready"
    BREAK = "break"
    LUNCH = "lunch"
    MEETING = "meeting"
    TRAINING = "training"
    BACK_OFFICE = "back_office"
    MISSED = "missed"
    REJECTED = "rejected"
    DEVICE_ERROR = "device_error"
    READY = "ready"


class Shape(StrEnum):
    """The dot beside a name: one form and one colour each."""

    AVAILABLE = "available"
    BUSY = "busy"
    NOT_READY = "not_ready"
    OFFLINE = "offline"


def session_at(now: datetime, open_until: datetime | None, grace_until: datetime | None) -> Session:
    """Returns the session of an agent whose last open and last closed lease run until these times."""
    if open_until is not None and open_until > now:
        return Session.CONNECTED
    return Session.GRACE if grace_until is not None and grace_until > now else Session.LOST


@dataclass(frozen=True, slots=True)
class AgentState:
    """What the record says about one agent at one moment."""

    id: int
    presence: Presence
    routable: Routable
    idle_since: datetime
    wrapup_until: datetime | None = None
    disabled_at: datetime | None = None
    open_until: datetime | None = None
    """The last lease of what is open (a tab, a program) runs so long."""
    grace_until: datetime | None = None
    """The last lease of what has been closed runs so long."""
    call_state: CallState | None = None
    """Of the call they have."""
    call_since: datetime | None = None
    """When that call was answered; before that, when it began."""
    offer_state: OfferState | None = None
    """Of the live offer of a call."""
    offered_at: datetime | None = None
    username: str = ""
    full_name: str = ""
    role: Role = Role.AGENT
    livekit_identity: str = ""
    presence_reason: NotReadyReason | None = None
    presence_since: datetime | None = None
    routable_since: datetime | None = None
    call_id: int | None = None
    call_party: str | None = None
    may_begin: bool = True
    """False when they are there for the end of their last call only. Only what routing reads says so."""

    def session(self, now: datetime) -> Session:
        return session_at(now, self.open_until, self.grace_until)

    def work(self, now: datetime) -> tuple[Work, datetime | None]:
        """Returns what the agent does, and since when: a call comes first, then an offer, then wrap-up."""
        if self.call_state is not None:
            return WORK[self.call_state], self.call_since
        if self.offer_state is not None:
            return OFFER_WORK[self.offer_state], self.offered_at
        return (Work.WRAPUP, self.idle_since) if wrapping_up(self.wrapup_until, now) else (Work.IDLE, None)

    def status(self, now: datetime) -> AgentStatus:
        """Returns the word that other people see."""
        return agent_status(self.presence, self.work(now)[0], self.routable, self.session(now))

    def since(self, now: datetime) -> datetime | None:
        """Returns when the state that other people see began."""
        work, since = self.work(now)
        if work is not Work.IDLE:
            return since
        let_go = self.presence is Presence.AVAILABLE and self.routable is not Routable.OK
        return self.routable_since if let_go else self.presence_since

    def excluded(self, now: datetime) -> Excluded | None:
        """Returns why the agent is offered no call at all; None when a call may be offered."""
        if self.disabled_at is not None:
            return Excluded.DISABLED
        if self.presence is not Presence.AVAILABLE:
            return Excluded.NOT_AVAILABLE
        if self.session(now) is not Session.CONNECTED:
            return Excluded.AWAY
        if self.work(now)[0] is not Work.IDLE:
            return Excluded.WORKING
        if self.routable is not Routable.OK:
            return Excluded.NOT_ROUTABLE
        return None if self.may_begin else Excluded.LEAVING

    def next_turn(self, now: datetime) -> datetime | None:
        """Returns when time alone will change one of these answers, if nothing else does."""
        ahead = [at for at in (self.open_until, self.grace_until, self.wrapup_until) if at is not None and at > now]
        return min(ahead, default=None)


def doing(presence: Presence, reason: str, work: Work, routable: Routable, status: AgentStatus) -> Doing:
    """Returns the word for what an agent with these derived facts does."""
    if work is not Work.IDLE:
        return Doing(work.value)
    if status is AgentStatus.OFFLINE:
        return Doing.SIGNED_OFF if presence is Presence.OFFLINE else Doing.AWAY
    if presence is Presence.NOT_READY:
        return Doing(reason or Doing.NOT_READY)
    if routable is not Routable.OK:
        return Doing(routable.value)
    return Doing.READY if status is AgentStatus.AVAILABLE else Doing.AWAY


def shape(work: Work, status: AgentStatus) -> Shape:
    """Returns the dot of an agent with this work and status."""
    if status is AgentStatus.BUSY:
        return Shape.NOT_READY if work is Work.IDLE else Shape.BUSY
    return Shape.AVAILABLE if status is AgentStatus.AVAILABLE else Shape.OFFLINE


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller in the queue."""

    id: int
    caller_id: str
    state: CallState
    joined_at: datetime
    offered_to: int | None


@dataclass(frozen=True, slots=True)
class Queue:
    """How many callers wait, and the first of them."""

    length: int = 0
    first: tuple[Waiting, ...] = ()
    """Longest wait first; not more than were asked for."""
