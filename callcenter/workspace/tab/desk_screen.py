"""Which of the desk's pictures the middle shows."""

from enum import StrEnum

from callcenter.core.domain.agents import Presence, Routable
from callcenter.core.domain.calls import CallState
from callcenter.workspace.views import DeskView


class Scene(StrEnum):
    """One picture each."""

    OFFERED = "offered"
    CONNECTING = "connecting"
    DIALING = "dialing"
    RINGING = "ringing"
    TALKING = "talking"
    WRAPUP = "wrapup"
    ENDED = "ended"
    MISSED = "missed"
    PAUSED = "paused"
    DEVICE_ERROR = "device_error"
    AVAILABLE = "available"
    NOT_READY = "not_ready"
    OFFLINE = "offline"


_OF_CALL: dict[str, Scene] = {
    CallState.CONNECTING: Scene.CONNECTING,
    CallState.DIALING: Scene.DIALING,
    CallState.RINGING: Scene.RINGING,
}
"""A call in any other state is shown as one in which both sides talk."""
_OF_TROUBLE: dict[str, Scene] = {
    Routable.MISSED: Scene.MISSED,
    Routable.REJECTED: Scene.PAUSED,
    Routable.DEVICE_ERROR: Scene.DEVICE_ERROR,
}


def scene(view: DeskView, seen: int = 0) -> Scene:
    """``seen``: the ended call that was already shown through its wrap-up."""
    if view.call.id:
        return _OF_CALL.get(view.call.state, Scene.TALKING)
    if view.offer.id:
        return Scene.OFFERED
    if view.wrapup_until:
        return Scene.WRAPUP
    available = view.presence == Presence.AVAILABLE
    if available and view.routable in _OF_TROUBLE:
        return _OF_TROUBLE[view.routable]
    if view.ended.id and view.ended.id != seen:
        return Scene.ENDED
    return Scene(view.presence)
