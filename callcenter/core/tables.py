"""The tables. Rows never leave storage and services; what others get are views."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, text
from sqlmodel import Field, SQLModel

from callcenter.core.domain.agents import NotReadyReason, Presence, Role, Routable
from callcenter.core.domain.calls import (
    ENGAGED_ORDER,
    LIVE_OFFER_ORDER,
    CallDirection,
    CallEventKind,
    CallState,
    EndedBy,
    EndReason,
    LegRole,
    OfferState,
)
from callcenter.platform.database.column_types import _instant, _word

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def _words(*words: StrEnum) -> str:
    return ", ".join(f"'{word.value}'" for word in words)


FREE_AGENTS = text(
    f"presence IN ({_words(Presence.AVAILABLE)}) AND routable IN ({_words(Routable.OK)}) AND disabled_at IS NULL"
)
ENGAGED_CALLS = text(f"state IN ({_words(*ENGAGED_ORDER)})")
LIVE_OFFERS = text(f"state IN ({_words(*LIVE_OFFER_ORDER)})")
MISSED = text(f"state IN ({_words(OfferState.TIMEOUT)})")


class Agent(SQLModel, table=True):
    __table_args__ = (
        Index("ix_agent_free", "idle_since", "id", sqlite_where=FREE_AGENTS, postgresql_where=FREE_AGENTS),
    )
    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(unique=True, max_length=64)
    hashed_password: str
    full_name: str = Field(max_length=120)
    role: Role = Field(sa_column=_word(Role))
    livekit_identity: str = Field(unique=True, max_length=64)
    presence: Presence = Field(default=Presence.OFFLINE, sa_column=_word(Presence))
    presence_reason: NotReadyReason | None = Field(default=None, sa_column=_word(NotReadyReason, nullable=True))
    presence_since: datetime = Field(sa_column=_instant(nullable=False))
    next_presence: Presence | None = Field(default=None, sa_column=_word(Presence, nullable=True))
    next_presence_reason: NotReadyReason | None = Field(default=None, sa_column=_word(NotReadyReason, nullable=True))
    routable: Routable = Field(default=Routable.OK, sa_column=_word(Routable))
    routable_since: datetime = Field(sa_column=_instant(nullable=False))
    routable_until: datetime | None = Field(default=None, sa_column=_instant())
    idle_since: datetime = Field(sa_column=_instant(nullable=False))
    wrapup_until: datetime | None = Field(default=None, sa_column=_instant())
    media_connection: str | None = Field(default=None, max_length=64)
    created_at: datetime = Field(sa_column=_instant(nullable=False))
    disabled_at: datetime | None = Field(default=None, sa_column=_instant())
    language: str | None = Field(default=None, max_length=8)
    """The code of their own language; None for the browser's."""


class LoginSession(SQLModel, table=True):
    """A sign-in. Its token is dead as soon as ``revoked_at`` is set."""

    __tablename__ = "login_session"
    id: str = Field(primary_key=True, max_length=64)
    agent_id: int = Field(foreign_key="agent.id", index=True)
    kind: str = Field(max_length=8)
    address: str | None = Field(default=None, max_length=64)
    """Where they signed in from."""
    created_at: datetime = Field(sa_column=_instant(nullable=False))
    seen_at: datetime | None = Field(default=None, sa_column=_instant())
    """When it was last in use, to the minute."""
    expires_at: datetime = Field(sa_column=_instant(nullable=False, index=True))
    revoked_at: datetime | None = Field(default=None, sa_column=_instant())


class Connection(SQLModel, table=True):
    """One open desk tab or program. It counts for as long as its lease runs."""

    id: str = Field(primary_key=True, max_length=64)
    agent_id: int = Field(foreign_key="agent.id", index=True)
    kind: str = Field(max_length=8)
    opened_at: datetime = Field(sa_column=_instant(nullable=False))
    lease_until: datetime = Field(sa_column=_instant(nullable=False, index=True))
    closed: bool = False
    holder: str = Field(default="", max_length=32, sa_column_kwargs={"server_default": ""})
    """The process that has its socket (``Hub.origin``): only it renews and closes. Empty: it has let go."""


