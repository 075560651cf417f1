"""A link that brings a number to the desk: ``/?dial=+49…``. It fills the field and dials nothing."""

import json

import reflex as rx
from reflex.event import EventSpec

from callcenter.state.session import Session

LONGEST_NUMBER = 64
FILL = """(() => {
  const field = document.getElementById("number");
  history.replaceState(history.state, "", location.pathname);
  if (!field) return;
  field.value = %s;
  field.focus();
  field.select();
})()"""


class DialLink(Session):
    """Reads the address of the desk once."""

    @rx.event
    def fill_number(self) -> EventSpec | None:
        """The person sees the number and decides."""
        number = self.router.url.query_parameters.get("dial", "")[:LONGEST_NUMBER]
        return rx.call_script(FILL % json.dumps(number)) if number else None
