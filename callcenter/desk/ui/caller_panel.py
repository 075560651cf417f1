"""Right: who is on the line, earlier calls with that number, and this call so far."""

import reflex as rx

from callcenter.core.domain.calls import CallDirection, CallEventKind
from callcenter.desk.ui import texts as desk_texts
from callcenter.entry.party import party
from callcenter.history.ui import texts as history_texts
from callcenter.history.views import CallEventView, CallRowView
from callcenter.platform.reflex.clock import day_and_time, duration
from callcenter.platform.reflex.widgets import card, words
from callcenter.workspace.tab.desk_state import Desk


def _earlier(row: rx.Var[CallRowView]) -> rx.Component:
    return rx.el.li(
        rx.cond(
            row.direction == CallDirection.OUTBOUND,
            rx.icon("phone-outgoing", size=14, aria_label=history_texts.OUTBOUND),
            rx.icon("phone-incoming", size=14, aria_label=history_texts.INBOUND),
        ),
        rx.el.span(
            words(row.status, desk_texts.STATUSES, row.status),
            rx.el.br(),
            rx.el.small(day_and_time(at=row.start_time), rx.cond(row.agent_name, f" · {row.agent_name}", "")),
            class_name="cc-what",
        ),
        rx.cond(row.duration > 0, rx.el.small(duration(row.duration), class_name="cc-num")),
        class_name="cc-row",
    )


def _event(event: rx.Var[CallEventView]) -> rx.Component:
    return rx.el.li(
        words(event.kind, desk_texts.EVENTS, event.kind),
        rx.el.small(
            " +",
            duration(event.after_seconds),
            rx.cond(event.agent_name, f" · {event.agent_name}", ""),
            class_name="cc-num",
        ),
        rx.cond(
            _said_by_the_network(event), rx.el.small(f"{desk_texts.SIP} {event.detail}", class_name="cc-block cc-num")
        ),
    )


def _said_by_the_network(event: rx.Var[CallEventView]) -> rx.Var[bool]:
    """An end's detail is our word for the reason, or the network's own answer, such as “486 Busy Here”."""
    return (event.kind == CallEventKind.ENDED) & rx.Var(f"/^\\d/.test({event.detail})").bool()


def aside() -> rx.Component:
    someone = rx.fragment(
        card(
            desk_texts.THE_CALLER,
            rx.el.p(party(Desk.aside.display), class_name="cc-title cc-num"),
            rx.el.h3(desk_texts.EARLIER),
            rx.cond(
                Desk.aside.earlier.length() > 0,
                rx.el.ul(rx.foreach(Desk.aside.earlier, _earlier), class_name="cc-list"),
                rx.el.p(desk_texts.EARLIER_EMPTY, class_name="cc-empty"),
            ),
        ),
        card(
            desk_texts.THIS_CALL,
            rx.el.ol(rx.foreach(Desk.aside.timeline, _event), class_name="cc-timeline"),
            class_name="cc-grow",
            id="timeline",
        ),
    )
    nobody = card(
        desk_texts.THE_CALLER,
        rx.el.p(rx.el.strong(desk_texts.NOBODY)),
        rx.el.p(desk_texts.NOBODY_TEXT, class_name="cc-empty"),
        class_name="cc-grow",
    )
    return rx.el.aside(rx.cond(Desk.aside.display, someone, nobody), class_name="cc-column")
