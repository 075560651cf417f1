"""Around everything that is served: each request has an id, is counted and timed, and can be traced."""

import logging
import re
from time import perf_counter
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter.platform.observability import logging as observability_logging
from callcenter.platform.observability import metrics, tracing

REQUEST_ID = "X-Request-ID"
SANE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
ID_OF_OURS = re.compile(r"[1-9][0-9]{0,8}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OWN_ROUTES = ("/api/", "/auth/", "/docs", "/healthz", "/metrics", "/openapi.json", "/readyz")
TOLD_ROUTES = ("/api/", "/auth/")
"""What programs and people ask for. Probes and the files of the page would drown it."""
PAGE = "page"
NO_ANSWER = 499
"""Nobody waited for it, or the server was stopped meanwhile."""
EVENT_SOCKET = "/api/ws"
logger = logging.getLogger(__name__)


class Requests:
    """The outermost layer: a pure ASGI one, so that it sees what really goes out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        request_id, status, began = _id(headers), NO_ANSWER, perf_counter()
        method = scope["method"] if scope["method"] in METHODS else "other"

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        with observability_logging.fresh(request_id=request_id), tracing.request(method, headers) as span:
            try:
                await self._app(scope, receive, sending)
            finally:
                seconds, route = perf_counter() - began, route_of(scope)
                metrics.HTTP_REQUESTS.labels(method, route, str(status)).inc()
                metrics.HTTP_SECONDS.labels(route).observe(seconds)
                span.update_name(f"{method} {route}")
                span.set_attributes(
                    {"http.request.method": method, "http.route": route, "http.response.status_code": status}
                )
                _tell(scope, method, route, status, seconds)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = "api" if scope["path"] == EVENT_SOCKET else "desk"
        began = perf_counter()
        metrics.SOCKETS.labels(kind).inc()
        try:
            with observability_logging.fresh(request_id=_id(Headers(scope=scope)), socket=kind):
                logger.info("socket opened")
                try:
                    await self._app(scope, receive, send)
                finally:
                    logger.info("socket closed", extra={"seconds": round(perf_counter() - began, 1)})
        finally:
            metrics.SOCKETS.labels(kind).dec()


def route_of(scope: Scope) -> str:
    """The template of the route, such as /api/calls/{call_id}; everything that is not ours by name is the page."""
    path = getattr(scope.get("route"), "path", "")
    return path if path.startswith(OWN_ROUTES) else PAGE


def _id(headers: Headers) -> str:
    """The one the client or a proxy gave, when it can be written into a log as it is."""
    given = headers.get(REQUEST_ID, "")
    return given if SANE_ID.fullmatch(given) else observability_logging.new_id()


def _tell(scope: Scope, method: str, route: str, status: int, seconds: float) -> None:
    level = logging.WARNING if status >= 500 else logging.INFO if route.startswith(TOLD_ROUTES) else logging.DEBUG
    milliseconds = round(seconds * 1000, 1)
    facts: dict[str, Any] = {"method": method, "route": route, "status": status, "milliseconds": milliseconds}
    call_id = str(scope.get("path_params", {}).get("call_id", ""))
    if ID_OF_OURS.fullmatch(call_id):
        facts["call_id"] = int(call_id)
    logger.log(level, "request", extra=facts)
