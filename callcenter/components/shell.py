"""The frame around every page of a signed-in person, and what outlives a change of page."""

from typing import Any

import reflex as rx

from callcenter.components import media_vars as media
from callcenter.components import texts
from callcenter.components.attention import attention, tab_title
from callcenter.components.awake import awake
from callcenter.components.browser import Hooks, effect, handler
from callcenter.components.clock import elapsed
from callcenter.components.devices import devices_dialog
from callcenter.components.livekit import media_room
from callcenter.components.parts import in_place, notice, plain_link, server_lost, small, words
from callcenter.components.renewal import renewal_dialog, sign_in_notice
from callcenter.components.server_clock import server_clock
from callcenter.components.status import status_bar
from callcenter.state.desk import Desk
from callcenter.state.live import PAGE_KEPT, Live
from callcenter.state.session import Session

ON_LOAD = [Session.guard, Live.watch]
"""What every signed-in page begins with."""

_RINGS = rx.cond(Live.view.media_tab == "elsewhere", 0, Live.view.offer.id)
_ELSEWHERE = (Live.view.media_tab == "elsewhere") & ((Live.view.call.id > 0) | (Live.view.offer.id > 0))


class NativeForm(rx.el.Div):
    """A form that the browser itself sends: Reflex's own would always prevent that."""

    tag = "form"


def native_form(*children: Any, action: str, **props: Any) -> rx.Component:
    attributes = {"action": action, "method": "post", **props.pop("custom_attrs", {})}
    return NativeForm.create(*children, custom_attrs=attributes, **props)


def _nav(label: str, icon: str, href: str, current: str) -> rx.Component:
    attributes = {"aria-current": "page"} if href == current else {}
    return rx.link(
        rx.icon(icon, size=20, aria_hidden=True),
        in_place(label, label),
        href=href,
        class_name="cc-nav",
        underline="none",
        custom_attrs=attributes,
    )


def _rail(current: str) -> rx.Component:
    return rx.el.nav(
        _nav(texts.NAV_DESK, "headphones", "/", current),
        _nav(texts.NAV_HISTORY, "history", "/history", current),
        _nav(texts.NAV_TEAM, "users", "/team", current),
        rx.cond(
            Session.me.role == "admin",
            rx.fragment(
                _nav(texts.NAV_TELEPHONES, "phone-call", "/telephones", current),
                _nav(texts.NAV_ACCOUNTS, "id-card", "/accounts", current),
            ),
        ),
        class_name="cc-rail",
        aria_label=texts.NAV_LABEL,
    )


def _notices() -> rx.Component:
    in_call = Live.view.call.id > 0
    cut = (media.phase == "lost") | (media.phase == "reconnecting")
    return rx.el.div(
        rx.cond(
            server_lost,
            notice(rx.el.strong(texts.LOST_TITLE), texts.LOST_TEXT, icon="server-off", role="alert", id="server-lost"),
        ),
        rx.cond(
            Live.trouble & ~server_lost,
            notice(rx.el.strong(texts.TROUBLE_TITLE), texts.TROUBLE_TEXT, role="alert", id="server-trouble"),
        ),
        sign_in_notice(),
        rx.cond(
            in_call & cut & ~_ELSEWHERE,
            notice(
                rx.el.strong(texts.MEDIA_LOST),
                rx.el.span(f"{texts.MEDIA_LOST_SINCE} ", elapsed(since=media.lost_since), class_name="cc-num"),
                small(texts.REJOIN, color_scheme="red", on_click=[Live.rejoin, media.rejoin()]),
                tone="bad",
                icon="unplug",
                role="alert",
                id="media-lost",
            ),
        ),
        rx.cond(
            _ELSEWHERE,
            notice(
                rx.el.strong(texts.ELSEWHERE),
                small(texts.TAKE_OVER, on_click=Live.take_over, disabled=server_lost),
                tone="info",
                icon="app-window",
                role="status",
                id="elsewhere",
            ),
        ),
        rx.cond(
            in_call & media.blocked,
            notice(
                texts.BLOCKED,
                small(texts.PLAY, on_click=media.allow_sound()),
                icon="volume-x",
                role="alert",
            ),
        ),
        class_name="cc-notes",
    )


def _said() -> rx.Component:
    """What screen readers are told: an offer at once, other changes when there is a pause."""
    offer = rx.cond(Live.view.offer.id > 0, f"{texts.SAY_OFFER} {Live.view.offer.caller_display}", "")
    return rx.fragment(
        rx.el.div(offer, class_name="cc-hidden", role="alert", aria_live="assertive", id="say-offer"),
        rx.el.div(words(Live.scene, texts.SAY), class_name="cc-hidden", role="status", aria_live="polite", id="say"),
    )


def _keys_dialog() -> rx.Component:
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(texts.KEYS_TITLE),
            rx.el.ul(
                *[
                    rx.el.li(
                        rx.el.span(what, class_name="cc-what"),
                        rx.el.kbd(keys, class_name="cc-kbd"),
                        class_name="cc-row",
                    )
                    for keys, what in texts.KEYS
                ],
                class_name="cc-list",
            ),
            rx.el.p(texts.KEYS_NOTE, class_name="cc-empty"),
            rx.flex(rx.dialog.close(rx.button(texts.CLOSE)), justify="end", margin_top="16px"),
            max_width="360px",
            aria_describedby="",
        ),
        open=Desk.keys_open,
        on_open_change=lambda opened: Desk.show("keys", opened),
    )


def title_of(page: str) -> str:
    """What the tab of a page is called while nothing happens."""
    return f"{page} · {texts.BRAND}"


def shell(*content: rx.Component, title: str, current: str) -> rx.Component:
    """A page inside the frame. ``current`` is its address in the navigation."""
    offer, call = Live.view.offer, Live.view.call
    return rx.el.div(
        tab_title(offer=_RINGS, caller=offer.caller_display, since=call.answered_at, page=title_of(title)),
        plain_link(texts.SKIP, href="#main", class_name="cc-skip"),
        status_bar(),
        _notices(),
        _rail(current),
        rx.el.main(*content, class_name="cc-main", id="main", tab_index=-1),
        _said(),
        _keys_dialog(),
        devices_dialog(),
        renewal_dialog(),
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
        awake(wanted=Live.view.presence == "available"),
        media_room(wanted=Session.me.id > 0, on_report=Live.report),
        attention(
            offer=_RINGS,
            caller=Live.view.offer.caller_display,
            call=Live.view.call.id,
            since=Live.view.call.answered_at,
            ready=Live.ready,
        ),
    )


TOASTER = rx.toast.provider(position="top-center", offset="60px", rich_colors=True)
"""Under the bar, where it hides neither Answer nor Hang up."""
STYLESHEETS = ["/callcenter.css"]
HEAD = [rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml")]
WRAPS = {(5, "Overlay"): lambda _stateful: rx.fragment(), (3, "Lasting"): lasting}
"""The first takes the place of Reflex's own words about a lost connection; the shell has a notice for that."""
