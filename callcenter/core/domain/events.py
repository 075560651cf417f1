"""The things that can happen in a transaction, one class for each.

A unit of work records them as it writes. The handlers that ``bootstrap`` names are given all of them, in their order,
before or after the commit: see docs/decisions/typed-events.md.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callcenter.core.domain.agents import NotReadyReason, Presence, Routable
from callcenter.core.domain.call_outcomes import Ending
from callcenter.core.domain.calls import CallDirection, CallEventKind


class Event:
    """Something happened, or will have happened once it is committed."""


@dataclass(frozen=True)
class DeadlinesChecked(Event):
    """The sweeper has looked at every deadline. Time alone may have made calls and agents fit for each other."""


# Calls


@dataclass(frozen=True)
class CallEvent(Event):
    """Something happened to a call. It becomes an entry in the log of that call."""

    kind: ClassVar[CallEventKind]
    call_id: int
    agent_id: int | None = None
    """The agent who did it, or to whom it happened."""

    def detail(self) -> dict[str, Any]:
        """Returns what the log keeps beside the kind and the agent."""
        return {}


@dataclass(frozen=True)
class CallFacts:
    """What is known of a call from its beginning, and never changes."""

    direction: CallDirection
    caller_id: str
    dialed_number: str
    room_name: str
    start_time: datetime


@dataclass(frozen=True)
class CallStarted(CallEvent):
    """A caller has come."""

    kind = CallEventKind.CREATED
    call: CallFacts = field(kw_only=True)


@dataclass(frozen=True)
class CallAdopted(CallStarted):
    """A caller was found in a room of whom no notification had come."""

    kind = CallEventKind.ADOPTED


@dataclass(frozen=True)
class CallDialed(CallStarted):
    """An agent calls a number."""

    kind = CallEventKind.DIALING


@dataclass(frozen=True)
class CallQueued(CallEvent):
    """A caller waits for an agent."""

    kind = CallEventKind.QUEUED


@dataclass(frozen=True)
class CallOffered(CallEvent):
    """A call rings at an agent."""

    kind = CallEventKind.OFFERED


@dataclass(frozen=True)
class OfferDeclined(CallEvent):
    """The agent let the call go to the next one."""

    kind = CallEventKind.DECLINED


@dataclass(frozen=True)
class OfferMissed(CallEvent):
    """The agent did not answer in time."""

    kind = CallEventKind.MISSED


@dataclass(frozen=True)
class OfferWithdrawn(CallEvent):
    """The call no longer rings at the agent, through no fault of theirs."""

    kind = CallEventKind.OFFER_WITHDRAWN


@dataclass(frozen=True)
class CallAnswered(CallEvent):
    """The agent took the call. Their microphone is not open yet."""

    kind = CallEventKind.ANSWERED


@dataclass(frozen=True)
class AgentNotConnected(CallEvent):
    """The agent took the call and no microphone came. The caller waits on."""

    kind = CallEventKind.NOT_CONNECTED


@dataclass(frozen=True)
class PhoneRings(CallEvent):
    """The dialled phone rings."""

    kind = CallEventKind.RINGING


@dataclass(frozen=True)
class CallConnected(CallEvent):
    """Both sides can talk."""

    kind = CallEventKind.CONNECTED
    waited_seconds: float | None = field(default=None, kw_only=True)
    """From the caller's arrival to the first answer. None when this is not the first, and for an outbound call."""


@dataclass(frozen=True)
class AgentLeft(CallEvent):
    """The agent's sound is gone from the call. It may come back."""

    kind = CallEventKind.AGENT_LEFT


@dataclass(frozen=True)
class AgentReturned(CallEvent):
    """The agent's sound is back in the call."""

    kind = CallEventKind.AGENT_RETURNED


@dataclass(frozen=True)
class CallRequeued(CallEvent):
    """The agent did not come back. The caller waits again, at their place."""

    kind = CallEventKind.REQUEUED


