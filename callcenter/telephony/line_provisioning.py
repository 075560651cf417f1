"""Bringing LiveKit's trunks and dispatch rule to what is declared, by an administrator."""

from dataclasses import dataclass

from callcenter.audit.domain import AuditAction
from callcenter.audit.service import page, record
from callcenter.core.domain.agents import Actor
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.platform.errors import NotAllowed
from callcenter.settings import Settings
from callcenter.telephony.livekit_sip.insecure_trunks import open_doors
from callcenter.telephony.livekit_sip.trunk_diff import Change, Found, changes
from callcenter.telephony.livekit_sip.trunks import Trunks
from callcenter.telephony.plan import TelephonyPlan


@dataclass(frozen=True)
class Comparison:
    """LiveKit beside the plan."""

    found: Found
    changes: tuple[Change, ...]
    """What would make LiveKit equal to the plan; empty when it is."""
    warnings: tuple[str, ...]
    """What others have left there that lets strangers in."""


class LineSetup:
    def __init__(self, settings: Settings, units: UnitOfWorkFactory, plan: TelephonyPlan) -> None:
        self._settings = settings
        self._units = units
        self._plan = plan

    async def compare(self, actor: Actor) -> Comparison:
        """Changes nothing. Raises NotAllowed or LinesUnavailable."""
        _only_administrators(actor)
        async with Trunks(self._settings) as trunks:
            found = await trunks.found()
        return Comparison(found, tuple(changes(self._plan, found)), tuple(open_doors(found)))

    async def apply(self, actor: Actor) -> tuple[Change, ...]:
        """Make LiveKit equal to the plan and put that on record. Raises NotAllowed, LinesUnavailable or NotApplied."""
        _only_administrators(actor)
        async with self._units.reading() as (session, _):
            # Nothing is changed that could not be put on record.
            await page(session, 1)
        async with Trunks(self._settings) as trunks:
            done = await trunks.apply(self._plan)
        if done:
            async with self._units.begin() as unit:
                for change in done:
                    fields = [one.name for one in change.fields]
                    detail = {"did": change.action, "kind": change.kind, "id": change.id, "fields": fields}
                    await record(unit, actor, AuditAction.TELEPHONY_APPLIED, change.name, **detail)
        return done


def _only_administrators(actor: Actor) -> None:
    if not actor.administers:
        raise NotAllowed()
