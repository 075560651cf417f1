"""The middle while there is no call: the sound check, the day so far, after a call, and why no calls come."""

from typing import Any

import reflex as rx

from callcenter.core.domain.agents import Presence
from callcenter.core.domain.calls import CallDirection
from callcenter.desk.ui import texts as desk_texts
from callcenter.desk.ui.call_panel import actions, stage
from callcenter.desk.ui.softphone_panel import fold
from callcenter.entry.party import party
from callcenter.platform.reflex.clock import duration, elapsed, remaining
from callcenter.platform.reflex.widgets import act, words
from callcenter.team.ui import texts as team_texts
from callcenter.workspace.media import client_state as media
from callcenter.workspace.tab.desk_state import Desk
from callcenter.workspace.ui.devices import microphone, speaker

_view = Desk.view


def _sign(icon: str, tone: str = "") -> rx.Component:
    return rx.el.div(
        rx.icon(icon, size=26, aria_hidden=True), class_name="cc-badge-icon", custom_attrs={"data-tone": tone}
    )


def _figure(value: Any, label: Any) -> rx.Component:
    return rx.el.div(rx.el.b(value, class_name="cc-num"), rx.el.span(label), class_name="cc-figure")


def _today() -> rx.Component:
    return rx.el.div(
        _figure(_view.today.calls, desk_texts.CALLS),
        _figure(duration(_view.today.average_talk_seconds), desk_texts.AVERAGE_TALK),
        _figure(_view.today.missed, desk_texts.MISSED),
        class_name="cc-figures",
        role="group",
        aria_label=desk_texts.TODAY,
    )


def _quiet(sign: rx.Component, title: Any, text: Any, *buttons: rx.Component) -> rx.Component:
    return rx.fragment(
        stage(sign, rx.el.h1(title, class_name="cc-title"), rx.el.p(text, class_name="cc-under"), _today()),
        actions(*buttons, fold()),
    )


def _since() -> rx.Component:
    return rx.el.span(desk_texts.since(elapsed(since=_view.presence_since)), class_name="cc-num")


def _go_available() -> rx.Component:
    return act(desk_texts.GO_AVAILABLE, "headphones", Desk.go(Presence.AVAILABLE, ""), tone="go", id="go-available")


def available() -> rx.Component:
    return _quiet(_sign("headphones", "good"), desk_texts.QUIET_AVAILABLE, desk_texts.QUIET_AVAILABLE_TEXT)


def not_ready() -> rx.Component:
    reason = words(_view.presence_reason, team_texts.REASONS, team_texts.NOT_READY)
    return _quiet(
        _sign("coffee", "warn"),
        desk_texts.QUIET_NOT_READY,
        rx.fragment(reason, " · ", _since(), rx.el.br(), desk_texts.QUIET_NO_CALLS),
        _go_available(),
    )


def offline() -> rx.Component:
    return _quiet(
        _sign("power"),
        desk_texts.QUIET_OFFLINE,
        rx.fragment(_since(), rx.el.br(), desk_texts.QUIET_NO_CALLS),
        _go_available(),
    )


def missed() -> rx.Component:
    back = act(desk_texts.BACK, "headphones", Desk.back_in_routing, tone="go", id="back")
    return _quiet(_sign("phone-missed", "warn"), desk_texts.MISSED_TITLE, desk_texts.MISSED_TEXT, back)


def paused() -> rx.Component:
    back = act(desk_texts.BACK, "headphones", Desk.back_in_routing, id="back")
    return _quiet(_sign("timer", "warn"), desk_texts.PAUSED_TITLE, desk_texts.PAUSED_TEXT, back)


def device_error() -> rx.Component:
    return _quiet(
        _sign("mic-off", "bad"),
        desk_texts.DEVICE_TITLE,
        desk_texts.DEVICE_TEXT,
        act(desk_texts.MIC_CHOOSE, "mic", Desk.show("devices", True), id="choose-mic"),
        act(desk_texts.BACK, "headphones", Desk.back_in_routing, tone="go", id="back"),
    )


def _how_it_ended() -> rx.Component:
    reason = words(_view.ended.reason, desk_texts.ENDED_REASON)
    return rx.fragment(
        rx.el.p(
            rx.cond(reason != "", reason, words(_view.ended.ended_by, desk_texts.ENDED_BY)),
            class_name="cc-state",
            style={"margin": "0"},
        ),
        rx.el.h1(party(_view.ended.other_party_display), class_name="cc-number cc-num"),
        rx.cond(
            _view.ended.talk_seconds > 0,
            rx.el.p(desk_texts.talk_time(duration(_view.ended.talk_seconds)), class_name="cc-under cc-num"),
        ),
    )


def _again() -> rx.Component:
    label = rx.cond(
        (_view.ended.direction == CallDirection.OUTBOUND) & (_view.ended.talk_seconds == 0),
        desk_texts.TRY_AGAIN,
        desk_texts.CALL_BACK,
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
                desk_texts.after_call_work(remaining(until=_view.wrapup_until)),
                class_name="cc-under cc-num",
                id="wrap-up",
            ),
        ),
        actions(
            act(desk_texts.READY_NOW, "headphones", Desk.finish_wrap_up, tone="go", id="ready-now"),
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
        desk_texts.CHECK_START,
        "mic",
        media.check(),
        tone="go",
        class_name="cc-wide",
        always=True,
        id="check-start",
    )
    finish = act(
        desk_texts.CHECK_DONE,
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
            rx.el.h1(desk_texts.CHECK_TITLE, class_name="cc-title"),
            rx.el.p(desk_texts.CHECK_TEXT, class_name="cc-under", style={"maxWidth": "380px"}),
            rx.cond(media.checking != "", rx.el.div(microphone(), speaker(), class_name="cc-form")),
        ),
        actions(rx.cond(media.checking == "", start, finish), fold()),
    )
