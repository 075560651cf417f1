"""The bar that is always there: one's own status, who waits, and how well one is connected."""

import reflex as rx

from callcenter.components import media_vars as media
from callcenter.components import texts
from callcenter.components.clock import elapsed
from callcenter.components.parts import brand, fact, in_place, menu_label, server_lost, shortcut, words
from callcenter.domain.agent_state import Shape
from callcenter.domain.agents import Presence, Routable, Work
from callcenter.state.desk import Desk
from callcenter.state.queue import Queue

_BUSY = Desk.view.work != Work.IDLE
_TROUBLED = (Desk.view.presence == Presence.AVAILABLE) & (Desk.view.routable != Routable.OK)
_ALL_WORDS = (texts.AVAILABLE, texts.NOT_READY, texts.OFFLINE, *texts.REASONS.values(), *texts.ROUTABLE.values())
_ALL_WORDS += tuple(word for work, word in texts.WORK.items() if work != "idle")


def _status_words() -> rx.Var[str]:
    chosen = rx.match(
        Desk.view.presence,
        (Presence.AVAILABLE, words(Desk.view.routable, texts.ROUTABLE, texts.AVAILABLE)),
        (Presence.NOT_READY, words(Desk.view.presence_reason, texts.REASONS, texts.NOT_READY)),
        texts.OFFLINE,
    )
    return rx.cond(_BUSY, words(Desk.view.work, texts.WORK), chosen)


def _shape() -> rx.Var[str]:
    return rx.cond(_BUSY, Shape.BUSY, rx.cond(_TROUBLED, Shape.NOT_READY, Desk.view.presence))


def _dot(status: rx.Var[str] | str) -> rx.Component:
    return rx.el.span(class_name="cc-dot", custom_attrs={"data-status": status}, aria_hidden=True)


def _entry(label: str, status: Presence, reason: str = "") -> rx.Component:
    return rx.dropdown_menu.item(_dot(status), label, on_select=Desk.go(status, reason))


def status_menu() -> rx.Component:
    quiet = rx.cond(
        (Desk.view.presence == Presence.AVAILABLE) & (Desk.view.routable != Routable.OK), "", Desk.view.presence_since
    )
    since = rx.cond(_BUSY, Desk.view.work_since, quiet)
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.button(
                _dot(_shape()),
                in_place(_status_words(), *_ALL_WORDS),
                rx.el.span(in_place(elapsed(since=since), "00:00"), class_name="cc-num cc-hide-phone"),
                rx.icon("chevron-down", size=15, aria_hidden=True),
                variant="surface",
                color_scheme="gray",
                class_name="cc-status",
                id="status-menu",
                disabled=server_lost,
                title=texts.STATUS_LABEL,
                custom_attrs=shortcut("KeyS"),
            )
        ),
        rx.dropdown_menu.content(
            _entry(texts.AVAILABLE, Presence.AVAILABLE),
            rx.dropdown_menu.separator(),
            menu_label(texts.STATUS_GROUP_NOT_READY),
            *[_entry(label, Presence.NOT_READY, reason) for reason, label in texts.REASONS.items()],
            rx.dropdown_menu.separator(),
            _entry(texts.OFFLINE, Presence.OFFLINE),
            rx.cond(
                Desk.view.next_presence,
                rx.dropdown_menu.item(texts.NEXT_KEEP, on_select=Desk.keep_presence),
            ),
        ),
    )


def _next() -> rx.Component:
    words_for = rx.match(
        Desk.view.next_presence,
        (Presence.AVAILABLE, texts.AVAILABLE),
        (Presence.NOT_READY, words(Desk.view.next_presence_reason, texts.REASONS, texts.NOT_READY)),
        (Presence.OFFLINE, texts.OFFLINE),
        texts.NEXT_NONE,
    )
    return rx.cond(
        Desk.view.next_presence,
        rx.el.span(texts.next_status(words_for), class_name="cc-fact", title=texts.AFTER_CALL),
    )


def _waiting() -> rx.Component:
    return rx.cond(
        Queue.waiting.length() > 0,
        fact(
            "hourglass",
            rx.el.span(texts.waiting(Queue.waiting.length())),
            rx.el.span("·", aria_hidden=True),
            rx.el.span(elapsed(since=Queue.waiting[0].waiting_since), class_name="cc-num"),
            tone="warn",
            id="waiting-count",
        ),
        fact("hourglass", texts.NO_CALLERS_WAITING, class_name="cc-hide-narrow"),
    )


def _connections() -> rx.Component:
    quality = rx.cond(
        media.phase == "joined",
        media.quality,
        rx.cond((media.phase == "lost") | (media.phase == "reconnecting"), "lost", "idle"),
    )
    tone = rx.match(quality, ("lost", "bad"), ("poor", "warn"), ("idle", ""), "good")
    return rx.fragment(
        rx.cond(
            server_lost,
            fact("server-off", texts.SERVER_LOST, tone="bad"),
            fact("server", rx.el.span(texts.SERVER_OK, class_name="cc-hide-narrow"), tone="good"),
        ),
        fact(
            "audio-lines",
            rx.el.span(
                in_place(words(quality, texts.QUALITY), *texts.QUALITY.values()),
                class_name="cc-hide-phone",
            ),
            tone=tone,
            id="media-quality",
        ),
    )


def _me() -> rx.Component:
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.icon_button(
                rx.el.span(Desk.me.initials),
                variant="soft",
                radius="full",
                size="2",
                aria_label=texts.account_menu(Desk.me.initials),
                id="account-menu",
            )
        ),
        rx.dropdown_menu.content(
            menu_label(Desk.me.full_name),
            rx.dropdown_menu.item(
                rx.icon("user-cog", size=16), texts.MENU_ACCOUNT, on_select=rx.redirect("/my-account")
            ),
            rx.dropdown_menu.item(rx.icon("mic", size=16), texts.MENU_DEVICES, on_select=Desk.show("devices", True)),
            rx.dropdown_menu.item(rx.icon("keyboard", size=16), texts.MENU_KEYS, on_select=Desk.show("keys", True)),
            rx.dropdown_menu.item(rx.icon("sun-moon", size=16), texts.MENU_THEME, on_select=rx.toggle_color_mode),
            rx.dropdown_menu.separator(),
            rx.dropdown_menu.item(
                rx.icon("log-out", size=16),
                texts.MENU_SIGN_OUT,
                on_select=rx.call_script("document.getElementById('sign-out').requestSubmit()"),
            ),
        ),
    )


def status_bar() -> rx.Component:
    return rx.el.header(
        brand(),
        status_menu(),
        _next(),
        rx.el.span(class_name="cc-spacer"),
        _waiting(),
        rx.el.span(class_name="cc-sep cc-hide-phone", aria_hidden=True),
        _connections(),
        rx.icon_button(
            rx.icon("circle-help", size=18),
            variant="ghost",
            color_scheme="gray",
            aria_label=texts.KEYS_TITLE,
            on_click=Desk.show_keys,
            class_name="cc-hide-phone",
            custom_attrs={"data-key": "?"},
        ),
        _me(),
        class_name="cc-bar",
    )
