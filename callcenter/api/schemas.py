"""What programs get and send."""

from datetime import datetime
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from callcenter.api.parameters import Id
from callcenter.domain.agents import AgentStatus, NotReadyReason, Role
from callcenter.domain.calls import CallDirection, CallStatus, EndedBy
from callcenter.services.passwords import MOST_TYPED
from callcenter.services.views import CallDetailView, CallRowView, RoomGrant

CallId = Annotated[Id, Field(examples=[17])]


class Colleague(Protocol):
    """The part that every view of an agent has, whichever service it comes from."""

    @property
    def id(self) -> int: ...

    @property
    def username(self) -> str: ...

    @property
    def full_name(self) -> str: ...

    @property
    def status(self) -> str: ...

    @property
    def livekit_identity(self) -> str: ...

    @property
    def role(self) -> str: ...


class Agent(BaseModel):
    """An agent, as everybody in the centre sees them."""

    id: int = Field(examples=[1])
    username: str = Field(examples=["anna"])
    full_name: str = Field(examples=["Anna Albers"])
    status: AgentStatus = Field(examples=["Available"])
    livekit_identity: str = Field(examples=["agent_Jq3v0yX1bQ"], description="What their names in rooms begin with")
    role: Role = Field(examples=["agent"])

    @classmethod
    def of(cls, view: Colleague) -> "Agent":
        return cls(
            id=view.id,
            username=view.username,
            full_name=view.full_name,
            status=AgentStatus(view.status),
            livekit_identity=view.livekit_identity,
            role=Role(view.role),
        )


class SignedIn(BaseModel):
    """A bearer token and whose it is. Field names as in OAuth 2."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiJ9.e30.c2ln"])
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int = Field(examples=[28800], description="Seconds")
    agent: Agent


class Registration(BaseModel):
    """A new account. Outside of development an invitation is needed; it also decides the role."""

    username: str = Field(max_length=64, examples=["dora"])
    password: str = Field(max_length=MOST_TYPED, examples=["a long password"])
    full_name: str = Field(max_length=200, examples=["Dora Dietz"])
    invitation: str = Field("", max_length=200)


class StatusChange(BaseModel):
    """The status an agent chooses; the reason belongs to Busy."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "Busy", "reason": "lunch"}]})
    status: AgentStatus
    reason: NotReadyReason | None = None


class Dial(BaseModel):
    """A number in any usual way of writing it."""

    number: str = Field(max_length=200, examples=["+49 30 1234567"])


class CallReference(BaseModel):
    """Which call."""

    call_id: CallId


class Room(BaseModel):
    """The way into the LiveKit room of a call: a token for that room and this agent, valid for a short time."""

    call_id: int = Field(examples=[17])
    room_name: str = Field(examples=["call_+49301234567_x7Yq"])
    url: str = Field(examples=["wss://livekit.example.com"])
    token: str = Field(examples=["eyJhbGciOiJIUzI1NiJ9.e30.c2ln"])
    may_talk: bool = Field(description="False while it rings. True: one may hear and speak as soon as one is there")

    @classmethod
    def of(cls, grant: RoomGrant) -> "Room":
        return cls(
            call_id=grant.call_id,
            room_name=grant.room_name,
            url=grant.url,
            token=grant.token,
            may_talk=grant.may_talk,
        )


class Call(BaseModel):
    """A call, as everybody outside sees it."""

    id: int = Field(examples=[17])
    agent_id: int | None = Field(examples=[1], description="Who has or had it; null when nobody took it")
    caller_id: str = Field(examples=["+49301234567"], description="The other party's number")
    direction: CallDirection = Field(examples=["Inbound"])
    start_time: datetime = Field(examples=["2026-11-22T09:30:00Z"])
    duration: int = Field(examples=[95], description="Seconds from the answer to the end; 0 before")
    status: CallStatus = Field(examples=["Completed"])
    livekit_room_name: str = Field(examples=["call_+49301234567_x7Yq"])

    @classmethod
    def of(cls, row: CallRowView) -> "Call":
        return cls(
            id=row.id,
            agent_id=row.agent_id or None,
            caller_id=row.caller_id,
            direction=CallDirection(row.direction),
            start_time=datetime.fromisoformat(row.start_time),
            duration=row.duration,
            status=CallStatus(row.status),
            livekit_room_name=row.room_name,
        )


class CallPage(BaseModel):
    """One page, newest first."""

    items: list[Call]
    next: str | None = Field(examples=["MjAyNi0xMS0yMlQwOTozMDowMCswMDowMCAxNw=="], description="Send it as `after`")


class CallMoment(BaseModel):
    """One line of a call's log."""

    id: int = Field(examples=[71])
    at: datetime
    kind: str = Field(examples=["answered"])
    agent_name: str = Field(examples=["Anna Albers"])
    after_seconds: int = Field(examples=[6], description="Since the call began")


class CallDetail(Call):
    """A call with all that happened in it."""

    agent_name: str = Field(examples=["Anna Albers"])
    waited: int = Field(examples=[6], description="Seconds until it was answered, or given up")
    answered_at: datetime | None
    ended_at: datetime | None
    ended_by: EndedBy | None
    reason: str | None = Field(examples=["hung_up"])
    sip_code: int | None = Field(examples=[486], description="The telephone network's answer to a dial that failed")
    sip_phrase: str | None = Field(examples=["Busy Here"])
    timeline: list[CallMoment]

    @classmethod
    def of_view(cls, view: CallDetailView) -> "CallDetail":
        return cls(
            **Call.of(view.call).model_dump(),
            agent_name=view.call.agent_name,
            waited=view.call.waited,
            answered_at=_instant(view.answered_at),
            ended_at=_instant(view.ended_at),
            ended_by=EndedBy(view.ended_by) if view.ended_by else None,
            reason=view.call.reason or None,
            sip_code=view.sip_code or None,
            sip_phrase=view.sip_phrase or None,
            timeline=[
                CallMoment(
                    id=one.id,
                    at=datetime.fromisoformat(one.at),
                    kind=one.kind,
                    agent_name=one.agent_name,
                    after_seconds=one.after_seconds,
                )
                for one in view.timeline
            ],
        )


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
