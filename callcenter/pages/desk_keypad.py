"""Telephone keys in the call: a keypad for menus at the other end, and what was pressed there."""

import reflex as rx

from callcenter.components import keys, texts
from callcenter.components.browser import Hooks, effect
from callcenter.components.parts import act

_FOCUS = "const before = document.activeElement; document.getElementById('keypad')?.focus()"


def _key(key: str) -> rx.Component:
    return rx.el.button(
        rx.el.b(key),
        rx.el.small(texts.LETTERS.get(key, ""), aria_hidden=True),
        type="button",
        class_name="cc-key cc-tone",
        on_click=keys.press(key),
        disabled=~keys.usable,
        aria_label=texts.KEY_NAMES.get(key, key),
    )


def _sent() -> rx.Component:
    return rx.cond(
        keys.failed,
        rx.el.p(texts.NOT_SENT, class_name="cc-tones", role="alert"),
        rx.cond(
            keys.sent,
            rx.el.p(texts.sent(rx.el.b(keys.sent, class_name="cc-num")), class_name="cc-tones", id="keys-sent"),
            rx.el.p(texts.KEYPAD_HINT, class_name="cc-tones"),
        ),
    )


@rx.memo
def keypad() -> rx.Component:
    """Has the focus while it is open, and gives it back; digits typed anywhere but in a field go through it."""
    return rx.fragment(
        rx.window_event_listener(on_key_down=keys.typed),
        Hooks.create(lines=[effect(_FOCUS, undo="before?.isConnected && before.focus()")]),
        rx.el.div(
            _sent(),
            rx.el.div(*[_key(key) for key in keys.KEYS], class_name="cc-pad"),
            class_name="cc-keypad",
            role="group",
            aria_label=texts.KEYPAD,
            tab_index=-1,
            custom_attrs={"onPaste": keys.pasted},
            id="keypad",
        ),
    )


def keypad_button() -> rx.Component:
    """Works without the server, as the sound does."""
    return act(
        texts.KEYPAD,
        "grip",
        keys.toggle(),
        key="KeyK",
        always=True,
        disabled=~keys.usable,
        aria_expanded=keys.opened,
        aria_controls="keypad",
        id="keypad-button",
    )


def pressed_there() -> rx.Component:
    """There before the first key, so that each key is read out as it comes."""
    return rx.el.div(
        rx.cond(keys.heard.length() > 0, rx.el.span(texts.PRESSED, " ")),
        rx.foreach(keys.heard, lambda key: rx.el.b(key, class_name="cc-num")),
        class_name="cc-tones",
        role="log",
        aria_label=texts.PRESSED,
        id="keys-heard",
    )
