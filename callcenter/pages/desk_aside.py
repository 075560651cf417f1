"""Right: who is on the line, earlier calls with that number, and this call so far."""

import reflex as rx

from callcenter.components import texts
from callcenter.components.clock import day_and_time, duration
from callcenter.components.parts import card, party, words
from callcenter.domain.calls import CallDirection, CallEventKind
from callcenter.services.views import CallEventView, CallRowView
from callcenter.state.desk import Desk


def _earlier(row: rx.Var[CallRowView]) -> rx.Component:
    return rx.el.li(
        rx.cond(
            row.direction == CallDirection.OUTBOUND,
            rx.icon("phone-outgoing", size=14, aria_label=texts.OUTBOUND),
            rx.icon("phone-incoming", size=14, aria_label=texts.INBOUND),
        ),
        rx.el.span(
            words(row.status, texts.STATUSES, row.status),
            rx.el.br(),
            rx.el.small(day_and_time(at=row.start_time), rx.cond(row.agent_name, f" · {row.agent_name}", "")),
            class_name="cc-what",
        ),
        rx.cond(row.duration > 0, rx.el.small(duration(row.duration), class_name="cc-num")),
        class_name="cc-row",
    )


def _event(event: rx.Var[CallEventView]) -> rx.Component:
    return rx.el.li(
        words(event.kind, texts.EVENTS, event.kind),
        rx.el.small(
            " +",
            duration(event.after_seconds),
            rx.cond(event.agent_name, f" · {event.agent_name}", ""),
            class_name="cc-num",
        ),
        rx.cond(_said_by_the_network(event), rx.el.small(f"{texts.SIP} {event.detail}", class_name="cc-block cc-num")),
    )


def _said_by_the_network(event: rx.Var[CallEventView]) -> rx.Var[bool]:
    """An end's detail is our word for the reason, or the network's own answer, such as “486 Busy Here”."""
    return (event.kind == CallEventKind.ENDED) & rx.Var(f"/^\\d/.test({event.detail})").bool()


def aside() -> rx.Component:
    someone = rx.fragment(
        card(
            texts.THE_CALLER,
            rx.el.p(party(Desk.aside.display), class_name="cc-title cc-num"),
            rx.el.h3(texts.EARLIER),
            rx.cond(
                Desk.aside.earlier.length() > 0,
                rx.el.ul(rx.foreach(Desk.aside.earlier, _earlier), class_name="cc-list"),
                rx.el.p(texts.EARLIER_EMPTY, class_name="cc-empty"),
            ),
        ),
        card(
            texts.THIS_CALL,
            rx.el.ol(rx.foreach(Desk.aside.timeline, _event), class_name="cc-timeline"),
            class_name="cc-grow",
            id="timeline",
        ),
    )
    nobody = card(
        texts.THE_CALLER,
        rx.el.p(rx.el.strong(texts.NOBODY)),
        rx.el.p(texts.NOBODY_TEXT, class_name="cc-empty"),
        class_name="cc-grow",
    )
    return rx.el.aside(rx.cond(Desk.aside.display, someone, nobody), class_name="cc-column")
