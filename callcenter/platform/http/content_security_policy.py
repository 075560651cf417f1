"""What a page of this desk may load and run: the Content-Security-Policy."""

import base64
import hashlib
import re
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from callcenter.settings.origins import canonical_host, is_ipv6

CLOUD = (".livekit.cloud", ".livekit.run")
"""Where LiveKit's client looks for regions."""
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
    sockets = [one.replace("http", "ws", 1) for one in origins if "[" not in one]
    reached = " ".join(["'self'", *sockets, *media_sources(media_url)])
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


def media_sources(media_url: str) -> list[str]:
    """Where the page may reach LiveKit: its socket, and over HTTP what its client asks before and beside that.

    A policy cannot name an IPv6 literal (no browser reads one), so there it allows the two schemes. In LiveKit Cloud
    the client is told at run time which regional hosts of the same domain to use.
    """
    parts = urlsplit(media_url)
    schemes = ("wss", "https") if parts.scheme in ("wss", "https") else ("ws", "http")
    if is_ipv6(parts):
        return [f"{scheme}:" for scheme in schemes]
    try:
        host, port = canonical_host(parts), f":{parts.port}" if parts.port else ""
    except ValueError:
        return []
    regions = [f"*{domain}" for domain in CLOUD if host.endswith(domain)]
    return [f"{scheme}://{one}" for one in (f"{host}{port}", *regions) for scheme in schemes]
