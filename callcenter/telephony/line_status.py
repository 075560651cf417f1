"""What an administrator sees of the telephone side."""

from datetime import timedelta

from callcenter.audit.domain import AuditAction
from callcenter.audit.service import AuditRecord, page
from callcenter.core.domain.agents import Actor
from callcenter.core.domain.calls import EndReason
from callcenter.core.phone_numbers import display
from callcenter.core.store import agents
from callcenter.core.tables import Call, CallEvent
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.platform.errors import NotAllowed
from callcenter.platform.formatting import iso
from callcenter.settings import Settings
from callcenter.telephony import store as telephony_store
from callcenter.telephony.line_health import LineStates, Watch
from callcenter.telephony.plan import TelephonyPlan
from callcenter.telephony.views import LineErrorView, LinesView, NumberView, RefusalView, RefusedCountView

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
LOOK_BACK = timedelta(days=7)


class LinesService:
    def __init__(self, settings: Settings, units: UnitOfWorkFactory, plan: TelephonyPlan, provider: str) -> None:
        self._units = units
        self._plan = plan
        self._provider = provider
        self._watch = Watch(settings, plan, provider)

    async def view(self, actor: Actor, *, afresh: bool = False) -> LinesView:
        """Numbers, lines and what went wrong on them lately. Raises NotAllowed for all but administrators.

        The state of the lines is at most ten seconds old, or looked at now when ``afresh`` says so; it takes a few
        seconds at the longest, and what does not answer by then is down.
        """
        if not actor.administers:
            raise NotAllowed()
        states = await self._watch.states(afresh=afresh)
        async with self._units.reading() as (session, now):
            faults = await telephony_store.faults(session, FAULTS, now - LOOK_BACK, SHOWN)
            refusals = await page(session, SHOWN, action=AuditAction.DIAL_REFUSED)
            people = {call.agent_id for call, _ in faults if call.agent_id}
            names = await agents.names(session, people | {one.actor_id for one in refusals if one.actor_id})
        return LinesView(
            provider=self._provider,
            numbers=[
                NumberView(one.number, display(one.number), one.label, one.leads_to) for one in self._plan.numbers
            ],
            inbound=states.inbound,
            outbound=states.outbound,
            service=states.service,
            redis=states.redis,
            problems=list(states.problems),
            calls_now=states.counts.calls_now if states.counts else 0,
            refused=_counts(states),
            refused_known=states.counts is not None,
            errors=[_error(call, event, names) for call, event in faults],
            refusals=[_refusal(one, names) for one in refusals],
            checked_at=iso(states.at),
        )


def _counts(states: LineStates) -> list[RefusedCountView]:
    found = states.counts.refused if states.counts else {}
    return [RefusedCountView(reason, count=count) for reason, count in found.items() if count]


def _error(call: Call, event: CallEvent, names: dict[int, str]) -> LineErrorView:
    return LineErrorView(
        id=event.id or 0,
        at=iso(event.at),
        call_id=call.id or 0,
        number_display=display(call.caller_id),
        agent_name=names.get(call.agent_id or 0, ""),
        reason=call.end_reason or "",
        sip_code=int(event.detail.get("sip_code", 0)),
        sip_phrase=str(event.detail.get("sip_phrase", "")),
    )


def _refusal(one: AuditRecord, names: dict[int, str]) -> RefusalView:
    return RefusalView(
        id=one.id,
        at=iso(one.at),
        agent_name=names.get(one.actor_id or 0, ""),
        rule=str(one.detail.get("rule", "")),
        number_display=display(one.subject),
        reason=str(one.detail.get("reason", "")),
        parameters={name: str(value) for name, value in one.detail.get("parameters", {}).items()},
        text=str(one.detail.get("text", "")),
    )
