"""Values that a tab needs to join a call's room."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RoomGrant:
    """What a browser needs to join one room: short-lived, for this room and this identity alone."""

    call_id: int = 0
    room_name: str = ""
    url: str = ""
    token: str = ""
    may_talk: bool = False
    """False while it rings. The token itself lets the desk join, and neither speak nor hear: the server grants both to
    who is there and has the call."""
