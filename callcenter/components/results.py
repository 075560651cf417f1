"""How a call went, by word and icon."""

from typing import Any

import reflex as rx

from callcenter.components import texts_pages as texts
from callcenter.components.parts import words
from callcenter.domain.calls import CallDirection

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
    why = words(reason, texts.REASONS)
    return rx.el.span(
        rx.match(status, *icons, rx.fragment()),
        words(status, texts.RESULTS, status),
        rx.cond(why != "", rx.el.small(why, class_name="cp-hide-1")),
        class_name="cp-result",
        custom_attrs={"data-tone": rx.match(status, *tones, "")},
    )


def direction_icon(direction: rx.Var[str], size: int = 16) -> rx.Component:
    """An arrow in or out, with its word for those who do not see it."""
    return rx.cond(
        direction == CallDirection.OUTBOUND,
        _icon("phone-outgoing", texts.DIRECTIONS[CallDirection.OUTBOUND], size),
        _icon("phone-incoming", texts.DIRECTIONS[CallDirection.INBOUND], size),
    )


def _icon(name: str, label: Any, size: int) -> Any:
    return rx.fragment(rx.icon(name, size=size, aria_hidden=True), rx.el.span(label, class_name="cc-hidden"))
