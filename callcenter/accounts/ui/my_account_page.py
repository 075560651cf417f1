"""One's own account: the password, and where one is signed in."""

from typing import Any

import reflex as rx

from callcenter.accounts.passwords import MOST_TYPED
from callcenter.accounts.ui import texts as accounts_texts
from callcenter.accounts.ui.my_account_state import MyAccount
from callcenter.accounts.views import SignInView
from callcenter.entry import page_frame
from callcenter.platform.reflex import list_page, native_form
from callcenter.platform.reflex.datetime_format import short_time
from callcenter.platform.reflex.widgets import card, words
from callcenter.platform.words.catalogues import LANGUAGES, own_name

BROWSER = "browser"
"""A choice of a select cannot be empty."""

ON_LOAD = [MyAccount.open_my_account]


def _password(label: Any, name: str, complete: str, rule: Any = None) -> rx.Component:
    field = rx.el.label(
        label,
        rx.el.input(
            name=name,
            type="password",
            required=True,
            max_length=MOST_TYPED,
            class_name="cc-input",
            aria_describedby="" if rule is None else f"{name}-rule",
            custom_attrs={"autoComplete": complete, "autoCapitalize": "none", "spellCheck": "false"},
        ),
        class_name="cc-field",
    )
    return field if rule is None else rx.el.div(field, rx.el.span(rule, id=f"{name}-rule", class_name="cp-rule"))


def _change() -> rx.Component:
    return card(
        accounts_texts.CHANGE_TITLE,
        native_form.native_form(
            rx.el.p(accounts_texts.CHANGE_TEXT, class_name="cp-rule"),
            _password(accounts_texts.OLD_PASSWORD, "old", "current-password"),
            _password(accounts_texts.NEW_PASSWORD, "new", "new-password", accounts_texts.PASSWORD_RULE),
            _password(accounts_texts.NEW_PASSWORD_AGAIN, "again", "new-password"),
            rx.el.div(rx.button(accounts_texts.CHANGE_DO, type="submit"), class_name="cp-end"),
            action="/auth/password",
            class_name="cp-form",
            id="change-password",
        ),
    )


def _language() -> rx.Component:
    """Each language by the name it has for itself, so that it is found by whoever reads no other."""
    own = MyAccount.me.language
    languages = [(code, own_name(code)) for code in LANGUAGES]
    return card(
        accounts_texts.LANGUAGE,
        rx.el.p(accounts_texts.LANGUAGE_TEXT, class_name="cp-rule"),
        list_page.choice(
            accounts_texts.LANGUAGE,
            rx.cond(own, own, BROWSER),
            [(BROWSER, accounts_texts.BROWSER_LANGUAGE), *languages],
            MyAccount.choose_language,
            id="language",
        ),
    )


def _row(one: rx.Var[SignInView]) -> rx.Component:
    kind = words(one.kind, accounts_texts.SIGN_IN_KINDS, one.kind)
    return rx.el.tr(
        rx.el.td(rx.cond(one.here, words(one.kind, accounts_texts.SIGN_IN_HERE, one.kind), kind)),
        rx.el.td(one.address, class_name="cc-num"),
        rx.el.td(short_time(one.since), class_name="cp-quiet cc-num cp-hide-1"),
        rx.el.td(short_time(one.seen), class_name="cp-quiet cc-num"),
    )


def _sign_ins() -> rx.Component:
    return card(
        accounts_texts.SIGN_INS_TITLE,
        rx.el.p(accounts_texts.SIGN_INS_TEXT, class_name="cp-rule"),
        rx.el.table(
            rx.el.caption(accounts_texts.SIGN_INS_TITLE, class_name="cc-hidden"),
            rx.el.thead(
                rx.el.tr(
                    list_page.column(accounts_texts.WHAT),
                    list_page.column(accounts_texts.WHERE),
                    list_page.column(accounts_texts.SIGNED_IN_SINCE, "cp-hide-1"),
                    list_page.column(accounts_texts.LAST_SEEN),
                )
            ),
            rx.el.tbody(rx.foreach(MyAccount.sign_ins, _row)),
            class_name="cp-table",
            id="sign-ins",
        ),
        rx.cond(
            MyAccount.sign_ins.length() > 1,
            native_form.native_form(
                rx.el.p(accounts_texts.END_OTHERS_TEXT, class_name="cp-rule"),
                _password(accounts_texts.OLD_PASSWORD, "old", "current-password"),
                rx.el.div(
                    rx.button(accounts_texts.END_OTHERS_DO, type="submit", variant="surface", color_scheme="gray"),
                    class_name="cp-end",
                ),
                action="/auth/end-others",
                class_name="cp-form",
                id="end-others",
            ),
        ),
    )


def _said() -> rx.Component:
    wrong = rx.el.p(
        words(MyAccount.error, accounts_texts.OWN_WRONG, accounts_texts.OWN_FAILED), class_name="cc-error", role="alert"
    )
    done = rx.el.p(
        rx.icon("check", size=16, aria_hidden=True),
        words(MyAccount.done, accounts_texts.OWN_DONE),
        class_name="cp-said",
        role="status",
    )
    return rx.cond(MyAccount.error, wrong, rx.cond(MyAccount.done, done))


def my_account() -> rx.Component:
    return page_frame.shell(
        list_page.page(
            list_page.head(accounts_texts.MY_ACCOUNT, under=f"{MyAccount.me.full_name} · {MyAccount.me.username}"),
            _said(),
            rx.el.div(_change(), rx.el.div(_sign_ins(), _language(), class_name="cp-stack"), class_name="cp-cards"),
            label=accounts_texts.MY_ACCOUNT,
        ),
        title=accounts_texts.MY_ACCOUNT,
        current="/my-account",
    )
