"""Keeps what a tab was shown for one person from whoever comes next.

Reflex keeps the state of a tab under the tab's own token, which outlives every sign-in, and sends all of it when the
tab connects. So the state is labelled with the sign-in it was filled for. An event in another name, or in nobody's,
finds the state as on the first day; work that goes on for somebody who has gone cannot write into it any more; and a
socket is sent nothing but what is done for the person it belongs to. See docs/decisions/whose-tab.md.
"""

import asyncio
import hashlib
import logging
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

import reflex as rx
from reflex.app import EventNamespace
from reflex.istate.delta import _resolve_delta
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex.middleware import Middleware
from reflex.state import BaseState, OnLoadInternalState, StateUpdate
from reflex_base.constants import RouteVar
from reflex_base.event import Event
from reflex_base.event.context import EventContext

from callcenter.bootstrap import services
from callcenter.domain.agents import Actor
from callcenter.domain.errors import NotSignedIn
from callcenter.state import cast

NOBODY = ""
HYDRATIONS = frozenset({f"{rx.State.get_full_name()}.hydrate", f"{rx.State.get_full_name()}.hydrate_and_load"})
"""The events with which a tab asks for all of its state."""

logger = logging.getLogger(__name__)


class Whose(rx.State):
    """The label on a tab's state."""

    _whose: str | None = None
    """The sign-in that the state was filled for, ``NOBODY``'s, or None before the first event."""
    _cookie: str = ""
    """What the socket brought with it when that was found out."""


@dataclass
class Running:
    """The event at work in this task."""

    txid: str
    whose: str
    found: Actor | None
    """Who that is, until somebody has asked for the first time."""


_running: ContextVar[Running | None] = ContextVar("running", default=None)


