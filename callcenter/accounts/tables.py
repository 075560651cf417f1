"""Tables of failed sign-ins and invitations."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from callcenter.core.domain.agents import Role
from callcenter.platform.database.column_types import _instant, _word


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
