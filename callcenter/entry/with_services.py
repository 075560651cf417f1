"""Commands that do one thing with the services, in this process."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from callcenter.platform.errors import Problem

T = TypeVar("T")
Opener = Callable[[], AbstractAsyncContextManager[None]]

_openers: list[Opener] = []


def open_with(opener: Opener) -> None:
    """Makes this what registers the services before a command acts, and closes them afterwards."""
    _openers[:] = [opener]


def run(act: Callable[[], Awaitable[T]]) -> T:
    """Opens the services, acts, closes them. Raises Problem when the database cannot be used."""
    from sqlalchemy.exc import DBAPIError

    from callcenter.platform.errors import DatabaseUnavailable

    async def inside() -> T:
        (opener,) = _openers
        async with opener():
            return await act()

    try:
        return asyncio.run(inside())
    except UnicodeEncodeError:
        raise Problem("What was typed is no UTF-8 text.") from None
    except DatabaseUnavailable:
        raise Problem("The database does not answer. Check DATABASE_URL, and that it runs.") from None
    except DBAPIError as error:
        raise Problem(
            f"The database cannot be used ({_first_line(error.orig)}). Is it up to date? Try: make migrate"
        ) from None


def _first_line(error: object) -> str:
    return str(error).partition("\n")[0]
