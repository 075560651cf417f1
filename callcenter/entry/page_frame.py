"""The frame around every page of a signed-in person, and what outlives a change of page.

The frame knows no capability: callcenter.py fills its slots, and each page imports the frame alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from callcenter.core.domain.agents import Role
from callcenter.entry import language
from callcenter.entry import texts as entry_texts
from callcenter.entry.page_session import PAGE_KEPT, Session
from callcenter.platform.reflex import texts as reflex_texts
from callcenter.platform.reflex.client_hooks import Hooks, effect, handler
from callcenter.platform.reflex.native_form import native_form
from callcenter.platform.reflex.server_clock import server_clock
from callcenter.platform.reflex.widgets import in_place, notice, plain_link, server_lost

Part = Callable[[], rx.Component]


@dataclass(frozen=True)
class Destination:
    """A page that the navigation leads to."""

    label: rx.Var[str]
    icon: str
    href: str
    administrators: bool = False
    """Only administrators are shown the way there."""


@dataclass(frozen=True)
class Slots:
    """The parts of the frame that capabilities bring. Each is a function, called when a page is built."""

    bar: Part = rx.fragment
    notices: Sequence[Part] = ()
    announcements: Part = rx.fragment
    """Is for screen readers alone."""
    dialogs: Sequence[Part] = ()
    tab_title: Callable[[Any], rx.Component] = rx.fragment
    """Gets the title that the tab has while nothing happens."""
    lasting: Sequence[Part] = ()
    """React keeps these while pages change."""
    on_load: Sequence[Any] = ()
    """Every page in the frame begins with these events, once it is known that somebody is signed in."""
    navigation: Sequence[Destination] = ()


_slots = Slots()


def fill(slots: Slots) -> None:
    """Makes these the parts of the frame. Has to come before the first page is built."""
    global _slots
    _slots = slots


def on_load(own: Sequence[Any] = ()) -> list[Any]:
    """Returns the events with which a page in the frame begins, ``own`` being those of the page itself."""
    return [Session.guard, *_slots.on_load, *own]


def _nav(to: Destination, current: str) -> rx.Component:
    attributes = {"aria-current": "page"} if to.href == current else {}
    return rx.link(
        rx.icon(to.icon, size=20, aria_hidden=True),
        in_place(to.label, to.label),
        href=to.href,
        class_name="cc-nav",
        underline="none",
        custom_attrs=attributes,
    )


def _rail(current: str) -> rx.Component:
    ways = [(to.administrators, _nav(to, current)) for to in _slots.navigation]
    return rx.el.nav(
        *[way for administrators, way in ways if not administrators],
        rx.cond(
            Session.me.role == Role.ADMIN,
            rx.fragment(*[way for administrators, way in ways if administrators]),
        ),
        class_name="cc-rail",
        aria_label=entry_texts.NAV_LABEL,
    )


def _server_lost() -> rx.Component:
    return rx.cond(
        server_lost,
        notice(
            rx.el.strong(entry_texts.LOST_TITLE),
            entry_texts.LOST_TEXT,
            icon="server-off",
            role="alert",
            id="server-lost",
        ),
    )


def title_of(page: Any) -> Any:
    """What the tab of a page is called while nothing happens."""
    return rx.Var.create(page) + f" · {reflex_texts.BRAND}"


def shell(*content: rx.Component, title: Any, current: str) -> rx.Component:
    """A page inside the frame. ``current`` is its address in the navigation."""
    return rx.el.div(
        _slots.tab_title(title_of(title)),
        plain_link(entry_texts.SKIP, href="#main", class_name="cc-skip"),
        _slots.bar(),
        rx.el.div(_server_lost(), *[part() for part in _slots.notices], class_name="cc-notes"),
        _rail(current),
        rx.el.main(*content, class_name="cc-main", id="main", tab_index=-1),
        _slots.announcements(),
        *[part() for part in _slots.dialogs],
        native_form(action="/auth/sign-out", id="sign-out", hidden=True),
        class_name="cc-shell",
    )


@rx.memo
def named_page() -> rx.Component:
    """Says which page this is, before it connects: its socket may come to a process that has never seen it.

    A page that the browser had put aside and shows again may be another person's: it is loaded anew.
    """
    named = f'typeof window === "undefined" || sessionStorage.setItem("{PAGE_KEPT}", performance.timeOrigin);'
    again = handler("event.persisted && location.reload()", taking="event")
    return Hooks.create(lines=[named, effect(f"window.onpageshow = {again}")])


def lasting(_stateful: bool) -> rx.Component:
    """What React keeps while pages change: sound, ring, keys. For ``extra_app_wraps``."""
    return rx.fragment(
        named_page(),
        server_clock(),
        *[part() for part in _slots.lasting],
    )


TOASTER = rx.toast.provider(position="top-center", offset="60px", rich_colors=True)
"""Under the bar, where it hides neither Answer nor Hang up."""
STYLESHEETS = ["/callcenter.css"]
HEAD = [language.HEAD, rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml")]
WRAPS = {
    (5, "Overlay"): lambda _stateful: rx.fragment(),
    (3, "Lasting"): lasting,
    (1, "Language"): lambda _stateful: language.spoken(),
}
"""The first takes the place of Reflex's own words about a lost connection; the shell has a notice for that."""
