"""Deadlines are columns; this looks at them, several times a second. Harmless when it runs twice."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from callcenter.core.call_termination import Endings
from callcenter.core.domain.agents import Presence, Routable, Session
from callcenter.core.domain.call_outcomes import DIAL_ENDINGS, agent_lost
from callcenter.core.domain.calls import DIALLED, TALKING, CallDirection, CallState, EndReason, OfferState
from callcenter.core.domain.events import (
    AgentDisconnected,
    AgentFreed,
    AgentLeft,
    AgentNotConnected,
    AgentReturned,
    CallRequeued,
    DeadlinesChecked,
    OfferMissed,
    PresenceChanged,
    RoutableChanged,
    WrapUpEnded,
)
from callcenter.core.offer_withdrawal import leave_room, put_out, take_back
from callcenter.core.ports.media_server import Media
from callcenter.core.store import agents, calls, connections, deadlines, legs, offers
from callcenter.core.tables import Call, Offer
from callcenter.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from callcenter.settings import Settings

Look = Callable[[str], Awaitable[bool]]
"""Compare one room with what is known of it; False when the media server cannot be asked."""
Tidy = Callable[[UnitOfWork], Awaitable[None]]
"""Deletes what somebody keeps for a while and no longer needs."""
TIDY_EVERY = timedelta(hours=1)


class Sweeper:
    def __init__(
        self,
        settings: Settings,
        units: UnitOfWorkFactory,
        media: Media,
        endings: Endings,
        look: Look,
        tidying: Sequence[Tidy],
    ) -> None:
        self._settings = settings
        self._units = units
        self._media = media
        self._endings = endings
        self._look = look
        self._tidying = tidying
        self._last: datetime | None = None
        self._tidied: datetime | None = None

    async def run(self) -> None:
        """One look at every deadline. Nobody loses a call before LiveKit was asked how things stand."""
        async with self._units.reading() as (session, now):
            due = await deadlines.due(session, now, self._last or now, self._forgotten(now))
        if not due and not self._untidy(now):
            self._last = now
            return
        doubtful = sorted(await self._doubtful())
        seen = await asyncio.gather(*(self._look(room_name) for room_name in doubtful))
        looked_at = {room_name for room_name, known in zip(doubtful, seen, strict=True) if known}
        async with self._units.begin() as unit:
            unit.record(DeadlinesChecked())
            await self._offers(unit, looked_at)
            await self._calls(unit, looked_at)
            await self._agents(unit)
            await self._tidy(unit)
            self._last = unit.now

    async def _doubtful(self) -> set[str]:
        """Rooms of calls that would be taken from an agent now, although only a notification may be late."""
        async with self._units.reading() as (session, now):
            overdue = [*await deadlines.agent_overdue(session, now), *await deadlines.dial_overdue(session, now)]
            overdue += await deadlines.accept_overdue(session, now)
            overdue += [call for call in await deadlines.being_dialled(session) if _deserted_too_long(call, now)]
            return {call.livekit_room_name for call in overdue}

    async def _offers(self, unit: UnitOfWork, looked_at: set[str]) -> None:
        for offer in await offers.overdue(unit.session, unit.now):
            if offer.state is OfferState.PENDING:
                await self._missed(unit, offer)
        for call in await deadlines.accept_overdue(unit.session, unit.now):
            accepted = await offers.live_for_call(unit.session, call.id or 0)
            if accepted is not None and call.livekit_room_name in looked_at:
                await self._never_connected(unit, accepted)
        for offer in await offers.without_desk(unit.session, unit.now):
            await take_back(unit, offer, self._media)

    async def _missed(self, unit: UnitOfWork, offer: Offer) -> None:
        if not await offers.move(unit.session, offer.id or 0, OfferState.TIMEOUT, unit.now):
            return
        await calls.move(unit.session, offer.call_id, CallState.QUEUED, only_from={CallState.OFFERED})
        unit.record(OfferMissed(offer.call_id, offer.agent_id), AgentFreed(offer.agent_id))
        await self._not_routable(unit, offer.agent_id, Routable.MISSED)
        await leave_room(unit, offer, self._media)

    async def _never_connected(self, unit: UnitOfWork, offer: Offer) -> None:
        """Answered, but no microphone came: the caller waits on, and the agent's device needs a look."""
        if not await offers.move(unit.session, offer.id or 0, OfferState.TIMEOUT, unit.now):
            return
        await calls.move(unit.session, offer.call_id, CallState.QUEUED, only_from={CallState.CONNECTING}, agent_id=None)
        unit.record(AgentNotConnected(offer.call_id, offer.agent_id), AgentFreed(offer.agent_id))
        await self._not_routable(unit, offer.agent_id, Routable.DEVICE_ERROR)
        await leave_room(unit, offer, self._media)

    async def _not_routable(self, unit: UnitOfWork, agent_id: int, why: Routable) -> None:
        if await agents.set_routable(unit.session, agent_id, why, unit.now):
            unit.record(RoutableChanged(agent_id, why))

    async def _calls(self, unit: UnitOfWork, looked_at: set[str]) -> None:
        for call in await deadlines.agent_overdue(unit.session, unit.now):
            if call.livekit_room_name not in looked_at:
                continue
            if call.direction is CallDirection.INBOUND:
                await self._requeue(unit, call)
            else:
                await self._endings.end(unit, call, agent_lost(call.state))
        for call in await deadlines.late(unit.session, unit.now):
            await self._endings.turn_away(unit, call)
        for call in await deadlines.dial_overdue(unit.session, unit.now):
            if call.livekit_room_name in looked_at:
                await self._endings.end(unit, call, DIAL_ENDINGS[self._unanswered(call)])
        if self._settings.dial_without_agent_seconds >= self._settings.dial_seconds:
            return
        for call in await deadlines.being_dialled(unit.session):
            await self._attend(unit, call, looked_at)

    def _unanswered(self, call: Call) -> EndReason:
        """Why the deadline of a dialled phone has passed: it had its time, or it went and nobody said why."""
        had = (call.dial_deadline or call.start_time) - call.start_time
        return EndReason.NO_ANSWER if had.total_seconds() >= self._settings.dial_seconds else EndReason.LINE_LOST

    async def _attend(self, unit: UnitOfWork, call: Call, looked_at: set[str]) -> None:
        """A phone rings for an agent who is gone: they have some seconds to come back, as after a reload."""
        call_id = call.id or 0
        if await self._attended(unit, call):
            if await calls.set_agent_deadline(unit.session, call_id, None, DIALLED):
                unit.record(AgentReturned(call_id, call.agent_id))
        elif call.agent_deadline is None:
            deadline = unit.now + timedelta(seconds=self._settings.dial_without_agent_seconds)
            if await calls.set_agent_deadline(unit.session, call_id, deadline, DIALLED):
                unit.record(AgentLeft(call_id, call.agent_id))
        elif _deserted_too_long(call, unit.now) and call.livekit_room_name in looked_at:
            await self._endings.end(unit, call, agent_lost(call.state))

    async def _attended(self, unit: UnitOfWork, call: Call) -> bool:
        """Whether a desk of the agent is open; of one who had none while dialling, whether their sound is there."""
        grace = timedelta(seconds=self._settings.session_grace_seconds)
        tabs = await connections.connections_since(unit.session, call.agent_id or 0, call.start_time)
        desks = [tab for tab in tabs if tab.kind == "desk"]
        if any(not tab.closed and tab.lease_until > unit.now for tab in desks):
            return True
        if any(not tab.closed or tab.lease_until - grace >= call.start_time for tab in desks):
            return False
        stays = await legs.agent_stays(unit.session, call.livekit_room_name)
        return not stays or any(stay.left_at is None for stay in stays)

    async def _requeue(self, unit: UnitOfWork, call: Call) -> None:
        """The agent did not come back: the caller keeps their place and is never turned away."""
        agent_id = call.agent_id
        moved = await calls.move(
            unit.session,
            call.id or 0,
            CallState.QUEUED,
            only_from=TALKING,
            agent_id=None,
            agent_deadline=None,
            turn_away_at=None,
        )
        if moved and agent_id is not None:
            unit.record(CallRequeued(call.id or 0, agent_id))
            if await connections.session_of(unit.session, agent_id, unit.now) is Session.CONNECTED:
                # Their desk is there and their sound is not: the same caller would be lost again.
                await self._not_routable(unit, agent_id, Routable.DEVICE_ERROR)
            await put_out(unit, call, agent_id, self._media)
            await self._endings.release(unit, agent_id, wrap_up=False)

    async def _agents(self, unit: UnitOfWork) -> None:
        for agent_id in await agents.end_wrap_up(unit.session, unit.now):
            unit.record(WrapUpEnded(agent_id))
        for agent_id in await agents.end_pauses(unit.session, unit.now):
            unit.record(RoutableChanged(agent_id, Routable.OK))
        for agent_id in await connections.leases_ended(unit.session, self._last or unit.now, unit.now):
            unit.record(AgentDisconnected(agent_id))
        forget = self._forgotten(unit.now)
        for agent_id in await connections.without_desk_since(unit.session, forget):
            if await agents.set_presence(unit.session, agent_id, Presence.OFFLINE, None, unit.now):
                unit.record(PresenceChanged(agent_id, Presence.OFFLINE, by="desk_lost"))
        await connections.forget_connections(unit.session, forget)

    def _forgotten(self, now: datetime) -> datetime:
        """Whoever has had no desk since then is gone."""
        return now - timedelta(seconds=self._settings.session_forget_seconds)

    def _untidy(self, now: datetime) -> bool:
        return self._tidied is None or now - self._tidied >= TIDY_EVERY

    async def _tidy(self, unit: UnitOfWork) -> None:
        if not self._untidy(unit.now):
            return
        self._tidied = unit.now
        for tidy in self._tidying:
            await tidy(unit)


def _deserted_too_long(call: Call, now: datetime) -> bool:
    return call.agent_deadline is not None and call.agent_deadline <= now
