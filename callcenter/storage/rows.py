"""How many rows a statement changed: the row count decides every race."""

from typing import Any, cast

from sqlalchemy import CursorResult, Result


def changed(result: Result[Any]) -> bool:
    """True when a conditional update found its row in the state it asked for."""
    return cast(CursorResult[Any], result).rowcount > 0