class Call(SQLModel, table=True):
    __table_args__ = (
        Index(
            "uq_call_agent_engaged",
            "agent_id",
            unique=True,
            sqlite_where=ENGAGED_CALLS,
            postgresql_where=ENGAGED_CALLS,
        ),
        Index("ix_call_agent_start", "agent_id", "start_time", "id"),
        Index("ix_call_start", "start_time", "id"),
        Index("ix_call_caller", "caller_id", "start_time", "id"),
        *(
            # Written once, when the call is over. However rare a result is, its calls stand together, by time.
            Index(
                name,
                *columns,
                "direction",
                "state",
                "start_time",
                "id",
                sqlite_where=text("ended_at IS NOT NULL"),
                postgresql_where=text("ended_at IS NOT NULL"),
            )
            for name, columns in (("ix_call_result", ()), ("ix_call_agent_result", ("agent_id",)))
        ),
        Index(
            "ix_call_open",
            "state",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    direction: CallDirection = Field(sa_column=_word(CallDirection))
    state: CallState = Field(sa_column=_word(CallState))
    caller_id: str = Field(default="", max_length=64)
    """The other party's number, whichever way the call went."""
    dialed_number: str = Field(default="", max_length=64)
    agent_id: int | None = Field(default=None, foreign_key="agent.id")
    livekit_room_name: str = Field(unique=True, max_length=128)
    room_sid: str = Field(default="", max_length=64)
    start_time: datetime = Field(sa_column=_instant(nullable=False))
    joined_at: datetime = Field(sa_column=_instant(nullable=False))
    """When the caller joined the queue; kept when the call returns to it."""
    turn_away_at: datetime | None = Field(default=None, sa_column=_instant())
    dial_deadline: datetime | None = Field(default=None, sa_column=_instant())
    agent_deadline: datetime | None = Field(default=None, sa_column=_instant())
    """The agent's sound is gone; by then it must be back."""
    answered_at: datetime | None = Field(default=None, sa_column=_instant())
    ended_at: datetime | None = Field(default=None, sa_column=_instant())
    duration: int = 0
    """Seconds from the first answer to the end."""
    ended_by: EndedBy | None = Field(default=None, sa_column=_word(EndedBy, nullable=True))
    end_reason: EndReason | None = Field(default=None, sa_column=_word(EndReason, nullable=True))


class Offer(SQLModel, table=True):
    __table_args__ = (
        Index("ix_offer_agent", "agent_id", "id"),
        Index("ix_offer_missed", "agent_id", "decided_at", sqlite_where=MISSED, postgresql_where=MISSED),
        *(
            Index(
                f"uq_offer_{column}_live",
                column,
                unique=True,
                sqlite_where=LIVE_OFFERS,
                postgresql_where=LIVE_OFFERS,
            )
            for column in ("agent_id", "call_id")
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id", index=True)
    agent_id: int = Field(foreign_key="agent.id")
    state: OfferState = Field(sa_column=_word(OfferState))
    created_at: datetime = Field(sa_column=_instant(nullable=False))
    deadline: datetime = Field(sa_column=_instant(nullable=False))
    decided_at: datetime | None = Field(default=None, sa_column=_instant())


class Leg(SQLModel, table=True):
    """One participant's stay in a call's room. A rejoin is a new leg with a new sid."""

    id: int | None = Field(default=None, primary_key=True)
    call_id: int | None = Field(default=None, foreign_key="call.id", index=True)
    role: LegRole = Field(sa_column=_word(LegRole))
    identity: str = Field(max_length=128)
    participant_sid: str = Field(unique=True, max_length=64)
    room_name: str = Field(default="", max_length=128, index=True)
    room_sid: str = Field(default="", max_length=64)
    joined_at: datetime = Field(sa_column=_instant(nullable=False))
    left_at: datetime | None = Field(default=None, sa_column=_instant())


class CallEvent(SQLModel, table=True):
    """Append-only. ``detail`` holds facts for programs, never a secret."""

    __tablename__ = "call_event"
    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id", index=True)
    at: datetime = Field(sa_column=_instant(nullable=False))
    kind: CallEventKind = Field(sa_column=_word(CallEventKind))
    agent_id: int | None = Field(default=None, foreign_key="agent.id")
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class AgentEvent(SQLModel, table=True):
    """Append-only: every change of presence or of routability, and who made it."""

    __tablename__ = "agent_event"
    id: int | None = Field(default=None, primary_key=True)
    agent_id: int = Field(foreign_key="agent.id", index=True)
    at: datetime = Field(sa_column=_instant(nullable=False))
    kind: str = Field(max_length=32)
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class WebhookEvent(SQLModel, table=True):
    """The ids of notifications that have been applied."""

    __tablename__ = "webhook_event"
    id: str = Field(primary_key=True, max_length=64)
    received_at: datetime = Field(sa_column=_instant(nullable=False, index=True))
