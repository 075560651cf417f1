"""A link that brings a number to the desk: ``/?dial=+49…``. It fills the field and dials nothing."""

import reflex as rx
from reflex.event import EventSpec

from callcenter.core.phone_numbers import from_address
from callcenter.entry.page_session import Session
from callcenter.platform.bounds import LONGEST_NUMBER

FORGET = "history.replaceState(history.state, '', location.pathname)"
"""A reload shall not fill the field again."""
SELECT = "document.getElementById('number')?.select()"


class DialLink(Session):
    """Reads the address of the desk once."""

    @rx.event
    def fill_number(self) -> list[EventSpec]:
        """The person sees the number and decides."""
        number = from_address(self.router.url.query_parameters.get("dial", ""))[:LONGEST_NUMBER]
        if not number:
            return []
        field = [rx.set_value("number", number), rx.set_focus("number"), rx.call_script(SELECT)]
        return [rx.call_script(FORGET), *field]
