"""The desk as it is served, and beside it one door that the product does not have: a bare broadcast to compare with.

``POST /bench/broadcast`` sends the body to every open tab as Reflex' own socket server does when it is asked for
nothing else: encoded once, no state, no database. What the desk does for a change can take no less.
``GET /bench/usage`` tells the CPU seconds and the resident bytes of this worker.
"""

import json
import os
import resource
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from callcenter.callcenter import app as desk

NAMESPACE = "/_event"


def app() -> ASGIApp:
    """For ``granian --factory bench.served:app``."""
    return Doors(desk())


class Doors:
    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/bench/"):
            await self._inner(scope, receive, send)
            return
        answer = await _broadcast(Request(scope, receive)) if scope["path"] == "/bench/broadcast" else _usage()
        await answer(scope, receive, send)


async def _broadcast(request: Request) -> Response:
    update: Any = json.loads(await request.body())
    assert desk.sio is not None
    await desk.sio.emit("event", update, namespace=NAMESPACE)
    return Response(status_code=204)


def _usage() -> Response:
    used = resource.getrusage(resource.RUSAGE_SELF)
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    return JSONResponse({"cpu": used.ru_utime + used.ru_stime, "resident": resident, "pid": os.getpid()})
