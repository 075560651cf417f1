"""What the team, history and accounts pages share: heads, empty and broken states, rows one moves through by key."""

from typing import Any

import reflex as rx

from callcenter.platform.reflex import texts as reflex_texts
from callcenter.platform.reflex.client_hooks import handler
from callcenter.platform.reflex.component_parts import PageLink
from callcenter.platform.reflex.widgets import plain_link

_TO = "{ ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key]"
_MOVE = handler(
    "const rows = [...event.currentTarget.querySelectorAll('[data-row]')]",
    "const at = rows.indexOf(document.activeElement)",
    f"const to = at < 0 || event.altKey || event.ctrlKey || event.metaKey ? undefined : {_TO}",
    "to !== undefined && event.preventDefault()",
    "rows[Math.max(0, Math.min(rows.length - 1, to))]?.focus()",
    taking="event",
)
_REMEMBER = handler(
    "event.currentTarget.contains(event.target) && (window.dialogOpener = event.target.closest('button'))",
    taking="event",
)
_RETURN = handler("setTimeout(() => window.dialogOpener?.isConnected && window.dialogOpener.focus())")

STYLESHEETS = ["/lists.css"]


def page(*children: Any, label: str, **props: Any) -> rx.Component:
    """The content of one page inside the shell."""
    return rx.el.div(*children, class_name="cp-page", aria_label=label, role="region", **props)


def head(title: Any, *beside: Any, under: Any = None) -> rx.Component:
    """The title line of a page; what stands beside it goes to the right."""
    said = [] if under is None else [rx.el.p(under, class_name="cp-under")]
    return rx.el.header(
        rx.el.div(rx.el.h1(title, class_name="cp-h1"), *said),
        rx.el.span(class_name="cc-spacer"),
        *beside,
        class_name="cp-head",
    )


def link(*children: Any, href: Any, **props: Any) -> rx.Component:
    """To another page of this site, without loading it anew: a call goes on."""
    return PageLink.create(*children, to=href, **props)


def in_address(text: rx.Var[str]) -> rx.Var[str]:
    """Any text as a part of an address: a plus, or what a caller's name may hold."""
    return rx.Var(f"encodeURIComponent({text})").to(str)


def link_button(*children: Any, href: Any, tone: str = "plain", **props: Any) -> rx.Component:
    """A link that looks like a button."""
    return link(*children, href=href, class_name="cp-button", custom_attrs={"data-tone": tone}, **props)


def file_link(*children: Any, href: Any, name: str, **props: Any) -> rx.Component:
    """Saves a file under this name."""
    attributes = {"data-tone": "plain", "download": name}
    return plain_link(*children, href=href, class_name="cp-button", custom_attrs=attributes, **props)


def empty(icon: str, title: Any, text: Any, *actions: Any, tone: str = "", **props: Any) -> rx.Component:
    """Says what would be here."""
    return rx.el.div(
        rx.el.span(
            rx.icon(icon, size=24, aria_hidden=True), class_name="cc-badge-icon", custom_attrs={"data-tone": tone}
        ),
        rx.el.p(title, class_name="cc-title"),
        rx.el.p(text, class_name="cp-text"),
        *([rx.el.div(*actions, class_name="cp-actions")] if actions else []),
        class_name="cp-empty",
        **props,
    )


def not_allowed(title: Any, text: Any) -> rx.Component:
    """In place of a page that is for administrators only."""
    back = link_button(reflex_texts.TO_THE_DESK, href="/", tone="soft")
    return empty("lock", title, text, back, tone="warn", id="not-allowed")


def broken(again: Any, text: Any = reflex_texts.UNREACHABLE_TEXT) -> rx.Component:
    """The server could not answer; ``again`` tries once more."""
    return empty(
        "server-off",
        reflex_texts.UNREACHABLE_TITLE,
        text,
        rx.button(
            rx.icon("rotate-cw", size=16, aria_hidden=True),
            reflex_texts.RETRY,
            on_click=again,
            variant="soft",
            size="2",
        ),
        tone="bad",
        role="alert",
        id="broken",
    )


def waiting(rows: int = 8, height: str = "36px") -> rx.Component:
    """Grey bars where rows will be."""
    bars = [rx.skeleton(height=height, width="100%") for _ in range(rows)]
    return rx.el.div(
        rx.el.span(reflex_texts.LOADING, class_name="cc-hidden", role="status"),
        *bars,
        class_name="cp-skeleton",
        aria_busy=True,
    )


def row_keys() -> dict[str, rx.Var[Any]]:
    """Attributes for what holds the rows: arrows, Home and End move between elements with ``data-row``."""
    return {"onKeyDown": _MOVE}


def opens_dialogs() -> dict[str, rx.Var[Any]]:
    """Attributes for what holds buttons that open dialogs by way of the server: the one pressed is remembered."""
    return {"onClickCapture": _REMEMBER}


def gives_focus_back() -> dict[str, rx.Var[Any]]:
    """Attributes for the content of such a dialog: once it is closed, the button has the focus again."""
    return {"onCloseAutoFocus": _RETURN}


def column(label: Any, class_name: str = "") -> rx.Component:
    return rx.el.th(label, scope="col", class_name=class_name)


def search_field(label: Any, hint: Any, value: Any, on_change: Any, **props: Any) -> rx.Component:
    """Looks for what is typed, a moment after the last key."""
    return rx.el.div(
        rx.icon("search", size=16, aria_hidden=True),
        rx.debounce_input(
            rx.el.input(
                value=value,
                on_change=on_change,
                placeholder=hint,
                type="search",
                class_name="cp-input",
                aria_label=label,
                custom_attrs={"autoComplete": "off", "spellCheck": "false"},
                **props,
            ),
            debounce_timeout=200,
        ),
        class_name="cp-search",
    )


def choice(
    label: Any, value: Any, options: list[tuple[str, Any]], on_change: Any, *more: Any, **props: Any
) -> rx.Component:
    """A select with a name for those who cannot see what is beside it; ``more`` adds options known only later."""
    return rx.el.select(
        *[rx.el.option(words, value=key) for key, words in options],
        *more,
        value=value,
        on_change=on_change,
        aria_label=label,
        class_name="cp-select",
        **props,
    )


def field(label: Any, name: str, *, kind: str = "text", rule: Any = "", wrong: Any = "", **props: Any) -> rx.Component:
    """A field of a form: its rule before one fails, and what is wrong beside it afterwards."""
    attributes = {"autoComplete": props.pop("complete", "off"), "autoCapitalize": "none", "spellCheck": "false"}
    return rx.el.label(
        rx.el.span(label),
        rx.el.input(
            name=name,
            type=kind,
            class_name="cc-input",
            aria_describedby=f"{name}-rule",
            aria_invalid=rx.cond(wrong, "true", "false"),
            custom_attrs=attributes,
            **props,
        ),
        rx.el.span(
            rx.cond(
                wrong,
                rx.el.span(
                    rx.icon("circle-alert", size=14, aria_hidden=True), wrong, class_name="cp-wrong", role="alert"
                ),
                rx.el.span(rule, class_name="cp-rule"),
            ),
            id=f"{name}-rule",
        ),
        class_name="cc-field",
    )
