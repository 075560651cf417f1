"""One call: its facts, and what happened one after the other."""

from typing import Any

import reflex as rx

from callcenter.core.domain.calls import CallDirection, CallEventKind, CallStatus
from callcenter.entry import page_frame
from callcenter.entry.party import party
from callcenter.history.ui import texts as history_texts
from callcenter.history.ui.call_detail_state import CallDetail
from callcenter.history.ui.results import result
from callcenter.history.views import CallEventView
from callcenter.platform.reflex import list_page
from callcenter.platform.reflex.datetime_format import full_time, minutes, since
from callcenter.platform.reflex.widgets import card, words
from callcenter.telephony.ui import texts as telephony_texts

ON_LOAD = [CallDetail.watch_call]

_MARKS = {
    "created": ("phone-incoming", ""),
    "queued": ("hourglass", ""),
    "offered": ("bell-ring", ""),
    "declined": ("phone-off", "warn"),
    "missed": ("bell-off", "warn"),
    "offer_withdrawn": ("undo-2", ""),
    "answered": ("phone", "good"),
    "connected": ("audio-lines", "good"),
    "dialing": ("phone-outgoing", ""),
    "ringing": ("bell-ring", ""),
    "agent_left": ("unplug", "bad"),
    "agent_returned": ("plug", "good"),
    "requeued": ("list-restart", "warn"),
    "not_connected": ("mic-off", "bad"),
    "adopted": ("life-buoy", ""),
    "taken_over": ("app-window", ""),
    "ended": ("flag", ""),
}
_call = CallDetail.detail.call


def _step(event: rx.Var[CallEventView]) -> rx.Component:
    icons = [(kind, rx.icon(icon, size=15, aria_hidden=True)) for kind, (icon, _) in _MARKS.items()]
    tones = [(kind, tone) for kind, (_, tone) in _MARKS.items()]
    alone = rx.fragment(words(event.kind, history_texts.EVENTS, event.kind))
    named = rx.match(event.kind, *history_texts.events_with(rx.el.b(event.agent_name)).items(), alone)
    said = rx.cond(event.agent_name != "", named, alone)
    return rx.el.li(
        rx.el.span("+", minutes(event.after_seconds), class_name="cc-num", title=full_time(event.at)),
        rx.el.span(
            rx.match(event.kind, *icons, rx.icon("circle", size=15, aria_hidden=True)),
            class_name="cp-mark",
            custom_attrs={"data-tone": rx.match(event.kind, *tones, "")},
        ),
        rx.el.div(said, _why(event)),
        class_name="cp-step",
        custom_attrs={"data-kind": event.kind},
        key=event.id.to_string(),
    )


def _why(event: rx.Var[CallEventView]) -> rx.Component:
    """The reason in words; at the end of the call what the telephone network itself said, too."""
    return rx.cond(
        (event.kind == CallEventKind.ENDED) & (CallDetail.detail.sip_code > 0),
        rx.fragment(
            rx.el.small(words(_call.reason, telephony_texts.SENTENCES, "")),
            rx.el.small(f"{history_texts.SIP} {event.detail}", class_name="cc-num"),
        ),
        rx.cond(event.detail, rx.el.small(words(event.detail, telephony_texts.SENTENCES, ""))),
    )


def _fact(label: Any, value: Any) -> rx.Component:
    return rx.fragment(rx.el.dt(label), rx.el.dd(value))


def _dialed() -> rx.Component:
    label, number = CallDetail.detail.dialed_label, CallDetail.detail.dialed_display
    return rx.el.span(rx.cond(label, f"{label} · {number}", number), class_name="cc-num")


