"""The middle while there is a call: offered, connecting, dialling, talking."""

from typing import Any

import reflex as rx

from callcenter.core.domain.calls import CallDirection, CallState
from callcenter.desk.ui import texts as desk_texts
from callcenter.desk.ui.keypad import keypad, keypad_button, pressed_there
from callcenter.entry.party import party
from callcenter.history.ui import texts as history_texts
from callcenter.platform.reflex.clock import after, elapsed, emptying_ring
from callcenter.platform.reflex.messages import in_unit
from callcenter.platform.reflex.widgets import act, in_place, notice, room_for, small, words
from callcenter.workspace.media import client_state as media
from callcenter.workspace.media import dtmf
from callcenter.workspace.media.level_meter import level_meter
from callcenter.workspace.tab.desk_state import Desk
from callcenter.workspace.ui import texts as workspace_texts
from callcenter.workspace.ui.devices import mic_trouble

_view = Desk.view


def stage(*children: Any) -> rx.Component:
    return rx.el.div(*children, class_name="cc-stage")


def actions(*children: Any) -> rx.Component:
    return rx.el.div(*children, class_name="cc-actions")


def state_line(icon: str, text: Any, tone: str = "") -> rx.Component:
    return rx.el.p(
        rx.icon(icon, size=17, aria_hidden=True),
        text,
        class_name="cc-state",
        style={"margin": "0"},
        custom_attrs={"data-tone": tone},
    )


def hang_up() -> rx.Component:
    """In the same place in every picture of a call, and never where Answer was."""
    return act(
        workspace_texts.HANG_UP,
        "phone-off",
        Desk.hang_up,
        key="KeyH",
        tone="stop",
        class_name="cc-right",
        title=desk_texts.hang_up_on(party(_view.call.other_party_display)),
        id="hang-up",
    )


def _centre_number(label: rx.Var[str], display: rx.Var[str]) -> rx.Component:
    """What the agent answers with stands first."""
    return rx.cond(label, rx.fragment(rx.el.strong(label), " · ", display), rx.fragment(display))


def offered() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            state_line("bell-ring", workspace_texts.INCOMING),
            rx.el.h1(party(_view.offer.caller_display), class_name="cc-number cc-num"),
            rx.el.p(
                rx.cond(
                    _view.offer.dialed_display,
                    rx.fragment(
                        desk_texts.called(_centre_number(_view.offer.dialed_label, _view.offer.dialed_display)), " · "
                    ),
                ),
                desk_texts.waiting_for(elapsed(since=_view.offer.waiting_since)),
                class_name="cc-under cc-num",
            ),
            emptying_ring(until=_view.offer.deadline, whole=_view.offer.ring_seconds, label=desk_texts.RING_LEFT),
            class_name="cc-stage",
            id="offer",
            tab_index=-1,
        ),
        actions(
            act(workspace_texts.ANSWER, "phone", Desk.answer, key="KeyA", tone="go", class_name="cc-wide", id="answer"),
            act(workspace_texts.DECLINE, "phone-missed", Desk.decline, key="KeyD", class_name="cc-right", id="decline"),
        ),
    )


def _party() -> rx.Component:
    waited = rx.cond(
        (_view.call.direction == CallDirection.INBOUND) & (_view.call.waited_seconds > 0),
        rx.fragment(" · ", desk_texts.waited(in_unit(_view.call.waited_seconds, "second"))),
    )
    dialed = rx.cond(
        (_view.call.direction == CallDirection.INBOUND) & (_view.call.dialed_display != ""),
        rx.fragment(" · ", _centre_number(_view.call.dialed_label, _view.call.dialed_display)),
    )
    return rx.fragment(
        rx.el.h1(party(_view.call.other_party_display), class_name="cc-number cc-num"),
        rx.el.p(
            rx.cond(_view.call.direction == CallDirection.INBOUND, history_texts.INBOUND, history_texts.OUTBOUND),
            dialed,
            waited,
            class_name="cc-under cc-num",
        ),
    )


