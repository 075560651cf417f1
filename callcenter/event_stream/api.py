"""Events for programs over a WebSocket: the present state first, then each change."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from callcenter.core.domain.agents import Actor
from callcenter.core.domain.calls import CallStatus
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.entry.api_schemas import Agent
from callcenter.entry.identification import Identification
from callcenter.event_stream.broadcaster import CALL_NEWS, NEWS, News
from callcenter.event_stream.feed import Feed, FeedEvent
from callcenter.history.schemas import Call
from callcenter.history.service import HistoryFilter, HistoryService
from callcenter.platform.errors import NotSignedIn, Refusal, TooManyAtOnce
from callcenter.platform.http.websocket_admission import PLACE, Place
from callcenter.platform.pubsub.change_bus import Hub, Subscription, account_topic, agent_topic
from callcenter.platform.registry import the
from callcenter.presence.connection_leases import Attendance
from callcenter.presence.service import PresenceService
from callcenter.settings import Settings
from callcenter.settings.origins import allowed
from callcenter.team.service import TeamService
from callcenter.workspace.service import DeskService

router = APIRouter()
logger = logging.getLogger(__name__)

AUTH_SECONDS = 10.0
SEND_SECONDS = 10.0
SENT_AT_ONCE = 50
"""Messages that may take so long together."""
PING_SECONDS = 8.0
LARGEST_MESSAGE = 4096
OPEN_CALLS_SHOWN = 200
HEARD = "heard"

UNREADABLE, NOT_SIGNED_IN, WRONG_ORIGIN, SILENT, TOO_SLOW, TOO_BIG = 4400, 4401, 4403, 4408, 4429, 1009
TOO_MANY, TRY_LATER = 4409, 1013


class Closing(Exception):
    """The conversation is over; the code says why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@router.websocket("/api/ws")
async def events(socket: WebSocket) -> None:
    """First message: ``{"type": "auth", "token": …}``, and ``"lists": true`` who wants several events in one message.
    See docs/api.md."""
    origin = socket.headers.get("origin")
    if origin and not allowed(origin, the(Settings).origins):
        await socket.close(WRONG_ORIGIN, "wrong origin")
        return
    await socket.accept()
    try:
        token, actor, lists = await _authenticated(socket)
        _sit_down(socket, actor)
        await Conversation(socket, token, actor, lists=lists).run()
    except Closing as closing:
        await _close(socket, closing)
    except Refusal as refusal:
        await _close(socket, Closing(TRY_LATER, refusal.code))
    except WebSocketDisconnect:
        pass