def token_in(cookie_header: str, name: str) -> str:
    """The session token of a Cookie header, in the cookie of that name; empty without one."""
    try:
        morsel = SimpleCookie(cookie_header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


async def actor() -> Actor:
    """Who is asking, by the cookie of the event's own socket. Raises NotSignedIn, also when the tab's state belongs to
    somebody else, or to the same person in another role."""
    event = _event_here()
    if event is None:
        raise NotSignedIn()
    if event.found is not None:
        known, event.found = event.found, None
        return known
    known = await services().auth.identify(_cookie(), "desk")
    if _label(known) != event.whose:
        raise NotSignedIn()
    return known


async def settle() -> bool:
    """Look whose tab this is now, for work that outlasts its event. Returns True when it is no longer the same
    person's: then the tab has been sent a blank state, and the work goes on in the new name."""
    states = EventContext.get().state_manager
    assert isinstance(states, OnePersonStates)
    async with states.modify_state(BaseStateToken(ident=EventContext.get().token, cls=rx.State)) as root:
        changed = await _settle(root, states.sockets)
        if changed:
            await EventContext.get().emit_delta(await _everything(root))
        return changed


def is_somebodys() -> bool:
    """Whether anybody is signed in for whom the event at work is done."""
    event = _event_here()
    return event is not None and event.whose != NOBODY


def guard(app: rx.App) -> None:
    """Every event of ``app`` is looked at before it is worked on. For once, before it is served."""
    assert app.sio is not None
    assert app.event_namespace is not None
    sockets = OnePersonSockets(app.event_namespace.namespace, app)
    app._event_namespace = sockets
    app.sio.register_namespace(sockets)
    app._state_manager = OnePersonStates(sockets)  # type: ignore[abstract]
    app.add_middleware(Settling(sockets))


class OnePersonSockets(EventNamespace):
    """Sends a tab only what is done for the person its socket belongs to."""

    def __init__(self, namespace: str, app: rx.App) -> None:
        super().__init__(namespace, app)
        self.whose: dict[str, str] = {}
        """By socket, for those of which that has been found out."""

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        """What was begun for one person and ends when another has the tab is dropped."""
        event, sid = _event_here(), self._socket_of(token)
        if sid is not None and (event is None or self.whose.get(sid) != event.whose):
            logger.debug("an update for somebody who has gone was dropped")
            return
        await super().emit_update(update, token)

    def on_disconnect(self, sid: str) -> "asyncio.Task[Any] | None":
        self.whose.pop(sid, None)
        return super().on_disconnect(sid)

    def is_present(self) -> bool:
        """Whether the event at work came over the socket that its tab has now."""
        event = EventContext.get()
        return self._socket_of(event.token) == event.router_data.get(RouteVar.SESSION_ID)

    def _socket_of(self, token: str) -> str | None:
        """``token_to_sid`` lists all sockets each time it is asked."""
        record = self._token_manager.token_to_socket.get(token)
        return record.sid if record else None


class OnePersonStates(StateManagerMemory):
    """Lets in only what works for the person a tab's state belongs to."""

    def __init__(self, sockets: OnePersonSockets) -> None:
        super().__init__()
        self.sockets = sockets

    def modify_state_with_links(self, token: Any, *args: Any, **context: Any) -> Any:
        """Raises CancelledError in the event that comes too late."""
        return _Entrance(self.sockets, super().modify_state_with_links(token, *args, **context))


class _Entrance:
    def __init__(self, sockets: OnePersonSockets, inner: AbstractAsyncContextManager[Any]) -> None:
        self._sockets = sockets
        self._inner = inner

    async def __aenter__(self) -> Any:
        root = await self._inner.__aenter__()
        try:
            if not self._may_enter(root):
                raise asyncio.CancelledError("this tab is somebody else's by now")
        except BaseException:
            await self._inner.__aexit__(None, None, None)
            raise
        return root

    async def __aexit__(self, *raised: Any) -> Any:
        return await self._inner.__aexit__(*raised)

    def _may_enter(self, root: BaseState) -> bool:
        label, event = _labelled(root), _event_here()
        if event is None:  # a new one: whose it is will be looked at, unless another socket has taken its place
            return label._whose is None or self._sockets.is_present() or label._cookie == _cookie()
        if label._whose is None:  # what the tab was shown had been forgotten meanwhile
            label._whose, label._cookie = event.whose, _cookie()
        return label._whose == event.whose


class Settling(Middleware):
    """Looks whose an event is before anything is done or sent."""

    def __init__(self, sockets: OnePersonSockets) -> None:
        self._sockets = sockets

    async def preprocess(self, app: Any, state: BaseState, event: Event) -> StateUpdate | None:
        """A click that was meant for the last person's page is dropped, and the page loaded for whoever is there."""
        root = state._get_root_state()
        assert isinstance(root, rx.State)
        if not await _settle(root, self._sockets) or event.name in HYDRATIONS:
            return None
        if EventContext.get().parent_txid is None:
            load = Event.from_event_type(OnLoadInternalState.on_load_internal)
            return StateUpdate(delta=await _everything(root), events=load)
        await EventContext.get().emit_delta(await _everything(root))
        return None


async def _settle(root: rx.State, sockets: OnePersonSockets) -> bool:
    """Label the state for the event at work. Returns True when it was another's, of whom nothing is left in it.

    Raises CancelledError for an event of a socket that another one has taken the place of.
    """
    event, label, cookie = EventContext.get(), _labelled(root), _cookie()
    sid, present = event.router_data.get(RouteVar.SESSION_ID, ""), sockets.is_present()
    whose, found = await _look(cookie, label)
    changed = label._whose is not None and label._whose != whose
    if changed and not present:
        raise asyncio.CancelledError("this tab is somebody else's by now")
    if changed:
        hydrated = root.is_hydrated
        root.reset()
        root.is_hydrated = hydrated
        await cast.leave_all(sid)
    if (label._whose, label._cookie) != (whose, cookie):
        label._whose, label._cookie = whose, cookie
    if present:
        sockets.whose[sid] = whose
    _running.set(Running(event.txid, whose, found))
    return changed


async def _look(cookie: str, label: Whose) -> tuple[str, Actor | None]:
    if not cookie:
        return NOBODY, None
    try:
        found = await services().auth.identify(cookie, "desk")
    except NotSignedIn:
        return NOBODY, None
    except Exception:
        # A desk in a call keeps what it shows while the database is away: it is the same browser's same sign-in.
        if label._whose is not None and label._cookie == cookie:
            return label._whose, None
        logger.warning("whose a tab is could not be read")
        return f"unknown {hashlib.sha256(cookie.encode()).hexdigest()}", None
    return _label(found), found


async def _everything(root: BaseState) -> dict[str, dict[str, Any]]:
    """All that a tab's state holds, also what the browser was sent by other ways."""
    delta = await _resolve_delta(root.dict())
    root._clean()
    return delta


def _label(of: Actor) -> str:
    return f"{of.id} {of.role.value} {of.login_session}"


def _labelled(root: BaseState) -> Whose:
    label = root.substates[Whose.get_name()]
    assert isinstance(label, Whose)
    return label


def _event_here() -> Running | None:
    """The event at work, once it is known whose it is."""
    known = _running.get()
    try:
        return known if known is not None and known.txid == EventContext.get().txid else None
    except LookupError:
        return None


def _cookie() -> str:
    """The session token that the socket of the event at work came with."""
    headers = EventContext.get().router_data.get(RouteVar.HEADERS, {})
    return token_in(headers.get("cookie", ""), services().settings.session_cookie)
