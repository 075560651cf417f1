"""The small parts that pages are made of."""

from typing import Any

import reflex as rx

from callcenter.platform.reflex.component_parts import RadixThemesComponent, server_lost

LETTER = {"KeyA": "A", "KeyD": "D", "KeyM": "M", "KeyH": "H", "KeyK": "K", "KeyS": "S"}


def shortcut(code: str) -> dict[str, str]:
    """Attributes by which a key finds what it presses."""
    return {"data-key": code, "aria-keyshortcuts": f"Alt+{LETTER[code]}"}


def shortcut_while(holds: Any, code: str) -> dict[str, Any]:
    """The same for as long as something holds; after that the key is free for another."""
    return {name: rx.cond(holds, value, rx.Var("undefined")) for name, value in shortcut(code).items()}


def in_place(shown: Any, *words: Any) -> rx.Component:
    """Show words that change without moving what is beside them: their place has room for each of ``words``."""
    return rx.el.span(rx.el.span(shown), *[room_for(word) for word in words], class_name="cc-in-place")


def room_for(word: Any) -> rx.Component:
    """As large as the word, and neither seen nor read nor found."""
    return rx.el.span(custom_attrs={"data-room": word}, aria_hidden=True)


def act(
    label: Any, icon: Any, on_click: Any, *, key: str = "", tone: str = "", name: Any = None, **props: Any
) -> rx.Component:
    """A large button of the call. Cannot be pressed while the server is away, unless ``always`` is set.
    ``icon``: its name, or a component."""
    always = props.pop("always", False)
    blocked = props.pop("disabled", None)
    if always:
        props["disabled"] = False if blocked is None else blocked
    else:
        props["disabled"] = server_lost if blocked is None else server_lost | blocked
    attributes = {"data-tone": tone, **(shortcut(key) if key else {}), **props.pop("custom_attrs", {})}
    if name is not None:
        attributes["aria-label"] = name
    return rx.el.button(
        icon if isinstance(icon, rx.Component) else rx.icon(icon, size=19, aria_hidden=True),
        label,
        *([rx.el.kbd(f"Alt {LETTER[key]}", aria_hidden=True)] if key else []),
        type="button",
        class_name=f"cc-act {props.pop('class_name', '')}",
        on_click=on_click,
        custom_attrs=attributes,
        **props,
    )


class PlainLink(rx.el.Span):
    """A link that the browser itself follows: Reflex's own would look for a page of that name."""

    tag = "a"


def plain_link(*children: Any, href: Any, **props: Any) -> rx.Component:
    """To a place in this page, or to something that is no page, such as a file."""
    attributes = {"href": href, **props.pop("custom_attrs", {})}
    return PlainLink.create(*children, custom_attrs=attributes, **props)


def card(title: Any, *children: rx.Component, **props: Any) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title), *children, class_name=f"cc-card {props.pop('class_name', '')}", aria_label=title, **props
    )


def notice(*children: Any, tone: str = "warn", icon: str = "triangle-alert", **props: Any) -> rx.Component:
    return rx.el.div(
        rx.icon(icon, size=18, aria_hidden=True),
        *children,
        class_name=f"cc-notice {props.pop('class_name', '')}",
        custom_attrs={"data-tone": tone},
        **props,
    )


def fact(icon: str, *children: Any, tone: Any = "", **props: Any) -> rx.Component:
    return rx.el.span(
        rx.icon(icon, size=15, aria_hidden=True),
        *children,
        class_name=f"cc-fact {props.pop('class_name', '')}",
        custom_attrs={"data-tone": tone},
        **props,
    )


def words(value: Any, table: dict[str, Any], default: Any = "") -> Any:
    """The words for a code."""
    return rx.match(value, *table.items(), default)


def small(*children: Any, **props: Any) -> rx.Component:
    """A small button inside a notice or a card."""
    return rx.button(*children, size="2", variant=props.pop("variant", "soft"), **props)


class MenuLabel(RadixThemesComponent):
    """A heading inside a menu; Reflex does not wrap this one."""

    tag = "DropdownMenu.Label"


menu_label = MenuLabel.create
