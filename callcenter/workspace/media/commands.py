"""What the media connection of a tab is told to do, and when.

The wish is kept in the browser (a client state variable), pushed by events. Reflex's own state would be
repeated from memory when a page loads, with an old token, and would fall back to its default when the
server restarts. Silence means "keep what there is", so a server that is away never ends a call.
"""

import time
from dataclasses import dataclass

from reflex.event import EventSpec

from callcenter.call_control.views import RoomGrant
from callcenter.platform.reflex.component_parts import ClientStateVar
from callcenter.workspace.views import DeskView

NOWHERE: dict[str, str | int] = {"url": "", "token": "", "room": "", "call": 0, "wish": ""}
WANTED = ClientStateVar.create("mediaWanted", default=NOWHERE)
"""The room this tab should be in. A newer token for the same room is kept for the next time it connects."""


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
    wish = {"url": grant.url, "token": grant.token, "room": grant.room_name, "call": grant.call_id}
    return WANTED.push({**wish, "wish": str(time.time_ns())})


def leave() -> EventSpec:
    """Be in no room."""
    return WANTED.push(NOWHERE)
