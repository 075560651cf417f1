"""How many rows a statement changed, which decides every race, and conditions that indexes understand."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Result, bindparam

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
