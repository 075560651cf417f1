"""The addresses of pages, as people type them."""

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send


class Pages:
    """A pure ASGI layer that spares a page opened without a slash at the end the redirect to one with it."""

    def __init__(self, app: ASGIApp, routes: Collection[str]) -> None:
        self._app = app
        self._routes = frozenset(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in self._routes:
            scope = {**scope, "path": f"{scope['path']}/", "raw_path": f"{scope['path']}/".encode()}
        await self._app(scope, receive, send)
