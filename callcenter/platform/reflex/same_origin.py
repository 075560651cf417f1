"""The address of the back end, which Reflex writes into one small file of the built page."""

import re
from pathlib import Path
from typing import Any

import reflex as rx

_ADDRESS = re.compile(r"""(["'`])(ws|http)://localhost:\d+(/[^"'`]*)\1""")


class SameOrigin(rx.plugins.Plugin):
    """Makes the built page talk to the address it was opened under.

    After the build the scheme, host and port in the file are replaced by the browser's own, so that one build serves
    any port, any host name, and HTTPS behind a proxy.
    """

    def post_build(self, **context: Any) -> None:
        """Rewrite the one file. Raises RuntimeError when it is not where this version of Reflex puts it."""
        changed = 0
        for file in (Path(context["static_dir"]) / "assets").glob("reflex-env-*.js"):
            text, count = _ADDRESS.subn(_from_the_browser, file.read_text())
            file.write_text(text)
            changed += count
        if not changed:
            raise RuntimeError("The address of the back end was not found in the built page (another Reflex version?).")


def _from_the_browser(found: re.Match[str]) -> str:
    origin = "location.origin.replace(/^http/,`ws`)" if found[2] == "ws" else "location.origin"
    return f"{origin}+`{found[3]}`"
