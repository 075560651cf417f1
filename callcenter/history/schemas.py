"""Shapes of past calls in the API."""

from datetime import datetime

from pydantic import BaseModel, Field

from callcenter.core.domain.calls import CallDirection, CallStatus, EndedBy
from callcenter.history.views import CallDetailView, CallRowView


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
