"""What an administrator sees of the telephone side."""

from datetime import timedelta

from callcenter.domain.agents import Actor
from callcenter.domain.calls import EndReason
from callcenter.domain.errors import NotAllowed
from callcenter.services.desk import iso
from callcenter.services.numbers import display
from callcenter.services.telephony.plan import TelephonyPlan
from callcenter.services.unit import Units
from callcenter.services.views import LineErrorView, LinesView, NumberView
from callcenter.settings import Settings
from callcenter.storage import agents, history

FAULTS = frozenset(
    {
        EndReason.NOT_IN_SERVICE,
        EndReason.UNREACHABLE,
        EndReason.LINE_DOWN,
        EndReason.LINE_SILENT,
        EndReason.NO_TRUNK,
        EndReason.LINE_LOST,
    }
)
"""Ends that are about the line; that somebody was busy or did not answer is not."""
SHOWN = 20
LOOK_BACK = timedelta(days=30)


class LinesService:
    def __init__(self, settings: Settings, units: Units, plan: TelephonyPlan) -> None:
        self._settings = settings
        self._units = units
        self._plan = plan

    async def view(self, actor: Actor) -> LinesView:
        """Numbers, lines and what went wrong on them lately. Raises NotAllowed for all but administrators."""
        if not actor.administers:
            raise NotAllowed()
        async with self._units.reading() as (session, now):
            found = await history.faults(session, FAULTS, now - LOOK_BACK, SHOWN)
            names = await agents.names(session, {call.agent_id for call, _ in found if call.agent_id})
        errors = [
            LineErrorView(
                id=event.id or 0,
                at=iso(event.at),
                call_id=call.id or 0,
                number_display=display(call.caller_id),
                agent_name=names.get(call.agent_id or 0, ""),
                reason=call.end_reason or "",
                sip_code=int(event.detail.get("sip_code", 0)),
                sip_phrase=str(event.detail.get("sip_phrase", "")),
            )
            for call, event in found
        ]
        return LinesView(
            provider=self._settings.telephony,
            numbers=[
                NumberView(one.number, display(one.number), one.label, one.leads_to) for one in self._plan.numbers
            ],
            errors=errors,
            checked_at=iso(now),
        )
