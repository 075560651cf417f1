"""HEAD, as HTTP has it: what GET would answer, without the body."""

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter.platform.http.request_log import OWN_ROUTES


class Heads:
    """A pure ASGI layer around the routes of the API; the page's own files know HEAD by themselves."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or not scope["path"].startswith(OWN_ROUTES):
            await self._app(scope, receive, send)
            return
        answered = False

        async def sending(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                await send(message)
            elif not answered:
                answered = True
                await send({"type": "http.response.body", "body": b""})
                if message.get("more_body"):
                    rest.cancel()  # a file that is written piece by piece is not written for nobody

        # The layers further out have noted the method already, and find the route in this very scope.
        scope["method"] = "GET"
        with anyio.CancelScope() as rest:
            await self._app(scope, receive, sending)
