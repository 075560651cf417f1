"""Where an invitation leads."""

import reflex as rx

from callcenter.components import lists
from callcenter.components import texts as common
from callcenter.components import texts_pages as texts
from callcenter.components.parts import brand, words
from callcenter.state.register import Register

ON_LOAD = [Register.open_register]


def _wrong(name: str) -> rx.Var[str]:
    return rx.cond(Register.wrong_field == name, words(Register.wrong, texts.WRONG, Register.wrong), "")


def _form() -> rx.Component:
    return rx.form(
        rx.el.div(
            rx.el.h1(texts.REGISTER_TITLE),
            rx.el.p(texts.REGISTER_TEXT, class_name="cc-empty", style={"marginTop": "4px"}),
        ),
        rx.cond(Register.wrong_field == "form", rx.el.div(Register.wrong, class_name="cc-error", role="alert")),
        lists.field(
            texts.FULL_NAME,
            "full_name",
            rule=texts.FULL_NAME_RULE,
            wrong=_wrong("full_name"),
            complete="name",
            auto_focus=True,
        ),
        lists.field(
            texts.USER_NAME, "username", rule=texts.USER_NAME_RULE, wrong=_wrong("username"), complete="username"
        ),
        lists.new_password(_wrong("password")),
        lists.field(texts.PASSWORD_AGAIN, "again", kind="password", wrong=_wrong("again"), complete="new-password"),
        rx.button(texts.REGISTER_DO, type="submit", size="3", width="100%"),
        rx.el.p(
            texts.have_account(lists.link(common.SIGN_IN, href="/sign-in", class_name="cp-link")),
            class_name="cc-empty",
        ),
        on_submit=Register.register,
        class_name="cc-form cp-form",
    )


def register() -> rx.Component:
    done = lists.empty(
        "user-check",
        texts.REGISTERED_TITLE,
        texts.REGISTERED_TEXT,
        lists.link_button(common.SIGN_IN, href="/sign-in", tone="soft"),
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
