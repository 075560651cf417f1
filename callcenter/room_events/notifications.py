"""Names and limits of what LiveKit reports of rooms."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.core.ports.media_server import OUTBOUND_ROOM, TRIAL_ROOM, Notification, ParticipantSeen, RoomSeen
from callcenter.core.tables import Call, Leg

ABORTED = "participant_connection_aborted"


LEFT = frozenset({"participant_left", ABORTED})


ID_LENGTH = 64


NAME_LENGTH = 128


THERE = frozenset({"participant_joined", "track_published"})


GONE = "room_finished"


@dataclass(frozen=True)
class Stay:
    """Somebody's time in a room, with what is on record of the room's call and of this stay."""

    call: Call | None
    leg: Leg | None
    identity: str
    sid: str
    phone: bool
    others: Sequence[Leg] | None = None
    """Who else is in the room; None: that has to be read."""


def _calls_in(seen: Notification, person: ParticipantSeen) -> bool:
    """Whether this shows a caller for whom a call begins, if nothing is known of the room."""
    fresh = seen.kind in THERE and not seen.room.name.startswith(TRIAL_ROOM)
    return fresh and has_called_in(seen.room, person) and not person.hung_up and not person.forged


def has_called_in(room: RoomSeen, seen: ParticipantSeen) -> bool:
    """A phone that was dialled is no caller, even when the record of its call is gone."""
    return seen.phone and not room.name.startswith(OUTBOUND_ROOM)


def fits(room: RoomSeen, person: ParticipantSeen | None = None, event_id: str = "") -> bool:
    """Nothing of ours is longer than the record can hold; what is, belongs to somebody else on that server."""
    names = [(event_id, ID_LENGTH), (room.name, NAME_LENGTH), (room.sid, ID_LENGTH)]
    if person is not None:
        names += [(person.identity, NAME_LENGTH), (person.sid, ID_LENGTH)]
        names += [(person.number[:NAME_LENGTH], NAME_LENGTH), (person.dialed[:NAME_LENGTH], NAME_LENGTH)]
    return all("\0" not in text and len(text) <= longest for text, longest in names)
