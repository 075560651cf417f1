"""The event of a page that Reflex works on in the current task. Raises LookupError where there is none."""

from collections.abc import Mapping
from typing import Any

from reflex.istate.data import ReflexURL as PageAddress
from reflex_base.constants import RouteVar
from reflex_base.event.context import EventContext


def number() -> str:
    """Return the id of the event; those that follow from it have others."""
    return EventContext.get().txid


def follows_another() -> bool:
    """Return True when the event followed from another one, as those of ``on_load`` do."""
    return EventContext.get().parent_txid is not None


def tab() -> str:
    """Return the client token of the tab that sent the event."""
    return EventContext.get().token


def socket() -> str:
    """Return the id of the socket over which the event came; empty without one."""
    sid: str = EventContext.get().router_data.get(RouteVar.SESSION_ID, "")
    return sid


def cookies() -> str:
    """Return the Cookie header with which the socket of the event was opened; empty without one."""
    header: str = EventContext.get().router_data.get(RouteVar.HEADERS, {}).get("cookie", "")
    return header


def states() -> Any:
    """Return the manager of the states that the event may change."""
    return EventContext.get().state_manager


async def show(delta: Mapping[str, Mapping[str, Any]]) -> None:
    """Send the tab of the event new values of its vars."""
    await EventContext.get().emit_delta(delta)


__all__ = ["PageAddress", "cookies", "follows_another", "number", "show", "socket", "states", "tab"]
