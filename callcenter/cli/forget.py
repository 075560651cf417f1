"""Forgetting a caller who asks for it."""

from typing import TYPE_CHECKING

from callcenter.cli.acting import run
from callcenter.domain.agents import SYSTEM

if TYPE_CHECKING:
    from callcenter.bootstrap import Services


def forget(number: str) -> None:
    """Delete every finished call from or to this number, with all that is known of it."""

    async def act(services: "Services") -> str:
        count = await services.keeping.forget(SYSTEM, number)
        return f"{count} {'call is' if count == 1 else 'calls are'} forgotten. Backups still have them."

    print(run(act))
