"""Where an invitation leads."""

import reflex as rx

from callcenter.accounts.ui import password_field
from callcenter.accounts.ui import texts as accounts_texts
from callcenter.accounts.ui.register_state import Register
from callcenter.entry.brand import brand
from callcenter.platform.reflex import list_page
from callcenter.platform.reflex.widgets import words

ON_LOAD = [Register.open_register]


def _wrong(name: str) -> rx.Var[str]:
    return rx.cond(Register.wrong_field == name, words(Register.wrong, accounts_texts.WRONG, Register.wrong), "")


def _form() -> rx.Component:
    return rx.form(
        rx.el.div(
            rx.el.h1(accounts_texts.REGISTER_TITLE),
            rx.el.p(accounts_texts.REGISTER_TEXT, class_name="cc-empty", style={"marginTop": "4px"}),
        ),
        rx.cond(Register.wrong_field == "form", rx.el.div(Register.wrong, class_name="cc-error", role="alert")),
        list_page.field(
            accounts_texts.FULL_NAME,
            "full_name",
            rule=accounts_texts.FULL_NAME_RULE,
            wrong=_wrong("full_name"),
            complete="name",
            auto_focus=True,
        ),
        list_page.field(
            accounts_texts.USER_NAME,
            "username",
            rule=accounts_texts.USER_NAME_RULE,
            wrong=_wrong("username"),
            complete="username",
        ),
        password_field.new_password(_wrong("password")),
        list_page.field(
            accounts_texts.PASSWORD_AGAIN, "again", kind="password", wrong=_wrong("again"), complete="new-password"
        ),
        rx.button(accounts_texts.REGISTER_DO, type="submit", size="3", width="100%"),
        rx.el.p(
            accounts_texts.have_account(list_page.link(accounts_texts.SIGN_IN, href="/sign-in", class_name="cp-link")),
            class_name="cc-empty",
        ),
        on_submit=Register.register,
        class_name="cc-form cp-form",
    )


def register() -> rx.Component:
    done = list_page.empty(
        "user-check",
        accounts_texts.REGISTERED_TITLE,
        accounts_texts.REGISTERED_TEXT,
        list_page.link_button(accounts_texts.SIGN_IN, href="/sign-in", tone="soft"),
        tone="good",
        role="status",
    )
    return rx.el.main(
        rx.el.div(
            brand(),
            rx.el.section(rx.cond(Register.done, done, _form()), class_name="cc-card"),
        ),
        class_name="cc-door",
        id="main",
    )
