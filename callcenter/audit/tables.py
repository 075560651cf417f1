"""Table of the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from callcenter.audit.domain import AuditAction
from callcenter.platform.database.column_types import _instant, _word


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