def _facts() -> rx.Component:
    running = _call.status == CallStatus.IN_PROGRESS
    talked = rx.cond(
        running & (CallDetail.detail.answered_at != ""),
        since(at=CallDetail.detail.answered_at),
        rx.cond(_call.duration > 0, minutes(_call.duration), "–"),
    )
    return rx.el.section(
        rx.el.p(party(_call.caller_display), class_name="cp-big cc-num"),
        rx.el.dl(
            _fact(history_texts.RESULT, result(_call.status, "")),
            rx.cond(
                _call.reason, _fact(history_texts.REASON, words(_call.reason, telephony_texts.SENTENCES, _call.reason))
            ),
            _fact(telephony_texts.AGENT, rx.cond(_call.agent_name, _call.agent_name, telephony_texts.NO_AGENT)),
            rx.cond(CallDetail.detail.dialed_display, _fact(history_texts.CALLED, _dialed())),
            _fact(history_texts.STARTED, full_time(_call.start_time)),
            _fact(
                rx.cond(_call.direction == CallDirection.OUTBOUND, history_texts.RANG, history_texts.WAITED),
                minutes(_call.waited),
            ),
            _fact(history_texts.DURATION, rx.el.span(talked, class_name="cc-num")),
            rx.cond(
                CallDetail.detail.ended_by,
                _fact(
                    history_texts.ENDED_BY,
                    words(CallDetail.detail.ended_by, history_texts.ENDERS, CallDetail.detail.ended_by),
                ),
            ),
            _fact(history_texts.CALL_NUMBER, _call.id),
            class_name="cp-facts",
        ),
        rx.cond(_call.caller_id, _actions()),
        class_name="cc-card",
        aria_label=history_texts.FACTS,
        id="facts",
    )


def _actions() -> rx.Component:
    return rx.el.div(
        rx.cond(
            (_call.status != CallStatus.IN_PROGRESS) & (_call.call_back != ""),
            list_page.link_button(
                rx.icon("phone", size=16, aria_hidden=True),
                history_texts.CALL_BACK,
                href="/?dial=" + list_page.in_address(_call.call_back),
                tone="soft",
                id="call-back",
            ),
        ),
        list_page.link_button(
            rx.icon("list-filter", size=16, aria_hidden=True),
            history_texts.SAME_NUMBER,
            href="/history?period=all&party=" + list_page.in_address(_call.caller_id),
            id="same-number",
        ),
        class_name="cp-tools cp-apart",
    )


def _timeline() -> rx.Component:
    return card(
        history_texts.TIMELINE,
        rx.cond(
            CallDetail.detail.timeline.length() > 0,
            rx.el.ol(rx.foreach(CallDetail.detail.timeline, _step), class_name="cp-steps"),
            list_page.empty("list", history_texts.NO_EVENTS_TITLE, history_texts.NO_EVENTS_TEXT),
        ),
        id="timeline",
    )


def _missing() -> rx.Component:
    return list_page.empty(
        "file-question",
        history_texts.MISSING_TITLE,
        history_texts.MISSING_TEXT,
        list_page.link_button(history_texts.TO_THE_HISTORY, href="/history", tone="soft"),
        id="no-call",
    )


def call_detail() -> rx.Component:
    back = list_page.link_button(
        rx.icon("arrow-left", size=16, aria_hidden=True),
        history_texts.BACK_TO_HISTORY,
        href="/history",
        id="to-history",
    )
    title = rx.cond(_call.direction == CallDirection.OUTBOUND, history_texts.OUTBOUND_CALL, history_texts.INBOUND_CALL)
    found = rx.el.div(_facts(), _timeline(), class_name="cp-call")
    content = rx.match(
        CallDetail.problem,
        ("missing", _missing()),
        ("unreachable", rx.cond(_call.id > 0, found, list_page.broken(CallDetail.look_again))),
        rx.cond(_call.id > 0, found, list_page.waiting(7, "40px")),
    )
    return page_frame.shell(
        list_page.page(
            list_page.head(rx.cond(_call.id > 0, title, history_texts.CALL), back),
            content,
            label=history_texts.CALL,
            id="call-detail",
        ),
        title=history_texts.CALL,
        current="/history",
    )
