"""Says in time that a sign-in is about to end, and lets it be renewed without leaving the page or the call."""

import reflex as rx

from callcenter.accounts.ui import texts as accounts_texts
from callcenter.platform.reflex.clock import after, duration, seconds_until
from callcenter.platform.reflex.widgets import notice, server_lost, small, words
from callcenter.workspace.tab.renewal_state import PASSWORD, Renewal
from callcenter.workspace.tab.tab_state import Live
from callcenter.workspace.ui import texts as workspace_texts

WARNED_MS = 10 * 60 * 1000
"""So long before the end."""


@rx.memo
def sign_in_ending(until: rx.Var[str]) -> rx.Component:
    """How long a sign-in holds, or that it is over and ends with the call."""
    left = seconds_until(until)
    soon = workspace_texts.sign_in_ends(rx.el.span(duration(left), class_name="cc-num"))
    return rx.fragment(rx.cond(left > 0, soon, workspace_texts.SIGN_IN_OVER))


def sign_in_notice() -> rx.Component:
    """Appears some minutes before the end of the sign-in, and stays until it is renewed or over."""
    bar = notice(
        sign_in_ending(until=Live.view.sign_in_until),
        small(workspace_texts.RENEW, on_click=Renewal.open_renewal(True), disabled=server_lost, id="renew"),
        tone="info",
        icon="timer",
        role="status",
        id="sign-in-ends",
    )
    return after(bar, since=Live.view.sign_in_until, milliseconds=-WARNED_MS)


def renewal_dialog() -> rx.Component:
    field = rx.el.label(
        accounts_texts.PASSWORD,
        rx.el.input(
            name="password",
            type="password",
            required=True,
            max_length=128,
            class_name="cc-input",
            id=PASSWORD,
            auto_focus=True,
            custom_attrs={"autoComplete": "current-password", "autoCapitalize": "none", "spellCheck": "false"},
        ),
        class_name="cc-field",
    )
    refused = words(Renewal.wrong, accounts_texts.SIGN_IN_ERRORS, accounts_texts.SIGN_IN_FAILED)
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(workspace_texts.RENEW_TITLE),
            rx.dialog.description(workspace_texts.RENEW_TEXT, size="2"),
            rx.form(
                field,
                rx.cond(Renewal.wrong, rx.el.div(refused, class_name="cc-error", role="alert")),
                rx.flex(
                    rx.dialog.close(
                        rx.button(workspace_texts.RENEW_CANCEL, type="button", variant="soft", color_scheme="gray")
                    ),
                    rx.button(workspace_texts.RENEW_DO, type="submit", disabled=server_lost),
                    justify="end",
                    gap="12px",
                    margin_top="16px",
                ),
                on_submit=Renewal.renew,
                style={"marginTop": "16px"},
            ),
            max_width="380px",
        ),
        open=Renewal.asks,
        on_open_change=Renewal.open_renewal,
    )
