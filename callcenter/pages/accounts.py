"""Accounts, for administrators."""

from typing import Any

import reflex as rx

from callcenter.components import lists, shell
from callcenter.components import texts_pages as texts
from callcenter.components.moments import day
from callcenter.components.parts import in_place, words
from callcenter.pages import accounts_dialogs as dialogs
from callcenter.services.views import AccountView
from callcenter.state.accounts import Accounts

ON_LOAD = [Accounts.open_accounts]


def _who(one: rx.Var[AccountView]) -> rx.Component:
    name = rx.cond(one.id == Accounts.me.id, texts.you(one.full_name), one.full_name)
    return rx.el.div(
        rx.el.span(rx.icon("user", size=15), class_name="cp-face", aria_hidden=True),
        rx.el.b(name),
        rx.el.small(one.username, rx.el.span(" · ", words(one.role, texts.ROLES), class_name="cp-more cp-inline")),
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
            texts.ENABLE,
            texts.DISABLE,
            about=texts.enable(one.full_name),
            icon="user-check",
            on_click=Accounts.enable(one.id),
        ),
        act(
            texts.DISABLE,
            texts.ENABLE,
            about=texts.disable(one.full_name),
            icon="user-x",
            on_click=Accounts.ask("disable", one.id),
            disabled=one.id == Accounts.me.id,
        ),
    )
    reset = act(texts.RESET, about=texts.reset(one.full_name), icon="key-round", on_click=Accounts.ask("reset", one.id))
    return rx.el.div(reset, other, class_name="cp-acts")


def _row(one: rx.Var[AccountView]) -> rx.Component:
    state = rx.cond(
        one.disabled,
        rx.el.span(rx.icon("circle-slash", size=16, aria_hidden=True), texts.DISABLED, class_name="cp-result"),
        rx.el.span(
            rx.el.span(class_name="cc-dot", custom_attrs={"data-status": one.status.lower()}, aria_hidden=True),
            words(one.status, texts.STATUS, one.status),
            class_name="cp-result",
        ),
    )
    return rx.el.tr(
        rx.el.td(_who(one)),
        rx.el.td(words(one.role, texts.ROLES, one.role), class_name="cp-hide-2"),
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
            rx.el.caption(texts.ACCOUNTS, class_name="cc-hidden"),
            rx.el.thead(
                rx.el.tr(
                    lists.column(texts.PERSON),
                    lists.column(texts.ROLE, "cp-hide-2"),
                    lists.column(texts.STATE),
                    lists.column(texts.ADDED_ON, "cp-hide-1"),
                    lists.column(rx.el.span(texts.ACTIONS, class_name="cc-hidden"), "cp-tight"),
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
                rx.el.span(rx.match(Accounts.done, *texts.said(rx.el.b(Accounts.done_name)).items(), rx.fragment())),
                class_name="cp-said",
            ),
        ),
        class_name="cp-live",
        role="status",
        id="said",
    )


def _managed() -> rx.Component:
    nobody = rx.el.div(
        lists.empty("user-search", texts.NO_ACCOUNTS_TITLE, texts.NO_ACCOUNTS_TEXT), class_name="cp-panel"
    )
    return rx.fragment(
        lists.head(
            texts.ACCOUNTS,
            lists.search_field(
                texts.ACCOUNTS_SEARCH,
                texts.ACCOUNTS_SEARCH_HINT,
                Accounts.search,
                Accounts.look_for,
                id="accounts-search",
            ),
            rx.button(
                rx.icon("link", size=16, aria_hidden=True),
                texts.INVITE,
                on_click=Accounts.ask("invite", 0),
                variant="surface",
                color_scheme="gray",
                id="invite",
            ),
            rx.button(
                rx.icon("user-plus", size=16, aria_hidden=True),
                texts.ADD,
                on_click=Accounts.ask("add", 0),
                id="add-account",
            ),
            under=texts.people(Accounts.total),
        ),
        _said(),
        rx.cond(Accounts.accounts.length() > 0, _table(), nobody),
        dialogs.add(),
        dialogs.disable(),
        dialogs.reset(),
        dialogs.invite(),
    )


def accounts() -> rx.Component:
    title = lists.head(texts.ACCOUNTS)
    not_allowed = lists.not_allowed(texts.NOT_ALLOWED_TITLE, texts.NOT_ALLOWED_TEXT)
    broken = rx.fragment(title, lists.broken(Accounts.open_accounts, texts.UNREACHABLE_ONCE))
    content = rx.match(
        Accounts.access,
        ("yes", rx.cond(Accounts.problem, broken, _managed())),
        ("no", rx.fragment(title, not_allowed)),
        rx.cond(Accounts.problem, broken, rx.fragment(title, lists.waiting(8, "44px"))),
    )
    return shell.shell(
        lists.page(content, label=texts.ACCOUNTS, custom_attrs=lists.opens_dialogs()),
        title=texts.ACCOUNTS,
        current="/accounts",
    )
