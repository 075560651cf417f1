"""Microphone, speaker and ring device: chosen and kept in the browser."""

from typing import Any

import reflex as rx

from callcenter.platform.reflex.widgets import notice, small
from callcenter.workspace.media import client_state as media
from callcenter.workspace.media.level_meter import level_meter
from callcenter.workspace.tab.desk_state import Desk
from callcenter.workspace.ui import texts as workspace_texts


def _choice(label: Any, name: str, devices: Any) -> rx.Component:
    return rx.el.label(
        label,
        rx.el.select(
            rx.el.option(workspace_texts.DEFAULT_DEVICE, value=""),
            rx.foreach(devices, lambda one: rx.el.option(one["label"], value=one["id"])),
            value=media.preference(name),
            on_change=media.prefer(name),
            class_name="cc-select",
            id=f"device-{name}",
        ),
        class_name="cc-field",
    )


def _output(label: Any, name: str) -> rx.Component:
    return rx.cond(media.speaker_can_be_chosen, _choice(label, name, media.outputs))


def _switch(label: Any, name: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            checked=media.preference(name, "on") == "on",
            on_change=media.prefer_switch(name),
        ),
        label,
        class_name="cc-check",
    )


def mic_trouble() -> rx.Component:
    """Why the microphone could not be opened."""
    return rx.match(
        media.mic_error,
        ("NotAllowedError", workspace_texts.MIC_DENIED),
        ("DeviceGone", workspace_texts.MIC_GONE),
        ("NotFoundError", workspace_texts.MIC_GONE),
        workspace_texts.MIC_FAILED,
    )


def microphone() -> rx.Component:
    """Which microphone, and whether it hears anything."""
    return rx.fragment(
        _choice(workspace_texts.MICROPHONE, "mic", media.inputs),
        rx.cond(
            media.checking == "failed",
            notice(
                rx.el.span(mic_trouble(), class_name="cc-says"),
                tone="bad",
                icon="mic-off",
                class_name="cc-inset",
                role="alert",
            ),
            level_meter(workspace_texts.CHECK_LEVEL, "check"),
        ),
    )


def speaker() -> rx.Component:
    return rx.el.div(
        _output(workspace_texts.SPEAKER, "speaker"),
        small(
            rx.icon("volume-2", size=16),
            workspace_texts.CHECK_SPEAKER,
            on_click=media.play("/cue-connected.wav"),
            margin_top="8px",
        ),
    )


def devices_dialog() -> rx.Component:
    """All that can be chosen about sound, without leaving a call."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(workspace_texts.MENU_DEVICES),
            rx.el.div(
                microphone(),
                speaker(),
                _output(workspace_texts.RING_DEVICE, "ring"),
                rx.el.label(
                    workspace_texts.RING_VOLUME,
                    rx.el.input(
                        type="range",
                        min=0,
                        max=1,
                        step=0.1,
                        value=media.preference("ring_volume", "0.8"),
                        on_change=media.prefer("ring_volume"),
                    ),
                    class_name="cc-field",
                ),
                small(
                    rx.icon("bell-ring", size=16),
                    workspace_texts.TEST_RING,
                    on_click=media.play("/ring.wav", "ring"),
                    justify_self="start",
                ),
                rx.el.div(
                    _switch(workspace_texts.ECHO, "echo"),
                    _switch(workspace_texts.NOISE, "noise"),
                    _switch(workspace_texts.GAIN, "gain"),
                ),
                class_name="cc-form",
            ),
            rx.flex(
                rx.dialog.close(rx.button(workspace_texts.CHECK_LATER)),
                justify="end",
                margin_top="16px",
            ),
            max_width="440px",
            aria_describedby="",
            on_open_auto_focus=media.check(),
            on_close_auto_focus=media.checked(),
        ),
        open=Desk.devices_open,
        on_open_change=lambda opened: Desk.show("devices", opened),
    )
