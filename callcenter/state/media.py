"""What the media connection of a tab is told to do, and when.

Commands are events and not Vars on purpose: a Var would be repeated from memory when a page loads, with
an old token, and would fall back to its default when the server restarts. Silence means "keep what
there is", so a server that is away never ends a call.
"""

import json
from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from callcenter.services.views import DeskView, RoomGrant


@dataclass(frozen=True)
class Wanted:
    """The call whose room this tab should be in; 0 for none."""

    call_id: int = 0
    elsewhere: bool = False


def wanted(view: DeskView) -> Wanted:
    """Be in the room of the call one has, else of the call that is offered, unless another tab has the sound."""
    call_id = view.call.id or view.offer.call_id
    if call_id and view.media_tab == "elsewhere":
        return Wanted(0, elsewhere=True)
    return Wanted(call_id)


def join(grant: RoomGrant) -> EventSpec:
    """Be in this room. Nothing happens in the browser when it is there already."""
    return _command(
        action="join",
        url=grant.url,
        token=grant.token,
        room=grant.room_name,
        call=grant.call_id,
        talk=grant.may_talk,
    )


def leave() -> EventSpec:
    """Be in no room."""
    return _command(action="leave")


def _command(**command: str | int | bool) -> EventSpec:
    return rx.call_script(f"refs.media.command({json.dumps(command)})")
