"""The tables. Rows never leave storage and services; what others get are views."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, Index, String, text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, MetaData, SQLModel

from callcenter.domain.agents import NotReadyReason, Presence, Role, Routable
from callcenter.domain.audit import AuditAction
from callcenter.domain.calls import (
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

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = SQLModel.metadata


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Comes back aware and in UTC from every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[Any]):
    """A StrEnum stored by value, so that the database reads as plain words."""

    impl = String(32)
    cache_ok = True

    def __init__(self, kind: type) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(self.kind(value).value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.kind(value)


def _instant(nullable: bool = True, **options: Any) -> Any:
    return Column(UtcDateTime(), nullable=nullable, **options)


def _word(kind: type, nullable: bool = False) -> Any:
    return Column(Word(kind), nullable=nullable)


def _words(*words: StrEnum) -> str:
    return ", ".join(f"'{word.value}'" for word in words)


FREE_AGENTS = text(
    f"presence IN ({_words(Presence.AVAILABLE)}) AND routable IN ({_words(Routable.OK)}) AND disabled_at IS NULL"
)
ENGAGED_CALLS = text(f"state IN ({_words(*ENGAGED_ORDER)})")
LIVE_OFFERS = text(f"state IN ({_words(*LIVE_OFFER_ORDER)})")
MISSED = text(f"state IN ({_words(OfferState.TIMEOUT)})")

BYTE_ORDER = String(64).with_variant(String(64, collation="C"), "postgresql")
"""Sorted so that what begins alike stands together, as SQLite does by itself."""


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


class LoginFailure(SQLModel, table=True):
    __tablename__ = "login_failure"
    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(index=True, max_length=64)
    address: str = Field(index=True, max_length=64)
    at: datetime = Field(sa_column=_instant(nullable=False, index=True))


class Invitation(SQLModel, table=True):
    token_hash: str = Field(primary_key=True, max_length=64)
    role: Role = Field(sa_column=_word(Role))
    created_by: int | None = Field(default=None, foreign_key="agent.id")
    expires_at: datetime = Field(sa_column=_instant(nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=_instant())


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


class Duty(SQLModel, table=True):
    """Work that one process does for all, for as long as it goes on counting."""

    name: str = Field(primary_key=True, max_length=32)
    holder: str = Field(max_length=32)
    beats: int


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


class NumberEnding(SQLModel, table=True):
    """Every number on record, once for each of its endings: what a search for a piece of a number reads."""

    __tablename__ = "number_ending"
    __table_args__ = {"sqlite_with_rowid": False}
    ending: str = Field(sa_column=Column(BYTE_ORDER, primary_key=True))
    number: str = Field(primary_key=True, max_length=64)


class NumbersNoted(SQLModel, table=True):
    """One row, or none at first: up to which call numbers have their endings noted."""

    __tablename__ = "numbers_noted"
    call_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


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


class AuditEvent(SQLModel, table=True):
    """Append-only: who did what to whom. ``detail`` holds facts for programs, never a secret."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_at", "at"),
        Index("ix_audit_event_action_at", "action", "at"),
        Index("ix_audit_event_actor_at", "actor_id", "at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=_instant(nullable=False))
    actor_id: int | None = Field(default=None, foreign_key="agent.id")
    """None: the command line, or nobody who was signed in."""
    action: AuditAction = Field(sa_column=_word(AuditAction))
    subject: str = Field(default="", max_length=128)
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
