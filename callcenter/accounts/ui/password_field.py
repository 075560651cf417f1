"""Draws the field for a new password."""

from typing import Any

import reflex as rx

from callcenter.accounts.ui import texts as accounts_texts
from callcenter.platform.reflex.list_page import field


def new_password(wrong: Any, **props: Any) -> rx.Component:
    """The field for a password that is being chosen."""
    rule, kind = accounts_texts.PASSWORD_RULE, "password"
    return field(
        accounts_texts.PASSWORD, "password", kind=kind, rule=rule, wrong=wrong, complete="new-password", **props
    )
