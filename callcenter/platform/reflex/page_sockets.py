"""The sockets of the pages: which tab has which, what is sent over them, and how they are watched."""

from collections.abc import Callable, Mapping
from typing import Any

import reflex as rx
from reflex.app import EventNamespace
from reflex_base.constants.state import FIELD_MARKER

from callcenter.platform.reflex.tab_states import GuardedStates
from callcenter.platform.reflex.wire import EVENT, PATH


class PageSockets(EventNamespace):
    """Reflex' own handler of the sockets, which also says whose they are."""

    def socket_of(self, client_token: str) -> str | None:
        """Return the id of a tab's socket. Reflex' ``token_to_sid`` would list all sockets each time it is asked."""
        record = self._token_manager.token_to_socket.get(client_token)
        return record.sid if record else None


def install(app: rx.App, sockets: PageSockets, states: GuardedStates) -> None:
    """Put these in place of those that ``app`` has made for itself; before it is served."""
    assert app.sio is not None
    app._event_namespace = sockets
    app.sio.register_namespace(sockets)
    app._state_manager = states


def has_socket(app: rx.App) -> Callable[[str], bool]:
    """Return a function that says of a client token whether its tab has a socket here."""
    assert app.event_namespace is not None
    return app.event_namespace._token_manager.token_to_socket.__contains__


def tune(app: rx.App, is_allowed: Callable[[str], bool]) -> None:
    """Let only allowed origins open a socket, and watch none of them in rounds.

    A round of Engine.IO through all sockets, each with a timer of its own, costs more than the pings. Whoever reads a
    WebSocket gives up by itself when nothing has come for as long as an interval and a timeout.
    """
    if app.sio is not None:
        app.sio.eio.start_service_task = False
        app.sio.eio.cors_allowed_origins = is_allowed


def is_open(server: Any, sid: str) -> bool:
    """Return whether a page is connected by this socket."""
    return bool(server.manager.is_connected(sid, PATH))


def scope_of(server: Any, sid: str) -> Mapping[str, Any]:
    """Return the ASGI scope of a page's socket."""
    found: Mapping[str, Any] = (server.get_environ(sid, PATH) or {}).get("asgi.scope", {})
    return found


async def enter(server: Any, sid: str, room: str) -> None:
    """Send this socket, too, what is sent to a room."""
    await server.enter_room(sid, room, namespace=PATH)


async def leave(server: Any, sid: str, room: str) -> None:
    """Send this socket no longer what is sent to a room."""
    await server.leave_room(sid, room, namespace=PATH)


async def send(server: Any, to: str, state: type[rx.State], values: Mapping[str, Any]) -> None:
    """Show the vars of a state with these values, in the browsers of one socket or of a room."""
    delta = {state.get_full_name(): {f"{name}{FIELD_MARKER}": value for name, value in values.items()}}
    await server.emit(EVENT, {"delta": delta}, to=to, namespace=PATH)


__all__ = [
    "PageSockets",
    "enter",
    "has_socket",
    "install",
    "is_open",
    "leave",
    "scope_of",
    "send",
    "tune",
]
