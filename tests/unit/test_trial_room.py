"""A room that is made only to see whether word of it comes."""

from callcenter.core.ports.media_server import TRIAL_ROOM, Notification, RoomSeen
from callcenter.core.store import calls, processed_events
from tests.builders import Centre


async def test_its_name_is_remembered_and_it_becomes_no_call(centre: Centre) -> None:
    room = RoomSeen(f"{TRIAL_ROOM}abc", "RM_trial")
    await centre.notify(Notification("EV_1", "room_started", room), Notification("EV_2", "room_finished", room))
    async with centre.services.units.reading() as (session, _):
        assert await processed_events.known(session, room.name)
        assert not await processed_events.known(session, f"{TRIAL_ROOM}other")
        assert await calls.by_room(session, room.name) is None
