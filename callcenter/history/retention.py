"""How long calls are kept, and forgetting one caller."""

from datetime import timedelta

from callcenter.audit.domain import AuditAction
from callcenter.audit.service import blank, record
from callcenter.core.authority import confirm_administrator, require_administrator
from callcenter.core.domain.agents import Actor
from callcenter.core.phone_numbers import normalise
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.history import retention_store
from callcenter.settings import Settings

AT_ONCE = 200
"""Calls in one transaction, so that nobody waits for the end of it."""
KEEP_SECONDS = 60.0
FORGOTTEN = "(forgotten)"


class Keeping:
    def __init__(self, settings: Settings, units: UnitOfWorkFactory) -> None:
        self._settings = settings
        self._units = units

    async def run(self) -> None:
        """Delete some of the calls that are older than CALL_DAYS; nothing when that is 0."""
        if not self._settings.call_days:
            return
        async with self._units.reading() as (session, now):
            before = now - timedelta(days=self._settings.call_days)
            old = await retention_store.older_than(session, before, AT_ONCE)
        if old:
            async with self._units.begin() as unit:
                await retention_store.delete_calls(unit.session, old)

    async def forget(self, actor: Actor, number: str) -> int:
        """Delete every finished call from or to a number; returns how many. Raises NotAllowed or NumberInvalid.

        Also of a caller whose name, or number without its country, is on record exactly as given here.
        """
        require_administrator(actor)
        wanted, count = await self._on_record(number), 0
        while True:
            async with self._units.begin() as unit:
                await confirm_administrator(unit.session, actor, unit.now)
                found = await retention_store.with_number(unit.session, wanted, AT_ONCE)
                await retention_store.delete_calls(unit.session, found)
                count += len(found)
                if len(found) < AT_ONCE:
                    await blank(unit.session, wanted, FORGOTTEN)
                    await record(unit, actor, AuditAction.CALLER_FORGOTTEN, FORGOTTEN, calls=count)
                    return count

    async def _on_record(self, number: str) -> str:
        given = number.strip()
        if given and "\0" not in given:
            async with self._units.reading() as (session, _):
                if await retention_store.with_number(session, given, 1):
                    return given
        return normalise(number, self._settings.phone_region)
