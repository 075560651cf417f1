"""Accounts, for administrators."""

from typing import Any

import reflex as rx

from callcenter.accounts.ui import accounts_dialogs as dialogs
from callcenter.accounts.ui import texts as accounts_texts
from callcenter.accounts.ui.accounts_state import Accounts
from callcenter.accounts.views import AccountView
from callcenter.entry import page_frame
from callcenter.platform.reflex import list_page
from callcenter.platform.reflex.datetime_format import day
from callcenter.platform.reflex.widgets import in_place, words

ON_LOAD = [Accounts.open_accounts]


def _who(one: rx.Var[AccountView]) -> rx.Component:
    name = rx.cond(one.id == Accounts.me.id, accounts_texts.you(one.full_name), one.full_name)
    return rx.el.div(
        rx.el.span(rx.icon("user", size=15), class_name="cp-face", aria_hidden=True),
        rx.el.b(name),
        rx.el.small(
            one.username, rx.el.span(" · ", words(one.role, accounts_texts.ROLES), class_name="cp-more cp-inline")
        ),
        class_name="cp-who",
    )


def _actions(one: rx.Var[AccountView]) -> rx.Component:
    def act(label: Any, *others: Any, about: Any, icon: str, on_click: Any, **props: Any) -> rx.Component:
        return rx.button(
            rx.icon(icon, size=15, aria_hidden=True),
            rx.el.span(in_place(label, *others), class_name="cp-hide-1"),
            on_click=on_click,
            variant="ghost",
            color_scheme="gray",
            size="2",
            aria_label=about,
            title=label,
            class_name="cp-act",
            **props,
        )

    other = rx.cond(
        one.disabled,
        act(
            accounts_texts.ENABLE,
            accounts_texts.DISABLE,
            about=accounts_texts.enable(one.full_name),
            icon="user-check",
            on_click=Accounts.enable(one.id),
        ),
        act(
            accounts_texts.DISABLE,
            accounts_texts.ENABLE,
            about=accounts_texts.disable(one.full_name),
            icon="user-x",
            on_click=Accounts.ask("disable", one.id),
            disabled=one.id == Accounts.me.id,
        ),
    )
    reset = act(
        accounts_texts.RESET,
        about=accounts_texts.reset(one.full_name),
        icon="key-round",
        on_click=Accounts.ask("reset", one.id),
    )
    return rx.el.div(reset, other, class_name="cp-acts")


def _row(one: rx.Var[AccountView]) -> rx.Component:
    state = rx.cond(
        one.disabled,
        rx.el.span(rx.icon("circle-slash", size=16, aria_hidden=True), accounts_texts.DISABLED, class_name="cp-result"),
        rx.el.span(
            rx.el.span(class_name="cc-dot", custom_attrs={"data-status": one.status.lower()}, aria_hidden=True),
            words(one.status, accounts_texts.STATUS, one.status),
            class_name="cp-result",
        ),
    )
    return rx.el.tr(
        rx.el.td(_who(one)),
        rx.el.td(words(one.role, accounts_texts.ROLES, one.role), class_name="cp-hide-2"),
        rx.el.td(state),
        rx.el.td(day(one.created_at), class_name="cp-quiet cc-num cp-hide-1"),
        rx.el.td(_actions(one), class_name="cp-tight"),
        class_name=rx.cond(one.disabled, "cp-off", ""),
        custom_attrs={"data-account": one.username},
        key=one.id.to_string(),
    )


def _table() -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.caption(accounts_texts.ACCOUNTS, class_name="cc-hidden"),
            rx.el.thead(
                rx.el.tr(
                    list_page.column(accounts_texts.PERSON),
                    list_page.column(accounts_texts.ROLE, "cp-hide-2"),
                    list_page.column(accounts_texts.STATE),
                    list_page.column(accounts_texts.ADDED_ON, "cp-hide-1"),
                    list_page.column(rx.el.span(accounts_texts.ACTIONS, class_name="cc-hidden"), "cp-tight"),
                )
            ),
            rx.el.tbody(rx.foreach(Accounts.accounts, _row)),
            class_name="cp-table",
            id="accounts",
        ),
        class_name="cp-panel",
    )


def _said() -> rx.Component:
    return rx.el.div(
        rx.cond(
            Accounts.done,
            rx.el.p(
                rx.icon("check", size=16, aria_hidden=True),
                rx.el.span(
                    rx.match(Accounts.done, *accounts_texts.said(rx.el.b(Accounts.done_name)).items(), rx.fragment())
                ),
                class_name="cp-said",
            ),
        ),
        class_name="cp-live",
        role="status",
        id="said",
    )


def _managed() -> rx.Component:
    nobody = rx.el.div(
        list_page.empty("user-search", accounts_texts.NO_ACCOUNTS_TITLE, accounts_texts.NO_ACCOUNTS_TEXT),
        class_name="cp-panel",
    )
    return rx.fragment(
        list_page.head(
            accounts_texts.ACCOUNTS,
            list_page.search_field(
                accounts_texts.ACCOUNTS_SEARCH,
                accounts_texts.ACCOUNTS_SEARCH_HINT,
                Accounts.search,
                Accounts.look_for,
                id="accounts-search",
            ),
            rx.button(
                rx.icon("link", size=16, aria_hidden=True),
                accounts_texts.INVITE,
                on_click=Accounts.ask("invite", 0),
                variant="surface",
                color_scheme="gray",
                id="invite",
            ),
            rx.button(
                rx.icon("user-plus", size=16, aria_hidden=True),
                accounts_texts.ADD,
                on_click=Accounts.ask("add", 0),
                id="add-account",
            ),
            under=accounts_texts.people(Accounts.total),
        ),
        _said(),
        rx.cond(Accounts.accounts.length() > 0, _table(), nobody),
        dialogs.add(),
        dialogs.disable(),
        dialogs.reset(),
        dialogs.invite(),
    )


def accounts() -> rx.Component:
    title = list_page.head(accounts_texts.ACCOUNTS)
    not_allowed = list_page.not_allowed(accounts_texts.NOT_ALLOWED_TITLE, accounts_texts.NOT_ALLOWED_TEXT)
    broken = rx.fragment(title, list_page.broken(Accounts.open_accounts, accounts_texts.UNREACHABLE_ONCE))
    content = rx.match(
        Accounts.access,
        ("yes", rx.cond(Accounts.problem, broken, _managed())),
        ("no", rx.fragment(title, not_allowed)),
        rx.cond(Accounts.problem, broken, rx.fragment(title, list_page.waiting(8, "44px"))),
    )
    return page_frame.shell(
        list_page.page(content, label=accounts_texts.ACCOUNTS, custom_attrs=list_page.opens_dialogs()),
        title=accounts_texts.ACCOUNTS,
        current="/accounts",
    )