@dataclass(frozen=True)
class CallEnded(CallEvent):
    """A call is over."""

    kind = CallEventKind.ENDED
    ending: Ending = field(kw_only=True)
    sip_code: int = field(default=0, kw_only=True)
    """The network's last word about a dialled phone. 0 when it said none."""
    sip_phrase: str = field(default="", kw_only=True)

    def detail(self) -> dict[str, Any]:
        ended = {
            "state": self.ending.state.value,
            "by": self.ending.ended_by.value,
            "reason": self.ending.reason.value,
        }
        return ended | ({"sip_code": self.sip_code, "sip_phrase": self.sip_phrase} if self.sip_code else {})


# Agents


@dataclass(frozen=True)
class AgentEvent(Event):
    """Something happened to an agent: others may see them otherwise, or their own desk has to show it."""

    kind: ClassVar[str] = ""
    """Of the entry in the log of agents. Empty: there is none."""
    agent_id: int

    def detail(self) -> dict[str, Any]:
        """Returns what the log keeps beside the kind."""
        return {}


@dataclass(frozen=True)
class AgentFreed(AgentEvent):
    """A call or an offer of the agent's is over. Another one may ring at them, or at somebody else."""


@dataclass(frozen=True)
class PresenceChanged(AgentEvent):
    """The agent is available, not ready or offline from now on."""

    kind = "presence"
    presence: Presence
    reason: NotReadyReason | str | None = None
    by: str = "agent"

    def detail(self) -> dict[str, Any]:
        return {"presence": self.presence.value, "reason": self.reason or "", "by": self.by}


@dataclass(frozen=True)
class NextPresenceChanged(AgentEvent):
    """The agent has chosen a presence for after the running call, or there is none chosen any more."""


@dataclass(frozen=True)
class RoutableChanged(AgentEvent):
    """The agent is offered calls again, or is not offered any for a reason."""

    kind = "routable"
    routable: Routable

    def detail(self) -> dict[str, Any]:
        return {"routable": self.routable.value}


@dataclass(frozen=True)
class WrapUpEnded(AgentEvent):
    """The agent has finished the work after a call."""

    kind = "wrap_up_over"


@dataclass(frozen=True)
class AgentConnected(AgentEvent):
    """A desk or a program of the agent's is there."""


@dataclass(frozen=True)
class AgentDisconnected(AgentEvent):
    """A desk or a program of the agent's has gone."""


@dataclass(frozen=True)
class SoundMoved(AgentEvent):
    """Another tab of the agent's has the sound."""


@dataclass(frozen=True)
class SignInRenewed(AgentEvent):
    """One of the agent's sign-ins holds as long again."""


@dataclass(frozen=True)
class SignInsEnded(AgentEvent):
    """One of the agent's sign-ins is over, or all of them. Every open page looks whether it was its own."""


# Accounts


@dataclass(frozen=True)
class AccountEvent(AgentEvent):
    """Something was done to an account."""

    by: int
    """The administrator who did it, or the agent. 0 for nobody who was signed in."""

    def detail(self) -> dict[str, Any]:
        return {"by": self.by}


@dataclass(frozen=True)
class AccountAdded(AccountEvent):
    """There is a new account."""

    kind = "added"
    role: str

    def detail(self) -> dict[str, Any]:
        return {"by": self.by, "role": self.role}


@dataclass(frozen=True)
class AccountDisabled(AccountEvent):
    """Nobody can sign in with the account any more."""

    kind = "disabled"


@dataclass(frozen=True)
class AccountEnabled(AccountEvent):
    """The account can be used again."""

    kind = "enabled"


@dataclass(frozen=True)
class PasswordReset(AccountEvent):
    """An administrator has given the account another password."""

    kind = "password_reset"


@dataclass(frozen=True)
class PasswordChanged(AccountEvent):
    """The agent has chosen another password."""

    kind = "password_changed"


@dataclass(frozen=True)
class LanguageChosen(AgentEvent):
    """The agent has chosen the language of their pages. All their tabs have to speak it."""
