"""Notes numbers of new calls for searches by a piece of one, a few seconds after the calls began."""

from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.history import number_search_store

NOTE_SECONDS = 5.0
AT_ONCE = 200
"""Calls in one transaction, so that nobody waits for the end of it."""


class PartyNumbers:
    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    async def run(self) -> None:
        """Note what is new; nothing is written when there is nothing."""
        async with self._units.reading() as (session, _):
            new = await number_search_store.unnoted(session)
        while new:
            async with self._units.begin() as unit:
                new = await number_search_store.note(unit.session, AT_ONCE) == AT_ONCE
