"""An agent is four separate facts: presence, work, routable and session."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Presence(StrEnum):
    """What the agent chose."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    NOT_READY = "not_ready"


class NotReadyReason(StrEnum):
    BREAK = "break"
    LUNCH = "lunch"
    MEETING = "meeting"
    TRAINING = "training"
    BACK_OFFICE = "back_office"


class Work(StrEnum):
    """What the agent is doing. Always derived, never stored."""

    IDLE = "idle"
    RINGING = "ringing"
    CONNECTING = "connecting"
    TALKING = "talking"
    DIALING = "dialing"
    WRAPUP = "wrapup"

    @property
    def has_call(self) -> bool:
        """A call is theirs, or rings at them: they can neither dial nor change their status at once."""
        return self not in (Work.IDLE, Work.WRAPUP)


class Routable(StrEnum):
    """Why an available agent is not offered calls, if so."""

    OK = "ok"
    MISSED = "missed"
    REJECTED = "rejected"
    DEVICE_ERROR = "device_error"


class Session(StrEnum):
    """Whether a desk (or a program) of the agent is there. Derived from connections."""

    CONNECTED = "connected"
    GRACE = "grace"
    LOST = "lost"


class AgentStatus(StrEnum):
    """What other people see. Derived."""

    AVAILABLE = "Available"
    BUSY = "Busy"
    OFFLINE = "Offline"

    @property
    def presence(self) -> Presence:
        """What an agent chooses in order to be seen so."""
        return _CHOICES[self]


_CHOICES = {
    AgentStatus.AVAILABLE: Presence.AVAILABLE,
    AgentStatus.BUSY: Presence.NOT_READY,
    AgentStatus.OFFLINE: Presence.OFFLINE,
}


@dataclass(frozen=True)
class Actor:
    """Who is asking. Made by the sign-in service from a token, never from an argument of a request."""

    id: int
    username: str
    full_name: str
    role: Role
    login_session: str
    leaving: bool = False
    """Their sign-in is past its time: they finish the call they have, and begin nothing new."""
    language: str = ""
    """The code of the language they have chosen; empty for the browser's."""

    @property
    def supervises(self) -> bool:
        return self.role in (Role.SUPERVISOR, Role.ADMIN)

    @property
    def administers(self) -> bool:
        return self.role is Role.ADMIN


SYSTEM = Actor(id=0, username="system", full_name="System", role=Role.ADMIN, login_session="")
"""The person at the command line, who has the database anyway."""


def agent_status(presence: Presence, work: Work, routable: Routable, session: Session) -> AgentStatus:
    """The one word others see. Someone in a call is Busy whatever they chose before."""
    if work is not Work.IDLE:
        return AgentStatus.BUSY
    if presence is Presence.OFFLINE or session is Session.LOST:
        return AgentStatus.OFFLINE
    if presence is Presence.NOT_READY or routable is not Routable.OK or session is Session.GRACE:
        return AgentStatus.BUSY
    return AgentStatus.AVAILABLE


def wrapping_up(wrapup_until: datetime | None, now: datetime) -> bool:
    return wrapup_until is not None and wrapup_until > now