class Conversation:
    """One program that listens. What it is sent is read when it can take it, so a slow one holds nothing up."""

    def __init__(self, socket: WebSocket, token: str, actor: Actor, *, lists: bool) -> None:
        self._socket = socket
        self._lists = lists
        self._token = token
        self._actor = actor
        self._heard_at = _now()
        self._pings = False
        self._position = 0
        self._connection = ""
        place: Place | None = socket.scope.get(PLACE)
        self._put = place.send if place is not None and place.send is not None else socket.send

    async def run(self) -> None:
        """Until one side ends it. Raises Closing or WebSocketDisconnect."""
        the(News).start()
        self._connection = await self._connect()
        try:
            topics = (NEWS, CALL_NEWS) if self._actor.supervises else (NEWS,)
            async with the(Hub).subscribe(
                *topics, agent_topic(self._actor.id), account_topic(self._actor.id)
            ) as changes:
                await _first_to_end(self._listen(changes), self._tell(changes))
        finally:
            the(Attendance).let_go(self._connection)
            await the(PresenceService).disconnect(self._connection)

    async def _connect(self) -> str:
        connection = await the(PresenceService).connect(self._actor, "api")
        the(Attendance).hold(connection, self._actor)
        return connection

    async def _listen(self, changes: Subscription) -> None:
        while True:
            message = await _receive(self._socket)
            self._heard_at = _now()
            if message.get("type") == "ping":
                self._pings = True
                changes.wake(HEARD)

    async def _tell(self, changes: Subscription) -> None:
        await self._snapshot()
        own, account, pinged_at = agent_topic(self._actor.id), account_topic(self._actor.id), _now()
        self._heard_at = pinged_at
        while True:
            topics = await changes.wait(max(0.0, pinged_at + PING_SECONDS - _now()))
            if self._pings:
                self._pings = False
                await self._send_text('{"type": "pong"}')
            if _now() - pinged_at >= PING_SECONDS:
                pinged_at = _now()
                await self._keep_alive()
            if account in topics:
                await self._check()
            if topics and topics <= {NEWS, CALL_NEWS}:
                await self._send_news(*the(Feed).known_since(self._actor, self._position))
            elif topics != {HEARD}:
                # What happens to this agent's own calls first: the rest comes with the news for everybody.
                await self._news(statuses=topics != {own})

    async def _keep_alive(self) -> None:
        if _now() - self._heard_at > the(Settings).lease_seconds:
            raise Closing(SILENT, "nothing heard")
        await self._send_text('{"type": "ping"}')

    async def _check(self) -> None:
        """Perhaps the sign-in is over, or the connection has lost its lease."""
        self._actor = await _identify(self._token)
        if not the(Attendance).holds(self._connection):
            self._connection = await self._connect()

    async def _news(self, *, statuses: bool) -> None:
        await self._send_news(*await the(Feed).since(self._actor, self._position, statuses=statuses))

    async def _send_news(self, happened: Sequence[FeedEvent] | None, position: int) -> None:
        self._position = position
        if happened is None:
            await self._snapshot()
        elif happened:
            await self._send_texts([event.text for event in happened])

    async def _snapshot(self) -> None:
        self._position = await the(Feed).position()
        desk = await the(DeskService).view(self._actor)
        team = await the(TeamService).view(self._actor)
        running = HistoryFilter(status=CallStatus.IN_PROGRESS)
        page = await the(HistoryService).page(self._actor, running, limit=OPEN_CALLS_SHOWN)
        await self._send(
            {
                "type": "snapshot",
                "id": f"p{self._position}",
                "at": the(UnitOfWorkFactory).clock().isoformat(),
                "desk": asdict(desk),
                "agents": [Agent.of(member).model_dump(mode="json") for member in team.members],
                "calls": [Call.of(row).model_dump(mode="json") for row in page.rows],
            }
        )

    async def _send(self, message: dict[str, Any]) -> None:
        await self._send_text(json.dumps(message, ensure_ascii=False))

    async def _send_text(self, text: str) -> None:
        await self._send_texts([text])

    async def _send_texts(self, texts: Sequence[str]) -> None:
        if self._lists and len(texts) > 1:
            texts = [f"[{','.join(texts)}]"]
        try:
            for start in range(0, len(texts), SENT_AT_ONCE):
                async with asyncio.timeout(SEND_SECONDS):
                    for text in texts[start : start + SENT_AT_ONCE]:
                        await self._put({"type": "websocket.send", "text": text})
        except TimeoutError:
            raise Closing(TOO_SLOW, "not reading") from None
        except (RuntimeError, OSError):
            raise WebSocketDisconnect(1006) from None


async def _authenticated(socket: WebSocket) -> tuple[str, Actor, bool]:
    """The token, whose it is, and whether they take lists."""
    try:
        async with asyncio.timeout(AUTH_SECONDS):
            message = await _receive(socket)
    except TimeoutError:
        raise Closing(NOT_SIGNED_IN, "no token came") from None
    token = message.get("token")
    if message.get("type") != "auth" or not isinstance(token, str):
        raise Closing(NOT_SIGNED_IN, "the first message has to be of type auth")
    return token, await _identify(token), message.get("lists") is True


def _sit_down(socket: WebSocket, actor: Actor) -> None:
    """Among the sockets of this agent. Raises Closing when there are too many."""
    place: Place | None = socket.scope.get(PLACE)
    try:
        if place is not None:
            place.sign_in(actor.id)
    except TooManyAtOnce:
        raise Closing(TOO_MANY, "too many sockets of this account") from None


async def _identify(token: str) -> Actor:
    try:
        return await the(Identification).identify(token, "api")
    except NotSignedIn:
        raise Closing(NOT_SIGNED_IN, "not signed in") from None


async def _receive(socket: WebSocket) -> dict[str, Any]:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code") or 1005)
    text = message.get("text") or ""
    if len(text) > LARGEST_MESSAGE or message.get("bytes"):
        raise Closing(TOO_BIG, "too big, or not text")
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise Closing(UNREADABLE, "not a JSON object")
    return parsed


async def _first_to_end(*work: Any) -> None:
    """Run these together until one of them raises; then end the others, and raise that."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def _close(socket: WebSocket, closing: Closing) -> None:
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await socket.close(closing.code, closing.reason)
    except (RuntimeError, TimeoutError, WebSocketDisconnect):
        logger.debug("the other side was gone already")


def _now() -> float:
    return asyncio.get_running_loop().time()
