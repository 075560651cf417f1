"""The desk as it is served, and beside it doors that the product does not have: bare broadcasts to compare with.

``POST /bench/broadcast`` sends the body to every open tab as Reflex' own socket server does when it is asked for
nothing else: encoded once, no state, no database. What the desk does for a change can take no less.
``POST /bench/tell`` sends the body to every WebSocket at ``/bench/listen``, one after another, and does nothing else.
``GET /bench/usage`` tells the CPU seconds and the resident bytes of this worker.
"""

import json
import os
import resource
from typing import Any

import psutil
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from callcenter.callcenter import app as desk

NAMESPACE = "/_event"


def app() -> ASGIApp:
    """For ``granian --factory bench.served:app``."""
    return Doors(desk())


class Doors:
    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or not scope["path"].startswith("/bench/"):
            await self._inner(scope, receive, send)
        elif scope["type"] == "websocket":
            await _listen(WebSocket(scope, receive, send))
        else:
            doors = {"/bench/broadcast": _broadcast, "/bench/tell": _tell}
            answer = await doors.get(scope["path"], _usage)(Request(scope, receive))
            await answer(scope, receive, send)


_listening: set[WebSocket] = set()


async def _listen(socket: WebSocket) -> None:
    await socket.accept()
    _listening.add(socket)
    try:
        await socket.send_text('{"type": "snapshot"}')
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        pass
    finally:
        _listening.discard(socket)


async def _tell(request: Request) -> Response:
    text = (await request.body()).decode()
    for socket in tuple(_listening):
        await socket.send_text(text)
    return Response(status_code=204)


async def _broadcast(request: Request) -> Response:
    update: Any = json.loads(await request.body())
    assert desk.sio is not None
    await desk.sio.emit("event", update, namespace=NAMESPACE)
    return Response(status_code=204)


async def _usage(_: Request) -> Response:
    used = resource.getrusage(resource.RUSAGE_SELF)
    resident = psutil.Process().memory_info().rss
    return JSONResponse({"cpu": used.ru_utime + used.ru_stime, "resident": resident, "pid": os.getpid()})
