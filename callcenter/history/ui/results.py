"""How a call went, by word and icon."""

from typing import Any

import reflex as rx

from callcenter.core.domain.calls import CallDirection
from callcenter.history.ui import texts as history_texts
from callcenter.platform.reflex.widgets import words

_LOOK = {
    "Completed": ("check", "good"),
    "Missed": ("phone-missed", "bad"),
    "Abandoned": ("user-x", "warn"),
    "Rejected": ("phone-off", "warn"),
    "Canceled": ("circle-slash", ""),
    "Failed": ("triangle-alert", "bad"),
    "In_Progress": ("audio-lines", "live"),
}


def result(status: rx.Var[str], reason: rx.Var[str]) -> rx.Component:
    """The result in a word, its reason small beside it."""
    icons = [(key, rx.icon(icon, size=16, aria_hidden=True)) for key, (icon, _) in _LOOK.items()]
    tones = [(key, tone) for key, (_, tone) in _LOOK.items()]
    why = words(reason, history_texts.REASONS)
    return rx.el.span(
        rx.match(status, *icons, rx.fragment()),
        words(status, history_texts.RESULTS, status),
        rx.cond(why != "", rx.el.small(why, class_name="cp-hide-1")),
        class_name="cp-result",
        custom_attrs={"data-tone": rx.match(status, *tones, "")},
    )


def direction_icon(direction: rx.Var[str], size: int = 16) -> rx.Component:
    """An arrow in or out, with its word for those who do not see it."""
    return rx.cond(
        direction == CallDirection.OUTBOUND,
        _icon("phone-outgoing", history_texts.DIRECTIONS[CallDirection.OUTBOUND], size),
        _icon("phone-incoming", history_texts.DIRECTIONS[CallDirection.INBOUND], size),
    )


def _icon(name: str, label: Any, size: int) -> Any:
    return rx.fragment(rx.icon(name, size=size, aria_hidden=True), rx.el.span(label, class_name="cc-hidden"))
