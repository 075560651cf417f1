"""Around everything that is served: headers that protect, a limit for bodies, redirects that stay here."""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from fastapi.exceptions import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter.platform.bounds import whole_number
from callcenter.platform.http.content_security_policy import NOTHING, page_policy
from callcenter.platform.http.problem_details import problem
from callcenter.platform.registry import the
from callcenter.settings import Settings

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), display-capture=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TWO_YEARS = "max-age=63072000; includeSubDomains"
OWN_PATHS = ("/api/", "/auth/")
LARGEST_BODY = 64 * 1024
TOO_LARGE = "The body is too large."


class Guard:
    """A pure ASGI layer, so that it costs a page nothing and leaves sockets alone."""

    def __init__(self, app: ASGIApp, scripts: Collection[str] = (), larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._scripts = scripts
        """The hashes of what the built pages have written into them."""
        self._larger = larger or {}
        """Paths at which more may come than LARGEST_BODY, and how much."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        own = scope["path"].startswith(OWN_PATHS)
        send = _with_headers(send, Headers(scope=scope).get("host", ""), self._scripts, no_store=own)
        if not own:
            await self._app(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], LARGEST_BODY)
        if whole_number(Headers(scope=scope).get("content-length", "0"), limit) is None:
            await problem(413, "too_large", TOO_LARGE)(scope, receive, send)
            return
        await self._app(scope, _limited(receive, limit), send)


def _with_headers(send: Send, host: str, scripts: Collection[str], *, no_store: bool) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if "content-security-policy" not in headers:
                headers["Content-Security-Policy"] = _policy(
                    message["status"], headers.get("content-type", ""), scripts
                )
            if "location" in headers:
                headers["Location"] = _without_host(headers["location"], host)
            if no_store or headers.get("content-type", "").startswith("text/html"):
                # Of a page as well: "back" after signing out shall not bring it with what it showed.
                headers.setdefault("Cache-Control", "no-store")
            if the(Settings).secure_cookies:
                headers.setdefault("Strict-Transport-Security", TWO_YEARS)
        await send(message)

    return sending


def _policy(status: int, content_type: str, scripts: Collection[str]) -> str:
    # "304 Not Modified" has no type, and perhaps is of a page: what it says replaces what the browser has kept.
    if status != 304 and not content_type.startswith("text/html"):
        return NOTHING
    settings = the(Settings)
    return page_policy(scripts, settings.origins, settings.media_url)


def _without_host(location: str, host: str) -> str:
    """A redirect to this server, without its name: behind a proxy the scheme would be wrong."""
    parts = urlsplit(location)
    if not parts.netloc or parts.netloc != host:
        return location
    # Two slashes at the start would make a host of what comes after them.
    return urlunsplit(("", "", "/" + parts.path.lstrip("/\\"), parts.query, parts.fragment))


def _limited(receive: Receive, limit: int) -> Callable[[], Any]:
    """Counts a body that does not say how long it is."""
    seen = 0

    async def receiving() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(413, TOO_LARGE)
        return message

    return receiving
