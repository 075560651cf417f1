"""How many rows a statement changed, which decides every race, and conditions that indexes understand.

The statements of the way from a notification to an agent's ear are made once, of tables alone: that takes a third of
the time that they take when they are made anew and go through the mapping of objects.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Executable, Result, bindparam
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

FRESH: dict[str, Any] = {"populate_existing": True}
"""For rows that an update of this very transaction may have changed."""
NOT_SYNCED: dict[str, Any] = {"synchronize_session": False}
"""For updates whose rows are read again (``FRESH``) before they are looked at."""


def changed(result: Result[Any]) -> bool:
    """True when a conditional update found its row in the state it asked for."""
    return cast(CursorResult[Any], result).rowcount > 0


def one_of(column: Any, words: Sequence[StrEnum]) -> ColumnElement[bool]:
    """``column IN (words)``, written out in this order: only so do databases see that a partial index is meant."""
    values = bindparam(None, list(words), type_=column.type, expanding=True, literal_execute=True)
    return cast(ColumnElement[bool], column.in_(values))


def insert_new(table: Any, *returned: Any) -> Mapping[str, Executable]:
    """By kind of database: insert the rows that break no unique index, and return these columns of them."""
    statements = {"sqlite": sqlite_insert(table), "postgresql": pg_insert(table)}
    return {kind: one.on_conflict_do_nothing().returning(*returned) for kind, one in statements.items()}


def of_this(session: AsyncSession, statements: Mapping[str, Executable]) -> Executable:
    """The statement for the database of this session."""
    return statements[session.get_bind().dialect.name]
