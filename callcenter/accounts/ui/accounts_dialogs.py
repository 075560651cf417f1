"""The dialogs of the accounts page. What went wrong is said in them, and what was typed stays."""

from typing import Any

import reflex as rx

from callcenter.accounts.ui import password_field
from callcenter.accounts.ui import texts as accounts_texts
from callcenter.accounts.ui.accounts_state import Accounts
from callcenter.core.domain.agents import Role
from callcenter.platform.reflex import list_page
from callcenter.platform.reflex.widgets import words


def _wrong(name: str) -> rx.Var[str]:
    return rx.cond(Accounts.wrong_field == name, words(Accounts.wrong, accounts_texts.WRONG, Accounts.wrong), "")


def _form_error() -> rx.Component:
    return rx.cond(
        Accounts.wrong_field == "form",
        rx.el.p(Accounts.wrong, class_name="cc-error", role="alert", style={"margin": 0}),
    )


def _buttons(do: Any, **props: Any) -> rx.Component:
    return rx.el.div(
        rx.dialog.close(rx.button(accounts_texts.CANCEL, type="button", variant="soft", color_scheme="gray")),
        rx.button(do, type="submit", **props),
        class_name="cp-end",
    )


def _dialog(name: str, title: Any, text: Any, *content: rx.Component) -> rx.Component:
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(title, size="4", margin_bottom="6px"),
            rx.dialog.description(text, class_name="cp-said-under"),
            *content,
            max_width="440px",
            id=f"dialog-{name}",
            custom_attrs=list_page.gives_focus_back(),
        ),
        open=Accounts.dialog == name,
        on_open_change=Accounts.close,
    )


def roles(chosen: str = Role.AGENT) -> rx.Component:
    """Each role with what it may do."""
    return rx.el.fieldset(
        rx.el.legend(accounts_texts.ROLE),
        *[
            rx.el.label(
                rx.el.input(type="radio", name="role", value=role, default_checked=role == chosen),
                rx.el.span(accounts_texts.ROLES[role], rx.el.small(" ", rule)),
            )
            for role, rule in accounts_texts.ROLE_RULES.items()
        ],
        class_name="cp-roles",
    )


def add() -> rx.Component:
    """A new account."""
    return _dialog(
        "add",
        accounts_texts.ADD_TITLE,
        accounts_texts.ADD_TEXT,
        rx.form(
            list_page.field(
                accounts_texts.FULL_NAME,
                "full_name",
                rule=accounts_texts.FULL_NAME_RULE,
                wrong=_wrong("full_name"),
                auto_focus=True,
            ),
            list_page.field(
                accounts_texts.USER_NAME, "username", rule=accounts_texts.USER_NAME_RULE, wrong=_wrong("username")
            ),
            password_field.new_password(_wrong("password")),
            roles(),
            _form_error(),
            _buttons(accounts_texts.ADD_DO),
            on_submit=Accounts.add,
            class_name="cp-form",
        ),
    )


def disable() -> rx.Component:
    """Asks first, by name."""
    name = Accounts.person.full_name
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(accounts_texts.disable_title(name), size="4", margin_bottom="6px"),
            rx.alert_dialog.description(accounts_texts.DISABLE_TEXT, class_name="cp-said-under"),
            rx.el.div(
                _form_error(),
                rx.el.div(
                    rx.alert_dialog.cancel(rx.button(accounts_texts.CANCEL, variant="soft", color_scheme="gray")),
                    rx.el.button(
                        accounts_texts.disable_do(name),
                        type="button",
                        on_click=Accounts.disable,
                        class_name="cp-button",
                        custom_attrs={"data-tone": "stop"},
                    ),
                    class_name="cp-end",
                ),
                class_name="cp-form",
            ),
            max_width="440px",
            id="dialog-disable",
            custom_attrs=list_page.gives_focus_back(),
        ),
        open=Accounts.dialog == "disable",
        on_open_change=Accounts.close,
    )


def reset() -> rx.Component:
    """A new password for somebody."""
    return _dialog(
        "reset",
        accounts_texts.reset_title(Accounts.person.full_name),
        accounts_texts.RESET_TEXT,
        rx.form(
            password_field.new_password(_wrong("password"), auto_focus=True),
            _form_error(),
            _buttons(accounts_texts.RESET_DO),
            on_submit=Accounts.set_password,
            class_name="cp-form",
        ),
    )


def invite() -> rx.Component:
    """A link, shown once."""
    ready = rx.el.div(
        rx.el.p(accounts_texts.INVITE_READY, class_name="cp-said", role="status", style={"margin": 0}),
        rx.el.div(
            rx.el.input(
                value=Accounts.invitation,
                read_only=True,
                aria_label=accounts_texts.INVITE_LINK,
                class_name="cc-input",
                id="invitation",
                custom_attrs={"onFocus": rx.Var("((event) => event.target.select())")},
            ),
            rx.button(
                rx.icon("copy", size=16, aria_hidden=True),
                accounts_texts.COPY,
                size="3",
                id="copy",
                on_click=[
                    rx.set_clipboard(Accounts.invitation),
                    rx.toast.success(accounts_texts.COPIED, duration=2000),
                ],
            ),
            class_name="cp-copy",
        ),
        rx.el.div(
            rx.dialog.close(rx.button(accounts_texts.DONE, variant="soft", color_scheme="gray")), class_name="cp-end"
        ),
        class_name="cp-form",
    )
    form = rx.form(
        roles(), _form_error(), _buttons(accounts_texts.INVITE_DO), on_submit=Accounts.invite, class_name="cp-form"
    )
    return _dialog(
        "invite", accounts_texts.INVITE_TITLE, accounts_texts.INVITE_TEXT, rx.cond(Accounts.invitation, ready, form)
    )
