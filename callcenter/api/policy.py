"""What a page of this desk may load and run: the Content-Security-Policy."""

import base64
import hashlib
import re
from collections.abc import Collection
from pathlib import Path

SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For answers that are no pages: should a browser take one for a page after all, it may do nothing."""


def script_hashes(text: str) -> list[str]:
    """Of each script that is written into this page, as a policy names them."""
    return [
        f"'sha256-{base64.b64encode(hashlib.sha256(found['text'].encode()).digest()).decode()}'"
        for found in SCRIPT.finditer(text)
        if "src=" not in found["attributes"]
    ]


def hashes_of_build(directory: Path) -> list[str]:
    """Of all scripts in the pages that were built; none before the first build."""
    pages = sorted(directory.rglob("*.html"))
    return sorted({one for page in pages for one in script_hashes(page.read_text())})


def page_policy(scripts: Collection[str], origins: Collection[str], media_url: str) -> str:
    """Everything from here, sound by way of LiveKit, and of scripts in the page those of the build alone.

    Reflex hands commands to the page as expressions that it evaluates, hence 'unsafe-eval': what they are made of comes
    from this server over a socket of its own. Radix and the toasts style elements one by one, hence the styles.
    """
    sockets = [one.replace("http", "ws", 1) for one in origins]
    media = [_origin(one) for one in (media_url, media_url.replace("ws", "http", 1)) if one]
    reached = " ".join(["'self'", *sockets, *media])
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' {' '.join(scripts)}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob: mediastream:",
            f"connect-src {reached}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _origin(address: str) -> str:
    return "/".join(address.split("/")[:3])
