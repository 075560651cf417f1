"""Limits of dialling, counted in the database, and the record of what was refused."""

from datetime import timedelta

from callcenter.audit.domain import AuditAction
from callcenter.audit.service import of_actor, record
from callcenter.core.domain.agents import Actor
from callcenter.core.store import calls
from callcenter.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from callcenter.dialing.errors import CallerIdNotOwned, DialRefused, EmergencyNotAllowed, LinesBusy, TooManyDials
from callcenter.dialing.rules import DialRules, NumberKind, Wanted
from callcenter.settings import Settings

MINUTE = timedelta(minutes=1)
RARELY = frozenset(one.code for one in (TooManyDials, LinesBusy, EmergencyNotAllowed, CallerIdNotOwned))
"""Refusals that teach nothing about other numbers: they do not count as attempts, and are recorded once a minute."""


class DialGuard:
    def __init__(self, settings: Settings, units: UnitOfWorkFactory, rules: DialRules) -> None:
        self._settings = settings
        self._units = units
        self.rules = rules

    def read(self, text: str) -> Wanted:
        """What somebody typed. Raises NumberInvalid."""
        return self.rules.read(text)

    async def check(self, unit: UnitOfWork, actor: Actor, wanted: Wanted) -> None:
        """May this agent dial that now? Asked in the transaction that adds the call, so that no two slip through.

        Raises a DialRefused. A call for help is never one too many.
        """
        if wanted.kind is not NumberKind.EMERGENCY and await self._too_often(unit, actor):
            raise TooManyDials()
        self.rules.check(wanted)
        if wanted.kind is NumberKind.EMERGENCY:
            return
        if await calls.count_outbound(unit.session) >= self._settings.max_outbound_calls:
            raise LinesBusy()

    async def refused(self, actor: Actor, wanted: Wanted, refusal: DialRefused) -> None:
        """Put a refusal on record, in a transaction of its own: the dial's has come to nothing."""
        async with self._units.begin() as unit:
            before = await self._refusals(unit, actor)
            if refusal.code not in RARELY or refusal.code not in before:
                why = {"rule": refusal.code, "reason": refusal.reason, "parameters": refusal.parameters}
                await record(unit, actor, AuditAction.DIAL_REFUSED, wanted.number, **why)

    async def _too_often(self, unit: UnitOfWork, actor: Actor) -> bool:
        """Refused attempts count as well: nobody can try out numbers until one goes through."""
        tried = await calls.count_dialled(unit.session, actor.id, unit.now - MINUTE)
        tried += sum(rule not in RARELY for rule in await self._refusals(unit, actor))
        return tried >= self._settings.dials_per_minute

    async def _refusals(self, unit: UnitOfWork, actor: Actor) -> list[str]:
        """The rules by which this agent was refused within the last minute."""
        found = await of_actor(unit.session, actor.id, AuditAction.DIAL_REFUSED, unit.now - MINUTE)
        return [str(one.detail.get("rule")) for one in found]
