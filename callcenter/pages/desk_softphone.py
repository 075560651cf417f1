"""Left: the number field, the keypad, recent numbers and who waits."""

import reflex as rx

from callcenter.components import media_vars as media
from callcenter.components import texts
from callcenter.components.clock import elapsed
from callcenter.components.parts import act, card, party, server_lost, shortcut_while
from callcenter.domain.calls import CallDirection
from callcenter.services.views import CallRowView, WaitingCallView
from callcenter.state.desk import Desk
from callcenter.state.queue import Queue

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
                rx.icon("phone-outgoing", size=15, aria_label=texts.OUTBOUND),
                rx.icon("phone-incoming", size=15, aria_label=texts.INBOUND),
            ),
            rx.el.span(party(row.caller_display), class_name="cc-num"),
            rx.icon("phone", size=14, aria_hidden=True),
            type="button",
            class_name="cc-plain",
            title=texts.dial(row.caller_display),
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
        texts.SOFTPHONE,
        rx.form(
            rx.el.label(texts.NUMBER, html_for="number", class_name="cc-hidden"),
            rx.flex(
                rx.el.input(
                    id="number",
                    name="number",
                    type="tel",
                    required=True,
                    placeholder=texts.NUMBER_HINT,
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
                    aria_label=texts.RUB_OUT,
                    on_click=media.do(f"{_FIELD}.value = {_FIELD}.value.slice(0, -1)"),
                ),
                gap="6px",
            ),
            _refused(),
            rx.el.div(*[_key(digit) for digit in _KEYS], class_name="cc-pad", role="group", aria_label=texts.KEYPAD),
            rx.el.button(
                rx.icon("phone", size=18, aria_hidden=True),
                texts.DIAL,
                type="submit",
                class_name="cc-act cc-wide",
                style={"width": "100%", "minHeight": "44px"},
                custom_attrs={"data-tone": "go"},
                disabled=server_lost | _busy,
                title=rx.cond(_busy, texts.DIAL_BUSY, ""),
                id="dial",
            ),
            on_submit=Desk.dial,
        ),
        rx.el.h3(texts.RECENT),
        rx.cond(
            Desk.aside.recent.length() > 0,
            rx.el.ul(rx.foreach(Desk.aside.recent, _recent), class_name="cc-list"),
            rx.el.p(texts.RECENT_EMPTY, class_name="cc-empty"),
        ),
    )


def _waiting(row: rx.Var[WaitingCallView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            party(row.caller_display),
            rx.cond(row.offered_to, rx.el.small(" ", texts.ringing_at(row.offered_to))),
            class_name="cc-what cc-num",
        ),
        rx.el.small(elapsed(since=row.waiting_since), class_name="cc-num"),
        class_name="cc-row",
    )


def waiting_calls() -> rx.Component:
    return card(
        texts.WAITING_CALLS,
        rx.cond(
            Queue.waiting.length() > 0,
            rx.el.ul(rx.foreach(Queue.waiting, _waiting), class_name="cc-list"),
            rx.el.p(texts.WAITING_EMPTY, class_name="cc-empty"),
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
        texts.SOFTPHONE,
        "grip",
        Desk.show("softphone", ~Desk.softphone_open),
        class_name="cc-fold",
        aria_expanded=Desk.softphone_open,
        aria_controls="softphone",
    )
