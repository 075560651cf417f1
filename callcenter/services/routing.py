"""Carries out what the routing function decides, inside the transaction that changed something."""

from datetime import timedelta

from callcenter.domain.calls import CallEventKind, CallState, OfferState
from callcenter.domain.outcomes import turned_away
from callcenter.domain.routing import AgentFacts, RoutingSnapshot, WaitingCall, route
from callcenter.services.endings import Endings, apply_next_presences
from callcenter.services.unit import Unit
from callcenter.settings import Settings
from callcenter.storage import board, calls, offers
from callcenter.storage.models import Offer


class Router:
    """Offers waiting calls, and turns callers away whose time is over."""

    def __init__(self, settings: Settings, endings: Endings) -> None:
        self._settings = settings
        self._endings = endings

    async def assign(self, unit: Unit) -> None:
        await apply_next_presences(unit)
        snapshot = await self.snapshot(unit)
        if not snapshot.calls:
            return
        for decision in route(snapshot, unit.now, timedelta(seconds=self._settings.reoffer_seconds)):
            if decision.turn_away:
                await self._turn_away(unit, decision.call_id)
            elif decision.agent_id is not None:
                await self._offer(unit, decision.call_id, decision.agent_id)

    async def snapshot(self, unit: Unit) -> RoutingSnapshot:
        waiting = await calls.waiting(unit.session)
        if not waiting:
            return RoutingSnapshot((), ())
        passed = await offers.let_pass(unit.session, [call.id or 0 for call in waiting])
        everyone = await board.everyone(unit.session, unit.now)
        return RoutingSnapshot(
            calls=[
                WaitingCall(
                    id=call.id or 0,
                    joined_at=call.joined_at,
                    turn_away_at=call.turn_away_at,
                    offered=call.state is CallState.OFFERED,
                    let_pass=passed.get(call.id or 0, {}),
                )
                for call in waiting
            ],
            agents=[
                AgentFacts(
                    id=one.agent.id or 0,
                    presence=one.agent.presence,
                    work=one.work,
                    routable=one.agent.routable,
                    session=one.session,
                    idle_since=one.agent.idle_since,
                )
                for one in everyone
            ],
        )

    async def _offer(self, unit: Unit, call_id: int, agent_id: int) -> None:
        offer = Offer(
            call_id=call_id,
            agent_id=agent_id,
            state=OfferState.PENDING,
            created_at=unit.now,
            deadline=unit.now + timedelta(seconds=self._settings.ring_seconds),
        )
        if not await offers.add(unit.session, offer):
            return
        if not await calls.move(unit.session, call_id, CallState.OFFERED):
            await offers.move(unit.session, offer.id or 0, OfferState.CANCELED, unit.now)
            return
        await unit.log_call(call_id, CallEventKind.OFFERED, agent_id)
        unit.agent_changed(agent_id)

    async def _turn_away(self, unit: Unit, call_id: int) -> None:
        call = await calls.by_id(unit.session, call_id)
        if call is not None:
            await self._endings.end(unit, call, turned_away(*await offers.refusals(unit.session, call_id)))
