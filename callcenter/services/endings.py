"""The one way a call ends, and what that means for the agent and the room."""

from datetime import timedelta
from typing import Any

from callcenter.domain.calls import CallDirection, CallEventKind, CallState, OfferState
from callcenter.domain.outcomes import Ending, turned_away
from callcenter.services.media import Media
from callcenter.services.telephony.provider import Telephony
from callcenter.services.unit import Unit
from callcenter.settings import Settings
from callcenter.storage import agents, calls, offers
from callcenter.storage.models import Call

OFFERED = frozenset({CallState.OFFERED, CallState.CONNECTING})
"""A call in any other state has no live offer."""


class Endings:
    def __init__(self, settings: Settings, media: Media, telephony: Telephony) -> None:
        self._settings = settings
        self._media = media
        self._telephony = telephony

    async def end(self, unit: Unit, call: Call, ending: Ending, **detail: Any) -> bool:
        """End a call. False when it had ended before, or may not end so; then nothing is changed."""
        call_id = call.id or 0
        talked = call.answered_at is not None and call.state is CallState.CONNECTED
        duration = max(0, int((unit.now - call.answered_at).total_seconds())) if call.answered_at else 0
        done = await calls.move(
            unit.session,
            call_id,
            ending.state,
            only_from={call.state},
            ended_at=unit.now,
            duration=duration,
            ended_by=ending.ended_by,
            end_reason=ending.reason,
            agent_deadline=None,
        )
        if not done:
            return False
        if call.state in OFFERED:
            await self._withdraw_offer(unit, call_id, ending)
        await calls.leave_all(unit.session, call.livekit_room_name, unit.now)
        await unit.log_call(
            call_id,
            CallEventKind.ENDED,
            call.agent_id,
            state=ending.state.value,
            by=ending.ended_by.value,
            reason=ending.reason.value,
            **detail,
        )
        if call.agent_id is not None:
            await self.release(unit, call.agent_id, wrap_up=talked)
        self.put_down(unit, call)
        return True

    async def turn_away(self, unit: Unit, call: Call) -> None:
        """Nobody took it in time."""
        await self.end(unit, call, turned_away(*await offers.refusals(unit.session, call.id or 0)))

    def put_down(self, unit: Unit, call: Call) -> None:
        """After the commit: nobody stays in the room, and a phone that was dialled stops ringing."""
        room_name = call.livekit_room_name
        unit.afterwards(lambda: self._media.delete_room(room_name))
        if call.direction is CallDirection.OUTBOUND:
            unit.afterwards(lambda: self._telephony.hang_up(room_name))

    async def release(self, unit: Unit, agent_id: int, *, wrap_up: bool) -> None:
        """The agent's call is over: wrap-up if they talked."""
        if wrap_up:
            until = unit.now + timedelta(seconds=self._settings.wrap_up_seconds)
            await agents.start_wrap_up(unit.session, agent_id, unit.now, until if until > unit.now else None)
        unit.agent_freed(agent_id)

    async def _withdraw_offer(self, unit: Unit, call_id: int, ending: Ending) -> None:
        gone = ending.state in (CallState.ABANDONED, CallState.FAILED)
        state = OfferState.RESCINDED if gone else OfferState.CANCELED
        agent_id = await offers.withdraw(unit.session, call_id, state, unit.now)
        if agent_id is not None:
            await unit.log_call(call_id, CallEventKind.OFFER_WITHDRAWN, agent_id)
            unit.agent_freed(agent_id)


async def apply_next_presences(unit: Unit) -> None:
    """Agents who are free again become what they chose to be afterwards, before anything else rings at them."""
    for agent in await agents.next_presence_due(unit.session):
        agent_id, presence, reason = agent.id or 0, agent.next_presence, agent.next_presence_reason
        if presence and await agents.set_presence(unit.session, agent_id, presence, reason, unit.now):
            await unit.log_agent(agent_id, "presence", presence=presence.value, reason=reason or "", by="next")
        await agents.set_next_presence(unit.session, agent_id, None, None)
        unit.agent_changed(agent_id)
