"""Carries out what the routing function decides, inside the transaction that changed something."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.core.call_termination import Endings
from callcenter.core.domain.calls import OfferState
from callcenter.core.domain.events import (
    AgentConnected,
    AgentFreed,
    CallOffered,
    CallQueued,
    DeadlinesChecked,
    PresenceChanged,
    RoutableChanged,
    WrapUpEnded,
)
from callcenter.core.store import agent_facts, calls, offers
from callcenter.core.unit_of_work import UnitOfWork
from callcenter.platform.database.engine import Transaction
from callcenter.routing import store as routing_store
from callcenter.routing.domain import Decision, RoutingSnapshot, WaitingCall, route
from callcenter.settings import Settings

AT_ONCE = 100
"""So many waiting calls are looked at before agents are looked for; nobody reads a queue of thousands for one agent."""
FREEING = (AgentFreed, DeadlinesChecked)
"""After these an agent may become what they chose to be after the call."""
MATCHING = (*FREEING, CallQueued, AgentConnected, PresenceChanged, RoutableChanged, WrapUpEnded)
"""After these a waiting call may find an agent."""


class Router:
    """Offers waiting calls, and turns callers away whose time is over."""

    def __init__(self, settings: Settings, endings: Endings) -> None:
        self._reoffer_after = timedelta(seconds=settings.reoffer_seconds)
        self._ring = timedelta(seconds=settings.ring_seconds)
        self._endings = endings

    async def assign(self, unit: UnitOfWork) -> None:
        """Reads the first of those who wait, and only as many free agents as they can need."""
        after = None
        while waiting := await self._waiting(unit.session, after):
            last = waiting[-1]
            passed = {agent_id for call in waiting for agent_id in call.let_pass}
            # So many that for each call there is one who neither was chosen for another nor has let it pass.
            free = await routing_store.free(unit.session, unit.now, len(waiting) + len(passed))
            await self._carry_out(unit, route(RoutingSnapshot(waiting, free), unit.now, self._reoffer_after))
            if not free or len(waiting) < AT_ONCE:
                return
            after = last.joined_at, last.id

    async def explain(self, session: Transaction, now: datetime, call_id: int) -> Decision | None:
        """What would be decided about one waiting call, with all agents; None when there is nothing to decide."""
        waiting: list[WaitingCall] = []
        after = None
        while found := await self._waiting(session, after):
            waiting += found
            after = found[-1].joined_at, found[-1].id
        agents = await agent_facts.routed(session, now)
        decisions = route(RoutingSnapshot(waiting, agents), now, self._reoffer_after)
        return next((one for one in decisions if one.call_id == call_id), None)

    async def _waiting(self, session: Transaction, after: tuple[datetime, int] | None) -> Sequence[WaitingCall]:
        rows = await calls.queued(session, AT_ONCE, after)
        asked = [call_id for call_id, _, _, offered in rows if offered]
        passed = await offers.let_pass(session, asked)
        waiting = (WaitingCall(call_id, joined_at, late_at) for call_id, joined_at, late_at, _ in rows)
        return [replace(one, let_pass=passed[one.id]) if one.id in passed else one for one in waiting]

    async def _carry_out(self, unit: UnitOfWork, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            if decision.turn_away:
                await self._turn_away(unit, decision.call_id)
        chosen = {one.call_id: one.agent_id for one in decisions if one.agent_id is not None}
        if chosen:
            await self._offer(unit, chosen)

    async def _offer(self, unit: UnitOfWork, agent_of: dict[int, int]) -> None:
        made = await offers.add_all(unit.session, agent_of, unit.now, unit.now + self._ring)
        moved = await calls.offer_all(unit.session, made.keys()) if made else set()
        for call_id in (call_id for call_id in agent_of if call_id in made):
            if call_id not in moved:
                await offers.move(unit.session, made[call_id], OfferState.CANCELED, unit.now)
                continue
            unit.record(CallOffered(call_id, agent_of[call_id]))

    async def _turn_away(self, unit: UnitOfWork, call_id: int) -> None:
        call = await calls.by_id(unit.session, call_id)
        if call is not None:
            await self._endings.turn_away(unit, call)
