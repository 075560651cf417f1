"""Around everything that is served: headers that protect, a limit for bodies, redirects that stay here."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from fastapi.exceptions import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter.api.problems import problem
from callcenter.bootstrap import services

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}
ONE_YEAR = "max-age=31536000"
OWN_PATHS = ("/api/", "/auth/")
WEBHOOK = "/api/calls/inbound"
LARGEST_WEBHOOK = 1024 * 1024
LARGEST_BODY = 64 * 1024
TOO_LARGE = "The body is too large."


class Guard:
    """A pure ASGI layer, so that it costs a page nothing and leaves sockets alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        own = scope["path"].startswith(OWN_PATHS)
        send = _with_headers(send, Headers(scope=scope).get("host", ""), no_store=own)
        if not own:
            await self._app(scope, receive, send)
            return
        limit = LARGEST_WEBHOOK if scope["path"] == WEBHOOK else LARGEST_BODY
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > limit:
            await problem(413, "too_large", TOO_LARGE)(scope, receive, send)
            return
        await self._app(scope, _limited(receive, limit), send)


def _with_headers(send: Send, host: str, *, no_store: bool) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if "location" in headers:
                headers["Location"] = _without_host(headers["location"], host)
            if no_store:
                headers.setdefault("Cache-Control", "no-store")
            if services().settings.secure_cookies:
                headers.setdefault("Strict-Transport-Security", ONE_YEAR)
        await send(message)

    return sending


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