def _mic_notice() -> rx.Component:
    troubled = (media.mic == "failed") | (media.mic == "gone")
    return rx.cond(
        troubled,
        notice(
            rx.el.span(mic_trouble(), class_name="cc-says"),
            small(desk_texts.MIC_RETRY, on_click=media.retry_microphone()),
            small(desk_texts.MIC_CHOOSE, on_click=Desk.show("devices", True)),
            tone="bad",
            icon="mic-off",
            class_name="cc-inset",
            role="alert",
            id="mic-trouble",
        ),
    )


def _mute() -> rx.Component:
    """Works without the server, so it is never disabled by its absence."""
    return act(
        in_place(rx.cond(media.muted, desk_texts.UNMUTE, desk_texts.MUTE), desk_texts.MUTE, desk_texts.UNMUTE),
        rx.cond(media.muted, _mic_icon("mic-off"), _mic_icon("mic")),
        rx.cond(media.muted, media.unmute(), media.mute()),
        key="KeyM",
        always=True,
        disabled=~media.muted & (media.media_call == 0),
        custom_attrs={"aria-pressed": rx.cond(media.muted, "true", rx.Var("undefined"))},
        id="mute",
    )


def _mic_icon(name: str) -> rx.Component:
    return rx.icon(name, size=19, aria_hidden=True)


def _muted() -> rx.Component:
    """Says that nobody hears the agent; keeps its place while they are heard, so that Mute moves nothing."""

    def line(muted: Any, since: Any, text: Any, **props: Any) -> rx.Component:
        icon = rx.icon("mic-off", size=18, aria_hidden=True)
        said = rx.el.span(muted, " ", rx.el.span(since, class_name="cc-num"), " ", text)
        return rx.el.div(icon, said, class_name="cc-muted", **props)

    text = "· " + desk_texts.MUTED_TEXT
    return rx.el.div(
        rx.cond(media.muted, line(desk_texts.MUTED, elapsed(since=media.muted_since), text, id="muted")),
        line(room_for(desk_texts.MUTED), room_for("00:00"), room_for(text), aria_hidden=True),
        class_name="cc-in-place cc-muted-place",
        role="status",
    )


def connecting() -> rx.Component:
    return rx.fragment(
        stage(
            state_line("loader", desk_texts.CONNECTING),
            _party(),
            after(
                rx.el.p(
                    words(media.mic, desk_texts.CONNECTING_LONG, desk_texts.CONNECTING_LONG["closed"]),
                    class_name="cc-under",
                    role="status",
                ),
                since=_view.work_since,
                milliseconds=5000,
            ),
            _mic_notice(),
        ),
        actions(hang_up()),
    )


def dialing() -> rx.Component:
    return rx.fragment(
        stage(
            rx.cond(
                _view.call.state == CallState.RINGING,
                state_line("phone-call", desk_texts.RINGING_OUT),
                state_line("phone-outgoing", desk_texts.DIALING),
            ),
            _party(),
            rx.el.p(elapsed(since=_view.call.started_at), class_name="cc-under cc-num"),
            _mic_notice(),
            _muted(),
        ),
        actions(_mute(), hang_up()),
    )


def talking() -> rx.Component:
    return rx.fragment(
        stage(
            state_line("phone", desk_texts.CONNECTED, tone="good"),
            _party(),
            rx.el.div(
                elapsed(since=_view.call.answered_at),
                class_name="cc-time cc-num",
                role="timer",
                aria_label=desk_texts.TALK_TIME,
            ),
            _muted(),
            _mic_notice(),
            pressed_there(),
            rx.cond(dtmf.opened & _view.telephone_keys, keypad()),
            rx.cond(
                media.media_call > 0,
                rx.el.div(
                    level_meter(desk_texts.YOU, "you"), level_meter(desk_texts.CALLER, "other"), class_name="cc-meters"
                ),
            ),
        ),
        actions(_mute(), rx.cond(_view.telephone_keys, keypad_button()), hang_up()),
    )
