"""What may come in over the socket of the pages: the events that pages send, in the form in which they send them.

Every public method of a state can be called from outside, and what Reflex cannot read ends in stack traces, with what
was sent in them. So everything is looked at here first. Whoever speaks another language is disconnected; an event that
no page sends so is dropped, and the log says so in one line without its content.
"""

import inspect
import json
import logging
import re
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter.platform.reflex.wire import (
    CONNECT,
    EVENT,
    PACKET,
    PAGE_ERROR,
    PATH,
    REPORT,
    SETTER,
    SIGNALS,
    STORAGE,
)

LARGEST_FRAME = 64 * 1024
MAY_REPORT = 5
"""How many errors of its own a page may write into our log."""
MAY_BE_UNWANTED = 20
"""A page of an earlier version may send a few; whoever sends more is no page."""
NOT_UNDERSTOOD = 4400
KINDS: dict[str, type] = {kind.__name__: kind for kind in (str, int, bool, dict, list)}
HALF_A_CHARACTER = re.compile(r"\\ud[89a-f]", re.I)
"""JSON can name it; no text can be written with it."""
logger = logging.getLogger(__name__)

Handlers = Mapping[str, Callable[..., Any]]


class NotUnderstood(Exception):
    """Nothing that a page says."""


class Unwanted(Exception):
    """An event that no page sends so."""


class Frames:
    """A pure ASGI layer around the socket of the pages."""

    def __init__(self, app: ASGIApp, handlers: Callable[[], Handlers], kept: Collection[str]) -> None:
        """``handlers``: the functions behind the events, by full name; asked for once, with the first socket.

        ``kept``: the full names of what browsers keep for us.
        """
        self._app = app
        self._find = handlers
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket" or not scope["path"].startswith(PATH):
            await self._app(scope, receive, send)
            return
        checked = _Checked(self._events, receive, send)
        await self._app(scope, checked.receive, checked.send)

    @cached_property
    def _events(self) -> "Events":
        return Events(self._find(), self._kept)


class _Checked:
    """One socket."""

    def __init__(self, events: "Events", receive: Receive, send: Send) -> None:
        self._events = events
        self._receive = receive
        self._send = send
        self._closed = False
        self._reports = self._unwanted = 0

    async def receive(self) -> Message:
        """The next message that is one; a disconnect after something that is not understood."""
        while not self._closed:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            try:
                self._check(message)
            except NotUnderstood as problem:
                logger.warning("closed a page's socket that sent what no page sends", extra={"problem": str(problem)})
                self._closed = True
                await self._send({"type": "websocket.close", "code": NOT_UNDERSTOOD, "reason": str(problem)})
            except Unwanted as problem:
                if self._unwanted == 1:
                    logger.warning("dropped an event that no page sends so", extra={"problem": str(problem)})
            else:
                return message
        return {"type": "websocket.disconnect", "code": NOT_UNDERSTOOD}

    async def send(self, message: Message) -> None:
        if not self._closed:
            await self._send(message)

    def _check(self, message: Message) -> None:
        try:
            self._read(message)
        except Unwanted:
            self._unwanted += 1
            if self._unwanted > MAY_BE_UNWANTED:
                raise NotUnderstood("too many events that no page sends") from None
            raise

    def _read(self, message: Message) -> None:
        text = message.get("text")
        if not isinstance(text, str) or message.get("bytes"):
            raise NotUnderstood("not text")
        if len(text) > LARGEST_FRAME:
            raise NotUnderstood("too big")
        if text in SIGNALS:
            return
        if text.startswith(CONNECT):
            told = _parsed(text.removeprefix(CONNECT) or "{}")
            try:
                self._connect(told)
            except Unwanted:
                # A tab that was left open over an upgrade names states that are gone. Reflex tells it to reload when it
                # connects, so it has to connect.
                message["text"] = CONNECT + json.dumps({key: told[key] for key in told if key != "event"})
        elif text.startswith(PACKET):
            self._event(_parsed(text.removeprefix(PACKET)))
        else:
            raise NotUnderstood("no frame of this socket")

    def _connect(self, told: Any) -> None:
        """The first event comes with it."""
        if not isinstance(told, dict) or not isinstance(told.get("state_schema") or "", str):
            raise NotUnderstood("no way to connect")
        if told.get("event") is not None:
            self._events.check(told["event"])

    def _event(self, told: Any) -> None:
        if told == ["ping"]:
            return
        if not isinstance(told, list) or len(told) != 2:
            raise NotUnderstood("no event")
        kind, event = told
        if kind == REPORT and isinstance(event, dict):
            self._report()
        elif kind == EVENT:
            if self._events.check(event).endswith(PAGE_ERROR):
                self._report()
        else:
            raise NotUnderstood("no event")

    def _report(self) -> None:
        self._reports += 1
        if self._reports > MAY_REPORT:
            raise Unwanted("one report more")


class Events:
    """The events there are, and what each of them takes."""

    def __init__(self, handlers: Handlers, kept: Collection[str]) -> None:
        self._kept = kept
        # Reflex gives a setter to every state; no page of ours uses it.
        self._takes = {name: _parameters(of) for name, of in handlers.items() if not name.endswith(SETTER)}

    def check(self, event: Any) -> str:
        """The event's name. Raises NotUnderstood or Unwanted."""
        if not isinstance(event, dict):
            raise NotUnderstood("no event")
        name, payload, where = event.get("name"), event.get("payload", {}), event.get("router_data", {})
        if not isinstance(name, str) or not isinstance(payload, dict) or not _is_place(where):
            raise NotUnderstood("no event")
        takes = self._takes.get(name)
        if takes is None:
            raise Unwanted("there is no such event")
        if not payload.keys() <= takes.keys():
            raise Unwanted("it takes less")
        for key, (kind, needed) in takes.items():
            if needed and key not in payload:
                raise Unwanted("it takes more")
            if kind is not None and key in payload and type(payload[key]) is not kind:
                raise Unwanted("it takes something else")
        if not self._is_storage(payload.get(STORAGE)):
            raise Unwanted("it takes something else")
        return name

    def _is_storage(self, told: Any) -> bool:
        """What the browser kept for us comes back as text."""
        if told is None:
            return True
        return isinstance(told, dict) and all(key in self._kept and isinstance(told[key], str) for key in told)


def _parameters(handler: Callable[..., Any]) -> dict[str, tuple[type | None, bool]]:
    """By name: what it has to be in JSON (None: anything), and whether it has to be there."""
    _, *taken = inspect.signature(handler).parameters.values()
    return {one.name: (_kind(one.annotation), one.default is one.empty) for one in taken}


def _kind(annotation: Any) -> type | None:
    """Reflex' own modules keep their annotations as text."""
    written = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return None if "|" in written else KINDS.get(written.partition("[")[0])


def _is_place(where: Any) -> bool:
    """Where the page is: a path and its query, in words."""
    if not isinstance(where, dict) or any(not isinstance(where.get(key, ""), str) for key in ("pathname", "asPath")):
        return False
    query = where.get("query", {})
    return isinstance(query, dict) and all(isinstance(value, str) for value in query.values())


def _parsed(text: str) -> Any:
    try:
        parsed = json.loads(text)
        if HALF_A_CHARACTER.search(text):
            json.dumps(parsed, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise NotUnderstood("no JSON") from None
    return parsed
