"""The door."""

from typing import Any

import reflex as rx

from callcenter.accounts.ui import texts as accounts_texts
from callcenter.accounts.ui.sign_in_state import SignIn
from callcenter.entry.brand import brand
from callcenter.platform.reflex.native_form import native_form
from callcenter.platform.reflex.widgets import words

ON_LOAD = [SignIn.leave_if_signed_in, SignIn.read_address]


def _field(label: Any, name: str, kind: str, complete: str, **props: bool) -> rx.Component:
    return rx.el.label(
        label,
        rx.el.input(
            name=name,
            type=kind,
            required=True,
            class_name="cc-input",
            custom_attrs={"autoComplete": complete, "autoCapitalize": "none", "spellCheck": "false"},
            **props,
        ),
        class_name="cc-field",
    )


def sign_in() -> rx.Component:
    return rx.el.main(
        rx.el.div(
            brand(),
            rx.el.section(
                native_form(
                    rx.el.div(
                        rx.el.h1(accounts_texts.SIGN_IN_TITLE),
                        rx.el.p(accounts_texts.SIGN_IN_TEXT, class_name="cc-empty", style={"marginTop": "4px"}),
                    ),
                    rx.cond(
                        SignIn.error,
                        rx.el.div(
                            words(SignIn.error, accounts_texts.SIGN_IN_ERRORS, accounts_texts.SIGN_IN_FAILED),
                            class_name="cc-error",
                            role="alert",
                        ),
                    ),
                    _field(accounts_texts.USER_NAME, "username", "text", "username", auto_focus=True),
                    _field(accounts_texts.PASSWORD, "password", "password", "current-password"),
                    rx.el.input(type="hidden", name="next", value=SignIn.back_to, read_only=True),
                    rx.button(accounts_texts.SIGN_IN, type="submit", size="3", width="100%"),
                    action="/auth/sign-in",
                    class_name="cc-form",
                ),
                class_name="cc-card",
            ),
            rx.cond(
                SignIn.demo,
                rx.el.p(
                    rx.el.strong(accounts_texts.DEMO_TITLE, ": "),
                    accounts_texts.DEMO_TEXT,
                    class_name="cc-empty",
                    style={"marginTop": "16px", "textAlign": "center"},
                ),
            ),
        ),
        class_name="cc-door",
        id="main",
    )
