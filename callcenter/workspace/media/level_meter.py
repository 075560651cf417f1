"""Draws a level meter."""

from typing import Any

import reflex as rx

from callcenter.workspace.media import client_state as media


def level_meter(label: Any, side: str) -> rx.Component:
    """How loud ``you``, the ``other`` or the ``check`` is."""
    return rx.el.div(
        rx.el.span(label, aria_hidden=True),
        rx.el.div(
            class_name="cc-bars",
            style={"--level": media.level(side) / 100},
            custom_attrs={
                "data-level": side,
                "role": "meter",
                "aria-label": label,
                "aria-valuemin": "0",
                "aria-valuemax": "100",
                "aria-valuenow": media.level(side),
            },
        ),
        class_name="cc-meter",
    )
