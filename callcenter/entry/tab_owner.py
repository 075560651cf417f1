"""Keeps what a tab was shown for one person from whoever comes next.

Reflex keeps the state of a tab under the tab's own token, which outlives every sign-in, and sends all of it when the
tab connects. So the state is labelled with the sign-in it was filled for. An event in another name, or in nobody's,
finds the state as on the first day; work that goes on for somebody who has gone cannot write into it any more; and a
socket is sent nothing but what is done for the person it belongs to. See docs/decisions/whose-tab.md.
"""

import asyncio
import hashlib
import logging
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

import reflex as rx

from callcenter.core.domain.agents import Actor
from callcenter.entry.identification import Identification
from callcenter.platform.errors import NotSignedIn
from callcenter.platform.reflex import broadcast, event_at_work
from callcenter.platform.reflex.page_sockets import PageSockets, install
from callcenter.platform.reflex.tab_states import (
    HYDRATIONS,
    BaseState,
    Event,
    GuardedStates,
    StateUpdate,
    blank,
    everything,
    page_anew,
    root_of,
)
from callcenter.platform.registry import the
from callcenter.settings import Settings

NOBODY = ""

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
    known = await the(Identification).identify(_cookie(), "desk")
    if _label(known) != event.whose:
        raise NotSignedIn()
    return known


async def settle() -> bool:
    """Look whose tab this is now, for work that outlasts its event. Returns True when it is no longer the same
    person's: then the tab has been sent a blank state, and the work goes on in the new name."""
    states = event_at_work.states()
    assert isinstance(states, OnePersonStates)
    async with states.of_tab(event_at_work.tab()) as root:
        changed = await _settle(root, states.sockets)
        if changed:
            await event_at_work.show(await everything(root))
        return changed


def is_somebodys() -> bool:
    """Whether anybody is signed in for whom the event at work is done."""
    event = _event_here()
    return event is not None and event.whose != NOBODY


def guard(app: rx.App) -> None:
    """Every event of ``app`` is looked at before it is worked on. For once, before it is served."""
    assert app.event_namespace is not None
    sockets = OnePersonSockets(app.event_namespace.namespace, app)
    install(app, sockets, OnePersonStates(sockets))  # type: ignore[abstract]
    app.add_middleware(Settling(sockets))


class OnePersonSockets(PageSockets):
    """Sends a tab only what is done for the person its socket belongs to."""

    def __init__(self, namespace: str, app: rx.App) -> None:
        super().__init__(namespace, app)
        self.whose: dict[str, str] = {}
        """By socket, for those of which that has been found out."""

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        """What was begun for one person and ends when another has the tab is dropped."""
        event, sid = _event_here(), self.socket_of(token)
        if sid is not None and (event is None or self.whose.get(sid) != event.whose):
            logger.debug("an update for somebody who has gone was dropped")
            return
        await super().emit_update(update, token)

    def on_disconnect(self, sid: str) -> "asyncio.Task[Any] | None":
        self.whose.pop(sid, None)
        return super().on_disconnect(sid)

    def is_present(self) -> bool:
        """Whether the event at work came over the socket that its tab has now."""
        return self.socket_of(event_at_work.tab()) == event_at_work.socket()


class OnePersonStates(GuardedStates):
    """Lets in only what works for the person a tab's state belongs to."""

    def __init__(self, sockets: OnePersonSockets) -> None:
        super().__init__()
        self.sockets = sockets

    def may_enter(self, root: BaseState) -> bool:
        """Return False for the event that comes too late."""
        label, event = _labelled(root), _event_here()
        if event is None:  # a new one: whose it is will be looked at, unless another socket has taken its place
            return label._whose is None or self.sockets.is_present() or label._cookie == _cookie()
        if label._whose is None:  # what the tab was shown had been forgotten meanwhile
            label._whose, label._cookie = event.whose, _cookie()
        return label._whose == event.whose


class Settling(rx.Middleware):
    """Looks whose an event is before anything is done or sent."""

    def __init__(self, sockets: OnePersonSockets) -> None:
        self._sockets = sockets

    async def preprocess(self, app: Any, state: BaseState, event: Event) -> StateUpdate | None:
        """A click that was meant for the last person's page is dropped, and the page loaded for whoever is there."""
        root = root_of(state)
        if not await _settle(root, self._sockets) or event.name in HYDRATIONS:
            return None
        if not event_at_work.follows_another():
            return await page_anew(root)
        await event_at_work.show(await everything(root))
        return None


async def _settle(root: rx.State, sockets: OnePersonSockets) -> bool:
    """Label the state for the event at work. Returns True when it was another's, of whom nothing is left in it.

    Raises CancelledError for an event of a socket that another one has taken the place of.
    """
    label, cookie = _labelled(root), _cookie()
    sid, present = event_at_work.socket(), sockets.is_present()
    whose, found = await _look(cookie, label)
    changed = label._whose is not None and label._whose != whose
    if changed and not present:
        raise asyncio.CancelledError("this tab is somebody else's by now")
    if changed:
        blank(root)
        await broadcast.leave_all(sid)
    if (label._whose, label._cookie) != (whose, cookie):
        label._whose, label._cookie = whose, cookie
    if present:
        sockets.whose[sid] = whose
    _running.set(Running(event_at_work.number(), whose, found))
    return changed


async def _look(cookie: str, label: Whose) -> tuple[str, Actor | None]:
    if not cookie:
        return NOBODY, None
    try:
        found = await the(Identification).identify(cookie, "desk")
    except NotSignedIn:
        return NOBODY, None
    except Exception:
        # A desk in a call keeps what it shows while the database is away: it is the same browser's same sign-in.
        if label._whose is not None and label._cookie == cookie:
            return label._whose, None
        logger.warning("whose a tab is could not be read")
        return f"unknown {hashlib.sha256(cookie.encode()).hexdigest()}", None
    return _label(found), found


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
        return known if known is not None and known.txid == event_at_work.number() else None
    except LookupError:
        return None


def _cookie() -> str:
    """The session token that the socket of the event at work came with."""
    return token_in(event_at_work.cookies(), the(Settings).session_cookie)
