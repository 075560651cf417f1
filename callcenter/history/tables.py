"""Tables that find calls by any piece of a number."""

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from callcenter.platform.database.column_types import BYTE_ORDER


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
