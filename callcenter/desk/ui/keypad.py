"""Telephone keys in the call: a keypad for menus at the other end, and what was pressed there."""

import reflex as rx

from callcenter.desk.ui import texts as desk_texts
from callcenter.platform.reflex.client_hooks import Hooks, effect
from callcenter.platform.reflex.widgets import act
from callcenter.workspace.media import dtmf

_FOCUS = "const before = document.activeElement; document.getElementById('keypad')?.focus()"


def _key(key: str) -> rx.Component:
    return rx.el.button(
        rx.el.b(key),
        rx.el.small(desk_texts.LETTERS.get(key, ""), aria_hidden=True),
        type="button",
        class_name="cc-key cc-tone",
        on_click=dtmf.press(key),
        disabled=~dtmf.usable,
        aria_label=desk_texts.KEY_NAMES.get(key, key),
    )


def _sent() -> rx.Component:
    return rx.cond(
        dtmf.failed,
        rx.el.p(desk_texts.NOT_SENT, class_name="cc-tones", role="alert"),
        rx.cond(
            dtmf.sent,
            rx.el.p(desk_texts.sent(rx.el.b(dtmf.sent, class_name="cc-num")), class_name="cc-tones", id="keys-sent"),
            rx.el.p(desk_texts.KEYPAD_HINT, class_name="cc-tones"),
        ),
    )


@rx.memo
def keypad() -> rx.Component:
    """Has the focus while it is open, and gives it back; digits typed anywhere but in a field go through it."""
    return rx.fragment(
        rx.window_event_listener(on_key_down=dtmf.typed),
        Hooks.create(lines=[effect(_FOCUS, undo="before?.isConnected && before.focus()")]),
        rx.el.div(
            _sent(),
            rx.el.div(*[_key(key) for key in dtmf.KEYS], class_name="cc-pad"),
            class_name="cc-keypad",
            role="group",
            aria_label=desk_texts.KEYPAD,
            tab_index=-1,
            custom_attrs={"onPaste": dtmf.pasted},
            id="keypad",
        ),
    )


def keypad_button() -> rx.Component:
    """Works without the server, as the sound does."""
    return act(
        desk_texts.KEYPAD,
        "grip",
        dtmf.toggle(),
        key="KeyK",
        always=True,
        disabled=~dtmf.usable,
        aria_expanded=dtmf.opened,
        aria_controls="keypad",
        id="keypad-button",
    )


def pressed_there() -> rx.Component:
    """There before the first key, so that each key is read out as it comes."""
    return rx.el.div(
        rx.cond(dtmf.heard.length() > 0, rx.el.span(desk_texts.PRESSED, " ")),
        rx.foreach(dtmf.heard, lambda key: rx.el.b(key, class_name="cc-num")),
        class_name="cc-tones",
        role="log",
        aria_label=desk_texts.PRESSED,
        id="keys-heard",
    )
