"""Compares rooms with calls every few seconds and at the start, and repairs what differs.

An absence is believed only after it has lasted: for some seconds after the media server has restarted, rooms
and participants that are about to rejoin are missing from its lists.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from callcenter.core import call_metrics
from callcenter.core.call_termination import Endings
from callcenter.core.domain.call_outcomes import DIAL_ENDINGS, room_lost
from callcenter.core.domain.calls import EndReason
from callcenter.core.ports.media_server import OUTBOUND_ROOM, Media, ParticipantSeen, RoomSeen
from callcenter.core.ports.telephony_provider import Telephony
from callcenter.core.store import calls, legs, room_rights
from callcenter.core.store.rooms import RoomOnRecord, of_open_calls, on_record
from callcenter.core.tables import Call
from callcenter.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from callcenter.platform.errors import MediaError
from callcenter.room_events.notifications import fits, has_called_in
from callcenter.room_events.room_observer import Observer
from callcenter.settings import Settings

ROOM_NAMES = ("call_", OUTBOUND_ROOM)
"""Rooms that are ours even without a call; any other without one is left alone."""


@dataclass(frozen=True)
class Repairs:
    ended: int = 0
    adopted: int = 0
    rooms_deleted: int = 0


class Absences:
    """Since when something has been missing. Lost with the process, which only makes the wait longer."""

    def __init__(self, patience: timedelta) -> None:
        self._patience = patience
        self._since: dict[str, datetime] = {}
        self._seen: set[str] = set()
        self._looked: datetime | None = None

    def begin_round(self, now: datetime) -> None:
        """After a time in which another process has looked, or none, what was missing has to be missed anew."""
        if self._looked is not None and now - self._looked > 3 * self._patience:
            self.forget()
        self._looked = now

    def lasting(self, key: str, now: datetime) -> bool:
        self._seen.add(key)
        return self._since.setdefault(key, now) + self._patience <= now

    def forget(self) -> None:
        """Nothing can be seen: what was missing before has to be missed anew."""
        self._since, self._seen = {}, set()

    def end_round(self) -> None:
        """Forget what was not reported missing this time."""
        self._since = {key: at for key, at in self._since.items() if key in self._seen}
        self._seen = set()


class Agreed:
    """When a room was last as it should be. LiveKit is not asked for the people of each of hundreds of running calls
    every few seconds: while as many are there as on record, once in a while is enough. Rebuilt after a restart."""

    def __init__(self, trust: timedelta) -> None:
        self._trust = trust
        self._at: dict[tuple[str, str], datetime] = {}
        """By name and sid: after a restart of LiveKit a room has a new one."""

    def lately(self, room: RoomSeen, known: RoomOnRecord | None, now: datetime) -> bool:
        """Both sides are connected, have been seen to be so, and nobody has come or gone since."""
        if known is None or not known.state.is_talking or known.agent_missed:
            return False
        return room.people == len(known.inside) == 2 and self._fresh(self._at.get((room.name, room.sid)), now)

    def note(self, room: RoomSeen, now: datetime) -> None:
        self._at[room.name, room.sid] = now

    def end_round(self, now: datetime) -> None:
        self._at = {room: at for room, at in self._at.items() if self._fresh(at, now)}

    def _fresh(self, at: datetime | None, now: datetime) -> bool:
        return at is not None and at <= now < at + self._trust


class Reconciler:
    def __init__(
        self,
        settings: Settings,
        units: UnitOfWorkFactory,
        media: Media,
        telephony: Telephony,
        observer: Observer,
        endings: Endings,
    ) -> None:
        self._units = units
        self._media = media
        self._telephony = telephony
        self._observer = observer
        self._endings = endings
        self._absences = Absences(timedelta(seconds=settings.absent_seconds))
        self._agreed = Agreed(timedelta(seconds=settings.absent_seconds))

    async def run(self) -> Repairs:
        """One comparison. Raises MediaError when LiveKit cannot be asked: then nothing is concluded."""
        self._absences.begin_round(self._units.clock())
        try:
            repairs = await self._round()
        except MediaError:
            self._absences.forget()
            raise
        call_metrics.count_repairs(asdict(repairs))
        return repairs

    async def _round(self) -> Repairs:
        rooms = await self._media.rooms()
        call_metrics.ROOMS.set(len(rooms))
        rooms = [room for room in rooms if fits(room)]
        async with self._units.reading() as (session, _):
            known = await on_record(session, [room.name for room in rooms])
        now = self._units.clock()
        adopted = deleted = 0
        for room in rooms:
            if room.name not in known and not room.name.startswith(ROOM_NAMES):
                continue
            record = known.get(room.name)
            if self._agreed.lately(room, record, now):
                continue
            people = await self._media.participants(room.name)
            if agrees(record, people):
                self._agreed.note(room, now)
                continue
            adopted += await self._compare(room, people)
            deleted += await self._delete_forsaken(room, people)
        ended = await self._end_without_room({room.name for room in rooms})
        self._absences.end_round()
        self._agreed.end_round(now)
        return Repairs(ended, adopted, deleted)

    async def look(self, room_name: str) -> bool:
        """Compare the room of one call now. False when LiveKit cannot be asked."""
        if not fits(RoomSeen(room_name, "")):
            return True
        try:
            people = await self._media.participants(room_name)
        except MediaError:
            return False
        async with self._units.reading() as (session, _):
            call = await calls.by_room(session, room_name)
        await self._compare(RoomSeen(room_name, call.room_sid if call else ""), people)
        return True

    async def _compare(self, room: RoomSeen, people: list[ParticipantSeen]) -> int:
        """Apply what is in one room. Returns 1 when its call was unknown."""
        people = [one for one in people if fits(room, one)]
        async with self._units.begin() as unit:
            known = await calls.by_room(unit.session, room.name) is not None
            for seen in people:
                await self._observer.participant_there(unit, room, seen, audio=False, adopted=True)
            here = {seen.sid for seen in people}
            for leg in await legs.present(unit.session, room.name):
                if leg.participant_sid not in here and self._absences.lasting(leg.participant_sid, unit.now):
                    await self._observer.participant_gone(unit, room, leg.identity, leg.participant_sid)
            call = await calls.by_room(unit.session, room.name)
            if call is not None and call.ended_at is None:
                await self._miss(unit, call, people)
            return int(call is not None and not known)

    async def _miss(self, unit: UnitOfWork, call: Call, people: list[ParticipantSeen]) -> None:
        """Notice who should be in the room of an open call, and is not."""
        if call.state.is_dialled:
            await self._miss_dialled(unit, call, people)
            return
        if call.state.is_talking:
            await self._miss_agent(unit, call, people)
        await self._miss_phone(unit, call, people)

    async def _miss_agent(self, unit: UnitOfWork, call: Call, people: list[ParticipantSeen]) -> None:
        """Notice that the agent of a connected call is not there."""
        agent_id = call.agent_id or 0
        identity = await room_rights.name(unit.session, call.id or 0, agent_id)
        if not identity or any(one.identity == identity for one in people):
            return
        if self._absences.lasting(f"{call.livekit_room_name}/{identity}", unit.now):
            await self._observer.agent_gone(unit, call, agent_id)

    async def _miss_phone(self, unit: UnitOfWork, call: Call, people: list[ParticipantSeen]) -> None:
        """Notice that a call has nobody at the other end: a phone put down as it was answered, or one that has left
        without having hung up, and did not come back."""
        if any(one.phone for one in people) or not self._absences.lasting(f"{call.livekit_room_name}/phone", unit.now):
            return
        await self._observer.other_party_gone(unit, call)

    async def _miss_dialled(self, unit: UnitOfWork, call: Call, people: list[ParticipantSeen]) -> None:
        """Notice that a phone is not being called, such as when the process died that was about to ask for it."""
        if not self._telephony.leg_from_start or any(one.phone for one in people):
            return
        if self._absences.lasting(f"{call.livekit_room_name}/dialled", unit.now):
            await self._endings.end(unit, call, DIAL_ENDINGS[EndReason.LINE_LOST])

    async def _delete_forsaken(self, room: RoomSeen, people: list[ParticipantSeen]) -> int:
        """A room whose call is over, or that has neither a call nor a caller in it."""
        async with self._units.reading() as (session, now):
            call = await calls.by_room(session, room.name)
        if call is not None and call.ended_at is None:
            return 0
        if call is None and (
            any(has_called_in(room, one) for one in people) or not self._absences.lasting(room.name, now)
        ):
            return 0
        await self._media.delete_room(room.name)
        return 1

    async def _end_without_room(self, rooms: set[str]) -> int:
        async with self._units.reading() as (session, now):
            missing = await of_open_calls(session) - rooms
        lost = [name for name in sorted(missing) if self._absences.lasting(name, now)]
        if not lost:
            return 0
        ended = 0
        async with self._units.begin() as unit:
            for name in lost:
                call = await calls.by_room(unit.session, name)
                if call is None or call.ended_at is not None:
                    continue
                if call.state.is_dialled and not self._telephony.leg_from_start:
                    continue
                ended += await self._endings.end(unit, call, room_lost(call.direction, call.state))
        return ended


def agrees(known: RoomOnRecord | None, people: Sequence[ParticipantSeen]) -> bool:
    """Nothing is to be done about this room, and nobody is missed in it. The least doubt is worth a comparison."""
    if known is None or not known.room_sid or {one.sid for one in people} != known.inside.keys():
        return False
    if any(one.hung_up for one in people) or not any(one.phone for one in people):
        return False
    desks = [one for one in people if not one.phone]
    if known.state.is_waiting:
        return not desks
    here = [one.identity for one in desks if one.may_talk] == [known.agent]
    return known.state.is_talking and here and len(desks) == 1 and not known.agent_missed
