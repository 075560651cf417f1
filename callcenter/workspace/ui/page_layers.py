"""The parts of every page's frame that show the desk of whoever is signed in: its trouble, its call, its sound."""

from typing import Any

import reflex as rx

from callcenter.core.domain.agents import Presence
from callcenter.entry.page_session import Session
from callcenter.entry.party import party
from callcenter.platform.reflex.clock import elapsed
from callcenter.platform.reflex.wake_lock import awake
from callcenter.platform.reflex.widgets import notice, server_lost, small, words
from callcenter.workspace.media import client_state as media
from callcenter.workspace.media.connection import media_room
from callcenter.workspace.tab.desk_state import Desk
from callcenter.workspace.tab.tab_state import Live
from callcenter.workspace.ui import texts as workspace_texts
from callcenter.workspace.ui.notifications import attention, tab_title

_RINGS = rx.cond(Live.view.media_tab == "elsewhere", 0, Live.view.offer.id)
_ELSEWHERE = (Live.view.media_tab == "elsewhere") & ((Live.view.call.id > 0) | (Live.view.offer.id > 0))


def title(page: Any) -> rx.Component:
    """Keeps the title of the tab: a caller who rings, a running call, or the page."""
    offer, call = Live.view.offer, Live.view.call
    return tab_title(offer=_RINGS, caller=party(offer.caller_display), since=call.answered_at, page=page)


def trouble() -> rx.Component:
    """Says that the desk could not be read."""
    return rx.cond(
        Live.trouble & ~server_lost,
        notice(
            rx.el.strong(workspace_texts.TROUBLE_TITLE), workspace_texts.TROUBLE_TEXT, role="alert", id="server-trouble"
        ),
    )


def media_notices() -> rx.Component:
    """Says where the sound of a call is, when it is not simply here."""
    in_call = Live.view.call.id > 0
    cut = (media.phase == "lost") | (media.phase == "reconnecting")
    return rx.fragment(
        rx.cond(
            in_call & cut & ~_ELSEWHERE,
            notice(
                rx.el.strong(workspace_texts.MEDIA_LOST),
                rx.el.span(workspace_texts.reconnecting(elapsed(since=media.lost_since)), class_name="cc-num"),
                small(workspace_texts.REJOIN, color_scheme="red", on_click=[Live.rejoin, media.rejoin()]),
                tone="bad",
                icon="unplug",
                role="alert",
                id="media-lost",
            ),
        ),
        rx.cond(
            _ELSEWHERE,
            notice(
                rx.el.strong(workspace_texts.ELSEWHERE),
                small(workspace_texts.TAKE_OVER, on_click=Live.take_over, disabled=server_lost),
                tone="info",
                icon="app-window",
                role="status",
                id="elsewhere",
            ),
        ),
        rx.cond(
            in_call & media.blocked,
            notice(
                workspace_texts.BLOCKED,
                small(workspace_texts.PLAY, on_click=media.allow_sound()),
                icon="volume-x",
                role="alert",
            ),
        ),
    )


def announcements() -> rx.Component:
    """What screen readers are told: an offer at once, other changes when there is a pause."""
    offer = rx.cond(Live.view.offer.id > 0, workspace_texts.say_offer(party(Live.view.offer.caller_display)), "")
    return rx.fragment(
        rx.el.div(offer, class_name="cc-hidden", role="alert", aria_live="assertive", id="say-offer"),
        rx.el.div(
            words(Live.scene, workspace_texts.SAY), class_name="cc-hidden", role="status", aria_live="polite", id="say"
        ),
    )


def keys_dialog() -> rx.Component:
    """Lists the keys of the desk."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(workspace_texts.KEYS_TITLE),
            rx.el.ul(
                *[
                    rx.el.li(
                        rx.el.span(what, class_name="cc-what"),
                        rx.el.kbd(keys, class_name="cc-kbd"),
                        class_name="cc-row",
                    )
                    for keys, what in workspace_texts.KEYS
                ],
                class_name="cc-list",
            ),
            rx.el.p(workspace_texts.KEYS_NOTE, class_name="cc-empty"),
            rx.flex(rx.dialog.close(rx.button(workspace_texts.CLOSE)), justify="end", margin_top="16px"),
            max_width="360px",
            aria_describedby="",
        ),
        open=Desk.keys_open,
        on_open_change=lambda opened: Desk.show("keys", opened),
    )


def stay_awake() -> rx.Component:
    """Keeps the browser from putting an Available agent's tab to sleep."""
    return awake(wanted=Live.view.presence == Presence.AVAILABLE)


def sound() -> rx.Component:
    """Carries the sound of calls."""
    return media_room(wanted=Session.me.id > 0, on_report=Live.report)


def cues() -> rx.Component:
    """Rings, and gives the other signs that something happens."""
    return attention(
        offer=_RINGS,
        caller=party(Live.view.offer.caller_display),
        call=Live.view.call.id,
        since=Live.view.call.answered_at,
        ready=Live.ready,
    )
