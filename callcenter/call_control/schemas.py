"""What programs get and send."""

from typing import Annotated

from pydantic import BaseModel, Field

from callcenter.call_control.views import RoomGrant
from callcenter.platform.http.parameters import Id

CallId = Annotated[Id, Field(examples=[17])]


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
