"""What the media server shows us, applied to the record.

Notifications and the reconciler's readings go through the same few methods, and each of them is idempotent:
lost, doubled and shuffled notifications lead to the same end.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from callcenter.core import outbound_progress
from callcenter.core.call_termination import Endings
from callcenter.core.domain.call_outcomes import other_party_left, room_lost
from callcenter.core.domain.calls import CallDirection, CallState, LegRole
from callcenter.core.domain.events import (
    AgentLeft,
    AgentReturned,
    CallAdopted,
    CallConnected,
    CallFacts,
    CallQueued,
    CallStarted,
)
from callcenter.core.domain.room_rights import Right
from callcenter.core.ports.media_server import TRIAL_ROOM, Media, Notification, ParticipantSeen, RoomSeen
from callcenter.core.store import calls, offers, processed_events, room_rights, rooms, sign_ins
from callcenter.core.store import legs as store_legs
from callcenter.core.store.room_rights import Standing
from callcenter.core.tables import Call, Leg
from callcenter.core.unit_of_work import UnitOfWork
from callcenter.core.webhook_batch import WebhookBatch
from callcenter.room_events.network_numbers import NetworkNumbers
from callcenter.room_events.notifications import ABORTED, GONE, LEFT, THERE, Stay, _calls_in, has_called_in
from callcenter.settings import Settings

logger = logging.getLogger(__name__)


class Observer:
    def __init__(self, settings: Settings, media: Media, endings: Endings, numbers: NetworkNumbers) -> None:
        self._settings = settings
        self._numbers = numbers
        self._media = media
        self._endings = endings

    async def begin(self, unit: UnitOfWork, notifications: Sequence[Notification]) -> WebhookBatch:
        """Before several are applied one by one: read what is on record of all their rooms, for the first notification
        of each (those after it read anew), and write down all who call in with that."""
        batch = WebhookBatch(await rooms.of_rooms(unit.session, {seen.room.name for seen in notifications}))
        first: dict[str, Notification] = {}
        for seen in notifications:
            first.setdefault(seen.room.name, seen)
        known = batch.ahead
        callers = {
            name: (seen.room, seen.participant)
            for name, seen in first.items()
            if seen.participant is not None and known[name] == (None, []) and _calls_in(seen, seen.participant)
        }
        if not callers:
            return batch
        begun = [self._inbound(unit, room, person) for room, person in callers.values()]
        await calls.add_all(unit.session, begun)
        legs = [_leg(unit, call, *caller) for call, caller in zip(begun, callers.values(), strict=True)]
        await store_legs.enter(unit.session, legs)
        for call, leg in zip(begun, legs, strict=True):
            known[call.livekit_room_name] = call, [leg]
            batch.untold.add(call.id or 0)
        return batch

    async def finish(self, unit: UnitOfWork, batch: WebhookBatch) -> None:
        """After the last one: write what was put off."""
        await self._endings.settle(batch, unit)

    async def apply(self, unit: UnitOfWork, seen: Notification, batch: WebhookBatch | None = None) -> None:
        """One notification that has not been applied before. ``batch``: those that are applied with it."""
        if batch is not None and batch.puts_off(seen.room.name):
            await self._endings.settle(batch, unit)
        if seen.room.name.startswith(TRIAL_ROOM):
            await processed_events.first_time(unit.session, seen.room.name, unit.now)
        elif seen.kind == GONE:
            await self.room_gone(unit, seen.room, batch)
        elif seen.participant is None:
            return
        elif seen.kind in THERE:
            audio = seen.kind == "track_published"
            await self.participant_there(unit, seen.room, seen.participant, audio=audio, batch=batch)
        elif seen.kind in LEFT:
            await self._left(unit, seen.room, seen.participant, batch, entered=seen.kind != ABORTED)

    async def participant_there(
        self,
        unit: UnitOfWork,
        room: RoomSeen,
        seen: ParticipantSeen,
        *,
        audio: bool,
        adopted: bool = False,
        batch: WebhookBatch | None = None,
    ) -> None:
        """Somebody is in a room; ``audio``: and their sound is there."""
        call, leg, _ = await _on_record(unit, room.name, seen.sid, batch)
        if call is None and not has_called_in(room, seen):
            return
        if call is not None and batch is not None and call.id in batch.untold:
            batch.untold.discard(call.id)
            _record_beginning(unit, call, adopted=adopted)
        if leg is not None and leg.left_at is not None:
            return  # a late word about somebody who has left already
        if seen.hung_up:
            await self._left(unit, room, seen, batch)
            return
        if call is None and seen.forged:
            logger.warning("turned away a caller with a forged address")
            unit.after_commit(lambda: self._media.delete_room(room.name))
            return
        if call is None:
            call = await self._new_inbound(unit, room, seen, adopted=adopted)
        if call.ended_at is not None:
            self._endings.put_down(unit, call)
            return
        if not call.room_sid:
            await calls.set_room_sid(unit.session, call.id or 0, room.sid)
        stands = None if seen.phone else await room_rights.standing(unit.session, room.name, seen.identity)
        if stands is not None and self._is_put_out(unit, room, seen, stands):
            return
        if leg is None:
            await store_legs.enter(unit.session, [_leg(unit, call, room, seen)])
        if seen.phone:
            await self._phone_state(unit, call, seen)
        elif stands is not None and stands.right is Right.TALK:
            await self._agent_there(unit, call, stands.agent_id, seen, speaks=audio or seen.publishes_audio)

    async def _left(
        self,
        unit: UnitOfWork,
        room: RoomSeen,
        seen: ParticipantSeen,
        batch: WebhookBatch | None,
        *,
        entered: bool = True,
    ) -> None:
        """A caller whose coming is told after their going, or not at all, has called all the same.

        ``entered``: they were connected; who was not, and has no call yet, is not waited for.
        """
        call, leg, others = await _on_record(unit, room.name, seen.sid, batch)
        may_return = seen.may_return and (entered or call is not None)
        if call is None and has_called_in(room, seen) and not seen.forged:
            call = await self._new_inbound(unit, room, seen, adopted=False)
            await store_legs.enter(unit.session, [_leg(unit, call, room, seen)])
            leg = await store_legs.leg(unit.session, seen.sid)
        stay = Stay(call, leg, seen.identity, seen.sid, seen.phone, others)
        await self._gone(unit, room, stay, batch, lost=seen.lost, may_return=may_return)

    async def _new_inbound(self, unit: UnitOfWork, room: RoomSeen, seen: ParticipantSeen, *, adopted: bool) -> Call:
        call = self._inbound(unit, room, seen)
        await calls.add_all(unit.session, [call])
        _record_beginning(unit, call, adopted=adopted)
        return call

    def _inbound(self, unit: UnitOfWork, room: RoomSeen, seen: ParticipantSeen) -> Call:
        return Call(
            direction=CallDirection.INBOUND,
            state=CallState.QUEUED,
            caller_id=self._numbers.caller(seen.number)[:64],
            dialed_number=self._numbers.dialed(seen.dialed)[:64],
            livekit_room_name=room.name,
            room_sid=room.sid,
            start_time=unit.now,
            joined_at=unit.now,
            turn_away_at=unit.now + timedelta(seconds=self._settings.queue_timeout_seconds),
        )

    async def _phone_state(self, unit: UnitOfWork, call: Call, seen: ParticipantSeen) -> None:
        if call.direction is not CallDirection.OUTBOUND:
            return
        if seen.answered:
            await outbound_progress.answered(unit, call, timedelta(seconds=self._settings.agent_return_seconds))
        elif seen.alerting:
            await outbound_progress.rings(unit, call)

    def _is_put_out(self, unit: UnitOfWork, room: RoomSeen, seen: ParticipantSeen, stands: Standing) -> bool:
        """An agent who is there in a name that the record does not expect now, or with rights from an earlier time,
        would hear what is none of theirs. They leave nothing on the record but this line."""
        if stands.right is Right.TALK or (stands.right is Right.WAIT and not seen.may_talk):
            return False
        logger.warning("an agent without the call was put out of its room", extra={"agent_id": stands.agent_id})
        unit.after_commit(lambda: self._media.remove(room.name, seen.identity))
        return True

    async def _agent_there(
        self, unit: UnitOfWork, call: Call, agent_id: int, seen: ParticipantSeen, *, speaks: bool
    ) -> None:
        """A returned agent is back, muted or not; an open microphone makes an accepted call a connected one.

        Nobody's token lets them talk: who has the call gets the right to now.
        """
        call_id = call.id or 0
        if not seen.may_talk:
            room_name, identity = call.livekit_room_name, seen.identity
            unit.after_commit(lambda: self._media.allow_talking(room_name, identity))
            await self._give_time(unit, call_id)
        if call.agent_deadline and await calls.set_agent_deadline(unit.session, call_id, None):
            unit.record(AgentReturned(call_id, agent_id))
        if not speaks or call.state is not CallState.CONNECTING:
            return
        waited = None if call.answered_at else (unit.now - call.joined_at).total_seconds()
        answered_at = call.answered_at or unit.now
        if await calls.move(
            unit.session, call_id, CallState.CONNECTED, only_from={CallState.CONNECTING}, answered_at=answered_at
        ):
            await offers.connected(unit.session, call_id, unit.now)
            unit.record(CallConnected(call_id, agent_id, waited_seconds=waited))

    async def _give_time(self, unit: UnitOfWork, call_id: int) -> None:
        """Who is given the right to talk only now, as after a failed request, has from now to use it; not for ever."""
        deadline = unit.now + timedelta(seconds=self._settings.connect_seconds)
        accepted_after = unit.now - timedelta(seconds=self._settings.agent_return_seconds)
        await offers.extend(unit.session, call_id, deadline, accepted_after)

    async def participant_gone(
        self, unit: UnitOfWork, room: RoomSeen, identity: str, sid: str, *, lost: bool = False
    ) -> None:
        """A stay on record has ended. Only the stay with that sid: the same person may have rejoined under a new
        one."""
        call, leg = await rooms.stay(unit.session, room.name, sid)
        phone = leg is not None and leg.role is not LegRole.AGENT
        await self._gone(unit, room, Stay(call, leg, identity, sid, phone), None, lost=lost)

    async def _gone(
        self,
        unit: UnitOfWork,
        room: RoomSeen,
        stay: Stay,
        batch: WebhookBatch | None,
        *,
        lost: bool,
        may_return: bool = False,
    ) -> None:
        """``may_return``: the call goes on until they have been missing for a while, which the reconciler sees."""
        call = stay.call
        if stay.leg is None:
            role = await _left_before_seen(unit, room, stay)
        else:
            role = stay.leg.role
            if stay.leg.left_at is None and batch is not None and stay.others is not None:
                batch.left[room.name] = stay.sid
            elif stay.leg.left_at is None:
                await store_legs.leave(unit.session, stay.sid, unit.now)
        if call is None or call.ended_at is not None:
            return
        others = stay.others if stay.others is not None else await store_legs.present(unit.session, room.name)
        still_there = {leg.identity: leg for leg in others}
        if stay.identity in still_there:
            return
        if role is LegRole.AGENT:
            stands = await room_rights.standing(unit.session, room.name, stay.identity)
            if stands is not None and stands.right is Right.TALK:
                await self.agent_gone(unit, call, stands.agent_id)
        elif may_return and not call.state.is_dialled:
            return
        elif not any(one.role is not LegRole.AGENT for one in still_there.values()):
            await self.other_party_gone(unit, call, batch, lost=lost)

    async def other_party_gone(
        self, unit: UnitOfWork, call: Call, batch: WebhookBatch | None = None, *, lost: bool = False
    ) -> None:
        """Nobody is there to talk to; ``lost``: nor did anybody hang up, as when livekit-sip dies.

        Why a phone was not answered is for the dial to say, which may come later.
        """
        if call.state.is_dialled:
            soon = unit.now + timedelta(seconds=self._settings.connect_seconds)
            await calls.shorten_dial(unit.session, call.id or 0, soon)
        else:
            ending = room_lost(call.direction, call.state) if lost else other_party_left(call.state)
            await self._endings.end_together(unit, call, ending, batch)

    async def agent_gone(self, unit: UnitOfWork, call: Call, agent_id: int) -> None:
        """The agent's sound is gone from a call; it may come back (a reload) for a while, unless an administrator has
        signed them out."""
        shut_out = await sign_ins.shut_out(unit.session, agent_id, unit.now)
        wait = 0 if shut_out else self._settings.agent_return_seconds
        if await calls.set_agent_deadline(unit.session, call.id or 0, unit.now + timedelta(seconds=wait)):
            unit.record(AgentLeft(call.id or 0, agent_id))

    async def room_gone(self, unit: UnitOfWork, room: RoomSeen, batch: WebhookBatch | None = None) -> None:
        """A room has closed. A late word about an earlier life of it is ignored."""
        ahead = batch.ahead.pop(room.name, None) if batch is not None else None
        call = ahead[0] if ahead else await calls.by_room(unit.session, room.name)
        if call is None or (call.room_sid and room.sid and call.room_sid != room.sid):
            return
        await self._endings.end_together(unit, call, room_lost(call.direction, call.state), batch)


def _record_beginning(unit: UnitOfWork, call: Call, *, adopted: bool) -> None:
    facts = CallFacts(
        direction=call.direction,
        caller_id=call.caller_id,
        dialed_number=call.dialed_number,
        room_name=call.livekit_room_name,
        start_time=call.start_time,
    )
    begun = CallAdopted if adopted else CallStarted
    unit.record(begun(call.id or 0, call=facts), CallQueued(call.id or 0))


async def _on_record(
    unit: UnitOfWork, room_name: str, sid: str, batch: WebhookBatch | None
) -> tuple[Call | None, Leg | None, Sequence[Leg] | None]:
    """The call of a room, this stay in it, and the others who are there where that is known already."""
    ahead = batch.ahead.pop(room_name, None) if batch is not None else None
    if ahead is None:
        return *await rooms.stay(unit.session, room_name, sid), None
    call, legs = ahead
    leg = next((one for one in legs if one.participant_sid == sid), None)
    return call, leg, [one for one in legs if one is not leg and one.left_at is None]


async def _left_before_seen(unit: UnitOfWork, room: RoomSeen, stay: Stay) -> LegRole:
    """Remember a stay that is reported as over before it was reported as begun."""
    role = LegRole.CALLER if stay.phone else LegRole.AGENT
    leg = Leg(
        call_id=stay.call.id if stay.call else None,
        role=role,
        identity=stay.identity,
        participant_sid=stay.sid,
        room_name=room.name,
        room_sid=room.sid,
        joined_at=unit.now,
        left_at=unit.now,
    )
    await store_legs.enter(unit.session, [leg])
    return role


def _leg(unit: UnitOfWork, call: Call, room: RoomSeen, seen: ParticipantSeen) -> Leg:
    """Somebody's stay in the room of a call, from now on."""
    inbound = call.direction is CallDirection.INBOUND
    return Leg(
        call_id=call.id,
        role=(LegRole.CALLER if inbound else LegRole.CALLEE) if seen.phone else LegRole.AGENT,
        identity=seen.identity,
        participant_sid=seen.sid,
        room_name=room.name,
        room_sid=room.sid,
        joined_at=unit.now,
    )
