"""Asks a page whether it still runs, while a call rings there.

A page that the browser has frozen, or whose machine sleeps, keeps its socket for a while, but its code answers no ping.
Engine.IO pings every page, but seldom, and gives it long to answer: longer than a caller should ring unseen.
"""

import asyncio
from contextlib import suppress
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter.platform.pubsub.change_bus import Subscription
from callcenter.platform.reflex import broadcast
from callcenter.platform.reflex.wire import PATH, PING, PONG

LINE = "callcenter.page_line"
"""Where a socket's scope carries its line."""
ASK_SECONDS = 2.0
SILENT_SECONDS = 8.0
"""So long a page may take to answer: as long as Engine.IO gives it (REFLEX_SOCKET_TIMEOUT)."""
LAST_ASK_SECONDS, LAST_LOOK_SECONDS, LAST_ANSWER_SECONDS = 2.0, 0.5, 1.0
"""Before a call counts as missed its page is asked once more, and has to answer: a silent one has not missed it."""
OWN_DELAY_SECONDS = 0.3
"""This process may be late by so much; later, it judges nobody."""


class PageLine:
    """The socket of one page."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._pings = 0
        self._waiting_since: float | None = None
        self._heard = asyncio.Event()

    @property
    def waiting_seconds(self) -> float:
        """For how long a question has been waiting for its answer; 0 when none is."""
        return 0.0 if self._waiting_since is None else _now() - self._waiting_since

    async def ask(self) -> None:
        """Whatever comes next from the page is an answer."""
        if self._waiting_since is None:
            self._waiting_since = _now()
        self._pings += 1
        with suppress(TimeoutError, OSError, RuntimeError):  # stuck or gone: nothing will be heard
            async with asyncio.timeout(ASK_SECONDS):
                await self._send({"type": "websocket.send", "text": PING})

    async def watch_ringing(self, changes: Subscription, seconds: float, left: float) -> bool:
        """Wait for changes, at most ``seconds``, while a call rings at this page. Returns False as soon as the page
        has fallen silent. ``left``: seconds until the call counts as missed."""
        began = _now()
        until, last_look = began + seconds, began + left - LAST_LOOK_SECONDS
        looks = (until, began + left - LAST_ASK_SECONDS, last_look)
        while (now := _now()) < until:
            await self.ask()
            pause = min(ASK_SECONDS, min(at for at in looks if at > now) - now)
            topics = await changes.wait(pause)
            # When this process stood still, an answer may have come that nobody has read yet.
            in_time = _now() - now - pause <= OWN_DELAY_SECONDS
            patience = LAST_ANSWER_SECONDS if now < last_look <= _now() else SILENT_SECONDS
            if in_time and self.waiting_seconds >= patience:
                return False
            if topics:
                break
        return True

    async def until_heard(self) -> None:
        """Until the question that waits for its answer has one; at once when it has."""
        while self._waiting_since is not None:
            self._heard.clear()
            await self._heard.wait()

    def hear(self, message: Message) -> bool:
        """Returns True for an answer to a question of ours, which Engine.IO must not take for one to its own."""
        if message["type"] != "websocket.receive":
            return False
        self._waiting_since = None
        self._heard.set()
        ours = self._pings > 0 and message.get("text") == PONG
        self._pings -= ours
        return ours


class PageLines:
    """A pure ASGI layer around the sockets of the pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket" or not scope["path"].startswith(PATH):
            await self._app(scope, receive, send)
            return
        line = PageLine(send)

        async def heard() -> Message:
            while line.hear(message := await receive()):
                pass
            return message

        await self._app({**scope, LINE: line}, heard, send)


def line_of(sid: str) -> PageLine | None:
    """The line of a page's socket; None when it has gone, or when the page is no real one."""
    found: Any = broadcast.scope_of(sid).get(LINE)
    return found if isinstance(found, PageLine) else None


def _now() -> float:
    return asyncio.get_running_loop().time()
