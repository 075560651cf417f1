"""The one way a call ends, and what that means for the agent and the room."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from callcenter.core.domain.call_outcomes import Ending, turned_away
from callcenter.core.domain.calls import CallDirection, CallState, OfferState
from callcenter.core.domain.events import AgentFreed, CallEnded, NextPresenceChanged, OfferWithdrawn, PresenceChanged
from callcenter.core.ports.media_server import Media
from callcenter.core.ports.telephony_provider import Telephony
from callcenter.core.store import agents, calls, legs, offers
from callcenter.core.tables import Call
from callcenter.core.unit_of_work import UnitOfWork
from callcenter.core.webhook_batch import Closing, WebhookBatch
from callcenter.platform.observability import logging
from callcenter.settings import Settings


class Endings:
    def __init__(self, settings: Settings, media: Media, telephony: Telephony) -> None:
        self._settings = settings
        self._media = media
        self._telephony = telephony

    async def end(self, unit: UnitOfWork, call: Call, ending: Ending, sip_code: int = 0, sip_phrase: str = "") -> bool:
        """End a call. False when it had ended before, or may not end so; then nothing is changed."""
        return bool(await self._end_all(unit, [Closing(call, ending, sip_code, sip_phrase)]))

    async def end_together(self, unit: UnitOfWork, call: Call, ending: Ending, batch: WebhookBatch | None) -> None:
        """The same; where several notifications are applied at once, with all others that end by them."""
        if batch is None:
            await self.end(unit, call, ending)
        else:
            batch.closing.setdefault(call.livekit_room_name, Closing(call, ending))

    async def settle(self, batch: WebhookBatch, unit: UnitOfWork) -> None:
        """Write what was put off."""
        closing, batch.closing = batch.closing, {}
        left, batch.left = batch.left, {}
        ended = await self._end_all(unit, list(closing.values()))
        empty = {room for room, one in closing.items() if one.call.id in ended}
        await legs.leave_these(unit.session, [sid for room, sid in left.items() if room not in empty], unit.now)

    async def _end_all(self, unit: UnitOfWork, closing: Sequence[Closing]) -> set[int]:
        """Those that end alike are written at once. Returns the calls that have ended."""
        alike: dict[tuple[Any, ...], list[Closing]] = defaultdict(list)
        for one in closing:
            alike[one.call.state, one.ending, _duration(one.call, unit.now)].append(one)
        ended: set[int] = set()
        for (before, ending, duration), ones in alike.items():
            ended |= await calls.move_all(
                unit.session,
                [one.call.id or 0 for one in ones],
                ending.state,
                only_from={before},
                ended_at=unit.now,
                duration=duration,
                ended_by=ending.ended_by,
                end_reason=ending.reason,
                agent_deadline=None,
            )
        done = [one for one in closing if one.call.id in ended]
        had_offer = await self._withdraw_offers(unit, done)
        await legs.leave_all(unit.session, [one.call.livekit_room_name for one in done], unit.now)
        for one in done:
            with logging.fresh(**one.bound):
                await self._record(unit, one, had_offer.get(one.call.id or 0))
        return ended

    async def _record(self, unit: UnitOfWork, one: Closing, offered_to: int | None) -> None:
        """What the end of a call means for the agent who had it, or at whom it rang, and for the room."""
        call, call_id = one.call, one.call.id or 0
        if offered_to is not None:
            unit.record(OfferWithdrawn(call_id, offered_to))
            if offered_to != call.agent_id:
                unit.record(AgentFreed(offered_to))
        ended = CallEnded(call_id, call.agent_id, ending=one.ending, sip_code=one.sip_code, sip_phrase=one.sip_phrase)
        unit.record(ended)
        if call.agent_id is not None:
            talked = call.answered_at is not None and call.state.is_talking
            await self.release(unit, call.agent_id, wrap_up=talked)
        self.put_down(unit, call)

    async def turn_away(self, unit: UnitOfWork, call: Call) -> None:
        """Nobody took it in time."""
        await self.end(unit, call, turned_away(*await offers.refusals(unit.session, call.id or 0)))

    def put_down(self, unit: UnitOfWork, call: Call) -> None:
        """After the commit: nobody stays in the room, and a phone that was dialled stops ringing."""
        room_name = call.livekit_room_name
        if call.direction is CallDirection.OUTBOUND:
            unit.after_commit(lambda: self._telephony.hang_up(room_name))
        unit.after_commit(lambda: self._media.delete_room(room_name))

    async def release(self, unit: UnitOfWork, agent_id: int, *, wrap_up: bool) -> None:
        """The agent's call is over: wrap-up if they talked."""
        if wrap_up:
            until = unit.now + timedelta(seconds=self._settings.wrap_up_seconds)
            await agents.start_wrap_up(unit.session, agent_id, unit.now, until if until > unit.now else None)
        unit.record(AgentFreed(agent_id))

    async def _withdraw_offers(self, unit: UnitOfWork, closing: Sequence[Closing]) -> dict[int, int]:
        """Returns by call whom its live offer was for."""
        found: dict[int, int] = {}
        for state in (OfferState.RESCINDED, OfferState.CANCELED):
            of = [one.call.id or 0 for one in closing if one.call.state.has_offer and _withdrawn(one.ending) is state]
            if of:
                found |= await offers.withdraw(unit.session, of, state, unit.now)
        return found


def _withdrawn(ending: Ending) -> OfferState:
    gone = ending.state in (CallState.ABANDONED, CallState.FAILED)
    return OfferState.RESCINDED if gone else OfferState.CANCELED


def _duration(call: Call, now: datetime) -> int:
    """Whole seconds from the answer; 0 without one."""
    return max(0, int((now - call.answered_at).total_seconds())) if call.answered_at else 0


async def apply_next_presences(unit: UnitOfWork) -> None:
    """Agents who are free again become what they chose to be afterwards, before anything else rings at them."""
    for agent in await agents.next_presence_due(unit.session):
        agent_id, presence, reason = agent.id or 0, agent.next_presence, agent.next_presence_reason
        if presence and await agents.set_presence(unit.session, agent_id, presence, reason, unit.now):
            unit.record(PresenceChanged(agent_id, presence, reason, by="next"))
        await agents.set_next_presence(unit.session, agent_id, None, None)
        unit.record(NextPresenceChanged(agent_id))
