"""Forgetting a caller who asks for it."""

from callcenter.core.domain.agents import SYSTEM
from callcenter.entry.with_services import run
from callcenter.platform.registry import the


def forget(number: str) -> None:
    """Delete every finished call from or to this number, with all that is known of it."""

    async def act() -> str:
        from callcenter.history.retention import Keeping  # here, so that other commands start fast

        count = await the(Keeping).forget(SYSTEM, number)
        return f"{count} {'call is' if count == 1 else 'calls are'} forgotten. Backups still have them."

    print(run(act))
