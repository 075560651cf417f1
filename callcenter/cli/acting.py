"""Commands that do one thing with the services, in this process."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from callcenter.cli.problems import Problem

if TYPE_CHECKING:
    from callcenter.bootstrap import Services

T = TypeVar("T")


def run(act: Callable[["Services"], Awaitable[T]]) -> T:
    """Open the services, act, close them. Raises Problem when the database cannot be used."""
    from sqlalchemy.exc import DBAPIError

    from callcenter.bootstrap import services, set_services
    from callcenter.domain.errors import DatabaseUnavailable

    async def inside() -> T:
        opened = services()
        try:
            return await act(opened)
        finally:
            await opened.stop()
            set_services(None)

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
