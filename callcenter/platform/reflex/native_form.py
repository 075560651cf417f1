"""Builds forms that the browser itself sends."""

from typing import Any

import reflex as rx


class NativeForm(rx.el.Div):
    """A form that the browser itself sends: Reflex's own would always prevent that."""

    tag = "form"


def native_form(*children: Any, action: str, **props: Any) -> rx.Component:
    attributes = {"action": action, "method": "post", **props.pop("custom_attrs", {})}
    return NativeForm.create(*children, custom_attrs=attributes, **props)
