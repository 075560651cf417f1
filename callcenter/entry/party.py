"""Shows the other party of a call."""

from typing import Any

import reflex as rx

from callcenter.core.phone_numbers import UNKNOWN
from callcenter.platform.reflex import texts as reflex_texts


def party(display: Any) -> rx.Var[str]:
    """Somebody's number, or the words for one who withholds it."""
    return rx.cond(display == UNKNOWN, reflex_texts.UNKNOWN_NUMBER, display).to(str)
