"""The desk: softphone left, the call in the middle, the caller right."""

import reflex as rx

from callcenter.components import media_vars as media
from callcenter.components import texts
from callcenter.components.parts import notice, party, words
from callcenter.components.shell import shell
from callcenter.pages import desk_call, desk_quiet
from callcenter.pages.desk_aside import aside
from callcenter.pages.desk_softphone import softphone
from callcenter.state.desk import Desk
from callcenter.state.dial_link import DialLink
from callcenter.state.scene import Scene

ON_LOAD = [Desk.forget_refusal, DialLink.fill_number]


def _checked(then: rx.Component) -> rx.Component:
    return rx.cond(media.preference("checked") == "yes", then, desk_quiet.sound_check())


def _withdrawn() -> rx.Component:
    return rx.cond(
        (Desk.view.withdrawn.id > 0) & (Desk.view.offer.id == 0) & (Desk.view.call.id == 0),
        rx.el.div(
            notice(
                rx.el.strong(party(Desk.view.withdrawn.caller_display)),
                words(Desk.view.withdrawn.outcome, texts.WITHDRAWN),
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
        (Scene.OFFERED, desk_call.offered()),
        (Scene.CONNECTING, desk_call.connecting()),
        (Scene.DIALING, desk_call.dialing()),
        (Scene.RINGING, desk_call.dialing()),
        (Scene.TALKING, desk_call.talking()),
        (Scene.WRAPUP, desk_quiet.wrapup()),
        (Scene.ENDED, desk_quiet.ended()),
        (Scene.MISSED, desk_quiet.missed()),
        (Scene.PAUSED, desk_quiet.paused()),
        (Scene.DEVICE_ERROR, desk_quiet.device_error()),
        (Scene.AVAILABLE, _checked(desk_quiet.available())),
        (Scene.NOT_READY, _checked(desk_quiet.not_ready())),
        _checked(desk_quiet.offline()),
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
                    aria_label=texts.NAV_DESK,
                    id="call",
                ),
                class_name="cc-column",
            ),
            aside(),
            class_name="cc-desk",
        ),
        title=texts.NAV_DESK,
        current="/",
    )
