"""The desk: softphone left, the call in the middle, the caller right."""

import reflex as rx

from callcenter.desk.ui import call_panel, idle_panel
from callcenter.desk.ui import texts as desk_texts
from callcenter.desk.ui.caller_panel import aside
from callcenter.desk.ui.dial_link import DialLink
from callcenter.desk.ui.softphone_panel import softphone
from callcenter.entry.page_frame import shell
from callcenter.entry.party import party
from callcenter.platform.reflex.widgets import notice, words
from callcenter.workspace.media import client_state as media
from callcenter.workspace.tab.desk_screen import Scene
from callcenter.workspace.tab.desk_state import Desk

ON_LOAD = [Desk.forget_refusal, DialLink.fill_number]


def _checked(then: rx.Component) -> rx.Component:
    return rx.cond(media.preference("checked") == "yes", then, idle_panel.sound_check())


def _withdrawn() -> rx.Component:
    return rx.cond(
        (Desk.view.withdrawn.id > 0) & (Desk.view.offer.id == 0) & (Desk.view.call.id == 0),
        rx.el.div(
            notice(
                rx.el.strong(party(Desk.view.withdrawn.caller_display)),
                words(Desk.view.withdrawn.outcome, desk_texts.WITHDRAWN),
                icon="phone-off",
                class_name="cc-inset cc-gone",
                role="status",
            ),
            key=Desk.view.withdrawn.id.to_string(),
            id="withdrawn",
        ),
    )


def _picture() -> rx.Component:
    return rx.match(
        Desk.scene,
        (Scene.OFFERED, call_panel.offered()),
        (Scene.CONNECTING, call_panel.connecting()),
        (Scene.DIALING, call_panel.dialing()),
        (Scene.RINGING, call_panel.dialing()),
        (Scene.TALKING, call_panel.talking()),
        (Scene.WRAPUP, idle_panel.wrapup()),
        (Scene.ENDED, idle_panel.ended()),
        (Scene.MISSED, idle_panel.missed()),
        (Scene.PAUSED, idle_panel.paused()),
        (Scene.DEVICE_ERROR, idle_panel.device_error()),
        (Scene.AVAILABLE, _checked(idle_panel.available())),
        (Scene.NOT_READY, _checked(idle_panel.not_ready())),
        _checked(idle_panel.offline()),
    )


def _waiting_for_the_server() -> rx.Component:
    return rx.el.div(
        rx.skeleton(width="55%", height="38px"),
        rx.skeleton(width="35%", height="20px"),
        class_name="cc-stage",
        aria_busy=True,
    )


def desk() -> rx.Component:
    return shell(
        rx.el.div(
            softphone(),
            rx.el.div(
                _withdrawn(),
                rx.el.section(
                    rx.cond(Desk.ready, _picture(), _waiting_for_the_server()),
                    class_name="cc-card cc-call",
                    custom_attrs={"data-scene": rx.cond(Desk.ready, Desk.scene, "")},
                    aria_label=desk_texts.NAV_DESK,
                    id="call",
                ),
                class_name="cc-column",
            ),
            aside(),
            class_name="cc-desk",
        ),
        title=desk_texts.NAV_DESK,
        current="/",
    )
