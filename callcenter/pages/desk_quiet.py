"""The middle while there is no call: the sound check, the day so far, after a call, and why no calls come."""

from typing import Any

import reflex as rx

from callcenter.components import media_vars as media
from callcenter.components import texts
from callcenter.components.clock import duration, elapsed, remaining
from callcenter.components.devices import microphone, speaker
from callcenter.components.parts import act, party, words
from callcenter.domain.agents import Presence
from callcenter.domain.calls import CallDirection
from callcenter.pages.desk_call import actions, stage
from callcenter.pages.desk_softphone import fold
from callcenter.state.desk import Desk

_view = Desk.view


def _sign(icon: str, tone: str = "") -> rx.Component:
    return rx.el.div(
        rx.icon(icon, size=26, aria_hidden=True), class_name="cc-badge-icon", custom_attrs={"data-tone": tone}
    )


def _figure(value: Any, label: Any) -> rx.Component:
    return rx.el.div(rx.el.b(value, class_name="cc-num"), rx.el.span(label), class_name="cc-figure")


def _today() -> rx.Component:
    return rx.el.div(
        _figure(_view.today.calls, texts.CALLS),
        _figure(duration(_view.today.average_talk_seconds), texts.AVERAGE_TALK),
        _figure(_view.today.missed, texts.MISSED),
        class_name="cc-figures",
        role="group",
        aria_label=texts.TODAY,
    )


def _quiet(sign: rx.Component, title: Any, text: Any, *buttons: rx.Component) -> rx.Component:
    return rx.fragment(
        stage(sign, rx.el.h1(title, class_name="cc-title"), rx.el.p(text, class_name="cc-under"), _today()),
        actions(*buttons, fold()),
    )


def _since() -> rx.Component:
    return rx.el.span(texts.since(elapsed(since=_view.presence_since)), class_name="cc-num")


def _go_available() -> rx.Component:
    return act(texts.GO_AVAILABLE, "headphones", Desk.go(Presence.AVAILABLE, ""), tone="go", id="go-available")


def available() -> rx.Component:
    return _quiet(_sign("headphones", "good"), texts.QUIET_AVAILABLE, texts.QUIET_AVAILABLE_TEXT)


def not_ready() -> rx.Component:
    reason = words(_view.presence_reason, texts.REASONS, texts.NOT_READY)
    return _quiet(
        _sign("coffee", "warn"),
        texts.QUIET_NOT_READY,
        rx.fragment(reason, " · ", _since(), rx.el.br(), texts.QUIET_NO_CALLS),
        _go_available(),
    )


def offline() -> rx.Component:
    return _quiet(
        _sign("power"), texts.QUIET_OFFLINE, rx.fragment(_since(), rx.el.br(), texts.QUIET_NO_CALLS), _go_available()
    )


def missed() -> rx.Component:
    back = act(texts.BACK, "headphones", Desk.back_in_routing, tone="go", id="back")
    return _quiet(_sign("phone-missed", "warn"), texts.MISSED_TITLE, texts.MISSED_TEXT, back)


def paused() -> rx.Component:
    back = act(texts.BACK, "headphones", Desk.back_in_routing, id="back")
    return _quiet(_sign("timer", "warn"), texts.PAUSED_TITLE, texts.PAUSED_TEXT, back)


def device_error() -> rx.Component:
    return _quiet(
        _sign("mic-off", "bad"),
        texts.DEVICE_TITLE,
        texts.DEVICE_TEXT,
        act(texts.MIC_CHOOSE, "mic", Desk.show("devices", True), id="choose-mic"),
        act(texts.BACK, "headphones", Desk.back_in_routing, tone="go", id="back"),
    )


def _how_it_ended() -> rx.Component:
    reason = words(_view.ended.reason, texts.ENDED_REASON)
    return rx.fragment(
        rx.el.p(
            rx.cond(reason != "", reason, words(_view.ended.ended_by, texts.ENDED_BY)),
            class_name="cc-state",
            style={"margin": "0"},
        ),
        rx.el.h1(party(_view.ended.other_party_display), class_name="cc-number cc-num"),
        rx.cond(
            _view.ended.talk_seconds > 0,
            rx.el.p(texts.talk_time(duration(_view.ended.talk_seconds)), class_name="cc-under cc-num"),
        ),
    )


def _again() -> rx.Component:
    label = rx.cond(
        (_view.ended.direction == CallDirection.OUTBOUND) & (_view.ended.talk_seconds == 0),
        texts.TRY_AGAIN,
        texts.CALL_BACK,
    )
    return rx.cond(
        _view.ended.redial != "",
        act(label, "redo-2", Desk.dial_number(_view.ended.redial), id="try-again"),
    )


def wrapup() -> rx.Component:
    return rx.fragment(
        stage(
            _sign("notebook-pen"),
            rx.cond(_view.ended.id > 0, _how_it_ended()),
            rx.el.p(
                texts.after_call_work(remaining(until=_view.wrapup_until)),
                class_name="cc-under cc-num",
                id="wrap-up",
            ),
        ),
        actions(
            act(texts.READY_NOW, "headphones", Desk.finish_wrap_up, tone="go", id="ready-now"),
            rx.cond(_view.ended.id > 0, _again()),
            fold(),
        ),
    )


def ended() -> rx.Component:
    back = rx.cond(_view.presence != Presence.AVAILABLE, _go_available())
    return rx.fragment(stage(_sign("phone-off"), _how_it_ended(), _today()), actions(_again(), back, fold()))


def sound_check() -> rx.Component:
    """Before the first Available on this browser."""
    start = act(
        texts.CHECK_START,
        "mic",
        media.check(),
        tone="go",
        class_name="cc-wide",
        always=True,
        id="check-start",
    )
    finish = act(
        texts.CHECK_DONE,
        "headphones",
        [
            media.checked(),
            media.prefer("checked", "yes"),
            media.do("window.Notification?.requestPermission?.()"),
            Desk.go(Presence.AVAILABLE, ""),
        ],
        tone="go",
        class_name="cc-wide",
        id="check-done",
        disabled=media.checking == "failed",
    )
    return rx.fragment(
        stage(
            _sign("mic"),
            rx.el.h1(texts.CHECK_TITLE, class_name="cc-title"),
            rx.el.p(texts.CHECK_TEXT, class_name="cc-under", style={"maxWidth": "380px"}),
            rx.cond(media.checking != "", rx.el.div(microphone(), speaker(), class_name="cc-form")),
        ),
        actions(rx.cond(media.checking == "", start, finish), fold()),
    )
