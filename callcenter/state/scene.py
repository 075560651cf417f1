"""Which of the desk's pictures the middle shows."""

from callcenter.services.views import DeskView


def scene(view: DeskView) -> str:
    """offered | connecting | talking | dialing | ringing | wrapup | ended | missed | paused | device_error |
    available | not_ready | offline."""
    if view.call.id:
        return {"connecting": "connecting", "dialing": "dialing", "ringing": "ringing"}.get(view.call.state, "talking")
    if view.offer.id:
        return "offered"
    if view.wrapup_until:
        return "wrapup"
    if view.ended.id:
        return "ended"
    if view.presence != "available":
        return view.presence
    trouble = {"missed": "missed", "rejected": "paused", "device_error": "device_error"}
    return trouble.get(view.routable, "available")
