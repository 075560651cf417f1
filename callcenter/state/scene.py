"""Which of the desk's pictures the middle shows."""

from callcenter.services.views import DeskView


def scene(view: DeskView, seen: int = 0) -> str:
    """``seen``: the ended call that was already shown through its wrap-up.

    offered | connecting | talking | dialing | ringing | wrapup | ended | missed | paused | device_error |
    available | not_ready | offline."""
    if view.call.id:
        return {"connecting": "connecting", "dialing": "dialing", "ringing": "ringing"}.get(view.call.state, "talking")
    if view.offer.id:
        return "offered"
    if view.wrapup_until:
        return "wrapup"
    available = view.presence == "available"
    trouble = {"missed": "missed", "rejected": "paused", "device_error": "device_error"}.get(view.routable, "")
    if available and trouble:
        return trouble
    if view.ended.id and view.ended.id != seen:
        return "ended"
    return "available" if available else view.presence
