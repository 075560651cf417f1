"""Around everything that is served: how much at once, for whom, and how long a slow client may take."""

import asyncio
import logging
from collections.abc import Callable

from fastapi.exceptions import HTTPException
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter.platform.errors import Overloaded, Refusal
from callcenter.platform.http.admission import SIGNED, Lane, Lanes, Signposts, lane_of
from callcenter.platform.http.client_address import limits_key
from callcenter.platform.http.problem_details import refused
from callcenter.platform.http.websocket_admission import PLACE, Places
from callcenter.platform.observability import metrics
from callcenter.platform.overload.event_loop_lag import Load
from callcenter.platform.registry import the
from callcenter.settings import Settings

BODY_SECONDS = 20.0
"""The whole body of a request has to be here by then."""
SIGNED_SECONDS = 2.0
"""The same for the lanes of those who sign: what they send is small and comes at once."""
SEND_SECONDS = 30.0
"""A client has to take each piece of its answer within this."""
EVENT_SOCKET = "/api/ws"

LaneForSigned = Callable[[Lane, Scope, Headers], Lane]
"""Which lane a request gets that asks for one of those who sign: that one, or everybody's."""
logger = logging.getLogger(__name__)


class Answer:
    """What goes out, piece by piece."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.stuck = False

    async def send(self, message: Message) -> None:
        """Raises OSError, as servers do for a client that has gone."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(message)
        except TimeoutError:
            self.stuck = True
            metrics.SLOW_CLIENTS.labels("answer").inc()
            raise OSError("the client does not take its answer") from None


class Limits:
    """A pure ASGI layer. What it counts is of this process alone, and gone with it.

    ``account_of`` says whose limits a request counts for: the agent of a token we have signed, be it revoked; 0 for a
    stranger. ``doors`` makes what looks at signatures, with the settings.
    """

    def __init__(
        self,
        app: ASGIApp,
        signposts: Signposts,
        account_of: Callable[[HTTPConnection], int],
        doors: Callable[[Settings], LaneForSigned],
    ) -> None:
        self._app = app
        self._signposts = signposts
        self._account_of = account_of
        self._make_doors = doors
        self._settings: Settings | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _follow(self, settings: Settings) -> None:
        """The settings are known with the first request, not when this is made."""
        if self._settings is not settings:
            self._settings, self.lanes, self.places = settings, Lanes(settings), Places(settings)
            self._lane_for_signed = self._make_doors(settings)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        self._follow(the(Settings))
        lane = lane_of(scope, connection.headers, self._signposts)
        if lane in SIGNED:
            lane = self._lane_for_signed(lane, scope, connection.headers)
        address = limits_key(connection, the(Settings))
        account = 0 if lane in SIGNED or lane is Lane.PAGE else self._account_of(connection)
        try:
            ticket = self.lanes.enter(lane, address, account, the(Load))
        except Refusal as refusal:
            await refused(refusal)(scope, receive, send)
            return
        answer = Answer(send)
        try:
            await self._app(scope, _in_time(receive, signed=lane in SIGNED), answer.send)
        except Exception:
            if not answer.stuck:
                raise
            logger.info("a client that did not take its answer was let go")
        finally:
            self.lanes.leave(ticket)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        self._follow(the(Settings))
        api = scope["path"] == EVENT_SOCKET
        address = limits_key(connection, the(Settings))
        account = 0 if api else self._account_of(connection)
        try:
            place = self.places.take("api" if api else "desk", address, account, the(Load))
        except Refusal as refusal:
            await receive()
            await refused(refusal)(scope, receive, send)
            return
        try:
            await self._app({**scope, PLACE: place}, place.receiving(receive), place.sending(send))
        finally:
            self.places.leave(place)


def _in_time(receive: Receive, *, signed: bool) -> Receive:
    """A body that trickles holds its lane no longer than others; afterwards a client may listen as long as it likes."""
    seconds = SIGNED_SECONDS if signed else BODY_SECONDS
    deadline, complete = asyncio.get_running_loop().time() + seconds, False

    async def receiving() -> Message:
        nonlocal complete
        if complete:
            return await receive()
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            metrics.SLOW_CLIENTS.labels("body").inc()
            if signed:  # perhaps it was us who came late: those who sign send it again when they are told so
                raise Overloaded() from None
            headers = {"Connection": "close"}
            raise HTTPException(408, "The body of the request did not come in time.", headers) from None
        complete = not message.get("more_body", False)
        return message

    return receiving
