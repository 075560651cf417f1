"""The sign-in page: what went wrong last time, and where to go afterwards."""

import reflex as rx

from callcenter.entry.page_session import Session
from callcenter.platform.bounds import LONGEST_WORD
from callcenter.platform.registry import the
from callcenter.settings import Settings


class SignIn(Session):
    """Reads the address the sign-in route sends people back to."""

    error: str = ""
    back_to: str = "/"
    demo: bool = False

    @rx.event
    def read_address(self) -> None:
        """``?error=code&next=/page``."""
        query = self.router.url.query_parameters
        wanted = query.get("next", "/")
        self.error = query.get("error", "")[:LONGEST_WORD]
        self.back_to = wanted if wanted.startswith("/") and not wanted.startswith("//") else "/"
        self.demo = the(Settings).debug
