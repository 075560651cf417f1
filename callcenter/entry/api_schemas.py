"""Shapes of agents in the API."""

from typing import Protocol

from pydantic import BaseModel, Field

from callcenter.core.domain.agents import AgentStatus, Role


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
