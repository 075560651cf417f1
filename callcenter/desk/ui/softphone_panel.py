"""Left: the number field, the keypad, recent numbers and who waits."""

import reflex as rx

from callcenter.core.domain.calls import CallDirection
from callcenter.desk.ui import texts as desk_texts
from callcenter.entry.party import party
from callcenter.history.ui import texts as history_texts
from callcenter.history.views import CallRowView
from callcenter.platform.reflex.clock import elapsed
from callcenter.platform.reflex.widgets import act, card, server_lost, shortcut_while
from callcenter.workspace.media import client_state as media
from callcenter.workspace.tab.desk_state import Desk
from callcenter.workspace.tab.waiting_calls_state import Queue
from callcenter.workspace.views import WaitingCallView

_KEYS = "123456789*0#"
_FIELD = "document.getElementById('number')"
"""Typing stays in the browser: a field that the server fills loses what is typed faster than it answers."""
_busy = (Desk.view.call.id > 0) | (Desk.view.offer.id > 0)


def _key(digit: str) -> rx.Component:
    return rx.el.button(
        digit,
        type="button",
        class_name="cc-key",
        on_click=media.do(f"{_FIELD}.setRangeText({digit!r}, {_FIELD}.value.length, {_FIELD}.value.length)"),
        disabled=Desk.view.call.id > 0,
        tab_index=-1,
    )


def _recent(row: rx.Var[CallRowView]) -> rx.Component:
    outbound = row.direction == CallDirection.OUTBOUND
    return rx.el.li(
        rx.el.button(
            rx.cond(
                outbound,
                rx.icon("phone-outgoing", size=15, aria_label=history_texts.OUTBOUND),
                rx.icon("phone-incoming", size=15, aria_label=history_texts.INBOUND),
            ),
            rx.el.span(party(row.caller_display), class_name="cc-num"),
            rx.icon("phone", size=14, aria_hidden=True),
            type="button",
            class_name="cc-plain",
            title=desk_texts.dial(row.caller_display),
            on_click=Desk.dial_number(row.call_back),
            disabled=server_lost | _busy,
        )
    )


def _refused() -> rx.Component:
    """Where it was typed, until something else is typed."""
    return rx.el.div(
        rx.cond(
            Desk.dial_refused,
            rx.el.p(rx.icon("circle-alert", size=16, aria_hidden=True), rx.el.span(Desk.dial_refused)),
        ),
        class_name="cc-refused",
        role="alert",
        id="dial-refused",
    )


def dial_pad() -> rx.Component:
    return card(
        desk_texts.SOFTPHONE,
        rx.form(
            rx.el.label(desk_texts.NUMBER, html_for="number", class_name="cc-hidden"),
            rx.flex(
                rx.el.input(
                    id="number",
                    name="number",
                    type="tel",
                    required=True,
                    placeholder=desk_texts.NUMBER_HINT,
                    auto_complete="off",
                    class_name="cc-input cc-num",
                    on_change=rx.cond(Desk.dial_refused, Desk.forget_refusal, rx.noop()),
                    aria_invalid=rx.cond(Desk.dial_refused, "true", "false"),
                    aria_describedby="dial-refused",
                    custom_attrs=shortcut_while(Desk.view.call.id == 0, "KeyK"),
                ),
                rx.icon_button(
                    rx.icon("delete", size=17),
                    type="button",
                    size="3",
                    variant="soft",
                    color_scheme="gray",
                    aria_label=desk_texts.RUB_OUT,
                    on_click=media.do(f"{_FIELD}.value = {_FIELD}.value.slice(0, -1)"),
                ),
                gap="6px",
            ),
            _refused(),
            rx.el.div(
                *[_key(digit) for digit in _KEYS], class_name="cc-pad", role="group", aria_label=desk_texts.KEYPAD
            ),
            rx.el.button(
                rx.icon("phone", size=18, aria_hidden=True),
                desk_texts.DIAL,
                type="submit",
                class_name="cc-act cc-wide",
                style={"width": "100%", "minHeight": "44px"},
                custom_attrs={"data-tone": "go"},
                disabled=server_lost | _busy,
                title=rx.cond(_busy, desk_texts.DIAL_BUSY, ""),
                id="dial",
            ),
            on_submit=Desk.dial,
        ),
        rx.el.h3(desk_texts.RECENT),
        rx.cond(
            Desk.aside.recent.length() > 0,
            rx.el.ul(rx.foreach(Desk.aside.recent, _recent), class_name="cc-list"),
            rx.el.p(desk_texts.RECENT_EMPTY, class_name="cc-empty"),
        ),
    )


def _waiting(row: rx.Var[WaitingCallView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            party(row.caller_display),
            rx.cond(row.offered_to, rx.el.small(" ", desk_texts.ringing_at(row.offered_to))),
            class_name="cc-what cc-num",
        ),
        rx.el.small(elapsed(since=row.waiting_since), class_name="cc-num"),
        class_name="cc-row",
    )


def waiting_calls() -> rx.Component:
    return card(
        desk_texts.WAITING_CALLS,
        rx.cond(
            Queue.waiting.length() > 0,
            rx.el.ul(rx.foreach(Queue.waiting, _waiting), class_name="cc-list"),
            rx.el.p(desk_texts.WAITING_EMPTY, class_name="cc-empty"),
        ),
        class_name="cc-grow",
        id="waiting-calls",
    )


def softphone() -> rx.Component:
    return rx.el.div(
        dial_pad(),
        waiting_calls(),
        class_name="cc-column cc-left",
        custom_attrs={"data-open": rx.cond(Desk.softphone_open, "true", "false")},
        id="softphone",
    )


def fold() -> rx.Component:
    """On a narrow screen the softphone is behind this button."""
    return act(
        desk_texts.SOFTPHONE,
        "grip",
        Desk.show("softphone", ~Desk.softphone_open),
        class_name="cc-fold",
        aria_expanded=Desk.softphone_open,
        aria_controls="softphone",
    )
