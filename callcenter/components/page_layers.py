"""The parts of every page's frame that show the desk of whoever is signed in: its trouble, its call, its sound."""

from typing import Any

import reflex as rx

from callcenter.components import media_vars as media
from callcenter.components import texts
from callcenter.components.attention import attention, tab_title
from callcenter.components.awake import awake
from callcenter.components.clock import elapsed
from callcenter.components.livekit import media_room
from callcenter.components.parts import notice, party, server_lost, small, words
from callcenter.domain.agents import Presence
from callcenter.state.desk import Desk
from callcenter.state.live import Live
from callcenter.state.session import Session

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
        notice(rx.el.strong(texts.TROUBLE_TITLE), texts.TROUBLE_TEXT, role="alert", id="server-trouble"),
    )


def media_notices() -> rx.Component:
    """Says where the sound of a call is, when it is not simply here."""
    in_call = Live.view.call.id > 0
    cut = (media.phase == "lost") | (media.phase == "reconnecting")
    return rx.fragment(
        rx.cond(
            in_call & cut & ~_ELSEWHERE,
            notice(
                rx.el.strong(texts.MEDIA_LOST),
                rx.el.span(texts.reconnecting(elapsed(since=media.lost_since)), class_name="cc-num"),
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
    )


def announcements() -> rx.Component:
    """What screen readers are told: an offer at once, other changes when there is a pause."""
    offer = rx.cond(Live.view.offer.id > 0, texts.say_offer(party(Live.view.offer.caller_display)), "")
    return rx.fragment(
        rx.el.div(offer, class_name="cc-hidden", role="alert", aria_live="assertive", id="say-offer"),
        rx.el.div(words(Live.scene, texts.SAY), class_name="cc-hidden", role="status", aria_live="polite", id="say"),
    )


def keys_dialog() -> rx.Component:
    """Lists the keys of the desk."""
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
