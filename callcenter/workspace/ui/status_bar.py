"""The bar that is always there: one's own status, who waits, and how well one is connected."""

import reflex as rx

from callcenter.core.domain.agent_state import Shape
from callcenter.core.domain.agents import Presence, Routable, Work
from callcenter.entry.brand import brand
from callcenter.platform.reflex.clock import elapsed
from callcenter.platform.reflex.widgets import fact, in_place, menu_label, server_lost, shortcut, words
from callcenter.team.ui import texts as team_texts
from callcenter.workspace.media import client_state as media
from callcenter.workspace.tab.desk_state import Desk
from callcenter.workspace.tab.waiting_calls_state import Queue
from callcenter.workspace.ui import texts as workspace_texts

_BUSY = Desk.view.work != Work.IDLE
_TROUBLED = (Desk.view.presence == Presence.AVAILABLE) & (Desk.view.routable != Routable.OK)
_ALL_WORDS = (
    workspace_texts.AVAILABLE,
    team_texts.NOT_READY,
    workspace_texts.OFFLINE,
    *team_texts.REASONS.values(),
    *workspace_texts.ROUTABLE.values(),
)
_ALL_WORDS += tuple(word for work, word in workspace_texts.WORK.items() if work != "idle")


def _status_words() -> rx.Var[str]:
    chosen = rx.match(
        Desk.view.presence,
        (Presence.AVAILABLE, words(Desk.view.routable, workspace_texts.ROUTABLE, workspace_texts.AVAILABLE)),
        (Presence.NOT_READY, words(Desk.view.presence_reason, team_texts.REASONS, team_texts.NOT_READY)),
        workspace_texts.OFFLINE,
    )
    return rx.cond(_BUSY, words(Desk.view.work, workspace_texts.WORK), chosen)


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
                title=workspace_texts.STATUS_LABEL,
                custom_attrs=shortcut("KeyS"),
            )
        ),
        rx.dropdown_menu.content(
            _entry(workspace_texts.AVAILABLE, Presence.AVAILABLE),
            rx.dropdown_menu.separator(),
            menu_label(workspace_texts.STATUS_GROUP_NOT_READY),
            *[_entry(label, Presence.NOT_READY, reason) for reason, label in team_texts.REASONS.items()],
            rx.dropdown_menu.separator(),
            _entry(workspace_texts.OFFLINE, Presence.OFFLINE),
            rx.cond(
                Desk.view.next_presence,
                rx.dropdown_menu.item(workspace_texts.NEXT_KEEP, on_select=Desk.keep_presence),
            ),
        ),
    )


def _next() -> rx.Component:
    words_for = rx.match(
        Desk.view.next_presence,
        (Presence.AVAILABLE, workspace_texts.AVAILABLE),
        (Presence.NOT_READY, words(Desk.view.next_presence_reason, team_texts.REASONS, team_texts.NOT_READY)),
        (Presence.OFFLINE, workspace_texts.OFFLINE),
        workspace_texts.NEXT_NONE,
    )
    return rx.cond(
        Desk.view.next_presence,
        rx.el.span(workspace_texts.next_status(words_for), class_name="cc-fact", title=workspace_texts.AFTER_CALL),
    )


def _waiting() -> rx.Component:
    return rx.cond(
        Queue.waiting.length() > 0,
        fact(
            "hourglass",
            rx.el.span(workspace_texts.waiting(Queue.waiting.length())),
            rx.el.span("·", aria_hidden=True),
            rx.el.span(elapsed(since=Queue.waiting[0].waiting_since), class_name="cc-num"),
            tone="warn",
            id="waiting-count",
        ),
        fact("hourglass", workspace_texts.NO_CALLERS_WAITING, class_name="cc-hide-narrow"),
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
            fact("server-off", workspace_texts.SERVER_LOST, tone="bad"),
            fact("server", rx.el.span(workspace_texts.SERVER_OK, class_name="cc-hide-narrow"), tone="good"),
        ),
        fact(
            "audio-lines",
            rx.el.span(
                in_place(words(quality, workspace_texts.QUALITY), *workspace_texts.QUALITY.values()),
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
                aria_label=workspace_texts.account_menu(Desk.me.initials),
                id="account-menu",
            )
        ),
        rx.dropdown_menu.content(
            menu_label(Desk.me.full_name),
            rx.dropdown_menu.item(
                rx.icon("user-cog", size=16), workspace_texts.MENU_ACCOUNT, on_select=rx.redirect("/my-account")
            ),
            rx.dropdown_menu.item(
                rx.icon("mic", size=16), workspace_texts.MENU_DEVICES, on_select=Desk.show("devices", True)
            ),
            rx.dropdown_menu.item(
                rx.icon("keyboard", size=16), workspace_texts.MENU_KEYS, on_select=Desk.show("keys", True)
            ),
            rx.dropdown_menu.item(
                rx.icon("sun-moon", size=16), workspace_texts.MENU_THEME, on_select=rx.toggle_color_mode
            ),
            rx.dropdown_menu.separator(),
            rx.dropdown_menu.item(
                rx.icon("log-out", size=16),
                workspace_texts.MENU_SIGN_OUT,
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
            aria_label=workspace_texts.KEYS_TITLE,
            on_click=Desk.show_keys,
            class_name="cc-hide-phone",
            custom_attrs={"data-key": "?"},
        ),
        _me(),
        class_name="cc-bar",
    )
