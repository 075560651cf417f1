"""The sockets of this process: how many there may be, whose they are, and who of them is stuck.

Who is not signed in has few places and may not stay for long: each of their pages holds memory here. A client that does
not take what it is sent is let go, so that what waits for it cannot grow.
"""

import asyncio
import logging
from collections import Counter
from typing import Any, Literal

from starlette.types import Message, Receive, Send

from callcenter.platform.errors import Overloaded, TooManyAtOnce
from callcenter.platform.jobs.background_task import Background
from callcenter.platform.observability import metrics
from callcenter.platform.overload.event_loop_lag import ACTIONS, Load
from callcenter.settings import Settings

SEND_SECONDS = 12.0
"""How long a client may take for what it is sent before it counts as stuck."""
LOOK_SECONDS = 1.0
MESSAGES_A_SECOND = 50
MESSAGES_AT_ONCE = 200
"""What a client says faster than this is read later; it slows down nobody but itself."""
ADDRESS_SHARE = 0.5
"""Of the places for strangers, the most that one address may have: a whole house can be behind one."""

PLACE = "callcenter.place"
"""Where a socket's scope carries its place."""
GONE: Message = {"type": "websocket.disconnect", "code": 1001}

Kind = Literal["desk", "api"]
metrics.begin_refusals("desk_socket", "api_socket")
logger = logging.getLogger(__name__)


class Place:
    """One socket. ``account`` is 0 for as long as nobody has signed in at it."""

    def __init__(self, places: "Places", kind: Kind, address: str, account: int) -> None:
        self.kind = kind
        self.address = address
        self.account = account
        self.since = _now()
        self._places = places
        self._sender: asyncio.Task[Any] | None = None
        self._sending_since = 0.0
        self._receiver: asyncio.Task[Any] | None = None
        self._over = asyncio.Event()
        self._messages = float(MESSAGES_AT_ONCE)
        self._heard_at = self.since
        self.send: Send | None = None
        """Straight to the client, for who sends a lot: what is between costs as much again."""

    def sign_in(self, account: int) -> None:
        """Raises TooManyAtOnce when this agent has as many already."""
        self._places.moved(self, account)

    def is_stuck(self, now: float) -> bool:
        return self._sender is not None and now - self._sending_since > SEND_SECONDS

    def end(self) -> None:
        """For whoever serves this socket it looks as if the client had gone."""
        self._over.set()
        for task in (self._sender, self._receiver):
            if task is not None:
                task.cancel()

    def receiving(self, receive: Receive) -> Receive:
        """The client's messages, no faster than they may come."""

        async def received() -> Message:
            if self._over.is_set():
                return GONE
            self._receiver = task = asyncio.current_task()
            try:
                await self._in_pace()
                return await receive()
            except asyncio.CancelledError:
                if task is None or not self._over.is_set():
                    raise
                task.uncancel()
                return GONE
            finally:
                self._receiver = None

        return received

    def sending(self, send: Send) -> Send:
        """Notes since when the client has been sent something."""

        async def sent(message: Message) -> None:
            if self._over.is_set() and message["type"] == "websocket.send":
                raise OSError("the client was let go")
            self._sender = task = asyncio.current_task()
            self._sending_since = _now()
            try:
                await send(message)
            except asyncio.CancelledError:
                if task is None or not self._over.is_set():
                    raise
                task.uncancel()
                raise OSError("the client was let go") from None
            finally:
                self._sender = None

        self.send = sent
        return sent

    async def _in_pace(self) -> None:
        now = _now()
        self._messages = min(MESSAGES_AT_ONCE, self._messages + (now - self._heard_at) * MESSAGES_A_SECOND)
        self._heard_at = now
        if self._messages < 1:
            await asyncio.sleep((1 - self._messages) / MESSAGES_A_SECOND)
        self._messages -= 1


class Places:
    """All sockets of this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._taken: set[Place] = set()
        self._accounts: Counter[tuple[Kind, int]] = Counter()
        self._strangers: Counter[str] = Counter()
        self._watch = Background("places", self._look)

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, kind: Kind, address: str, account: int, load: Load) -> Place:
        """A place, to be left again. Raises Overloaded, or TooManyAtOnce for one's own limit."""
        if load.too_late_for(ACTIONS):
            raise _refused(kind, "overload", Overloaded())
        if len(self._taken) >= self._settings.max_sockets:
            raise _refused(kind, "full", Overloaded())
        self._check(kind, address, account)
        place = Place(self, kind, address, account)
        self._taken.add(place)
        self._count(place, 1)
        self._watch.start()
        return place

    def leave(self, place: Place) -> None:
        self._taken.discard(place)
        self._count(place, -1)

    def moved(self, place: Place, account: int) -> None:
        """A stranger has signed in. Raises TooManyAtOnce."""
        self._check(place.kind, place.address, account)
        self._count(place, -1)
        place.account = account
        self._count(place, 1)

    def _check(self, kind: Kind, address: str, account: int) -> None:
        if account:
            known = self._settings
            most = known.max_tabs_per_account if kind == "desk" else known.max_api_sockets_per_account
            if self._accounts[kind, account] >= most:
                raise _refused(kind, "account", TooManyAtOnce(f"This account has {most} of these open already."))
            return
        strangers = self._settings.max_sockets_signed_out
        if self._strangers.total() >= strangers:
            raise _refused(kind, "full", Overloaded())
        if self._strangers[address] >= max(1, strangers * ADDRESS_SHARE):
            raise _refused(kind, "address", TooManyAtOnce())

    def _count(self, place: Place, by: int) -> None:
        if place.account:
            self._accounts[place.kind, place.account] += by
            if self._accounts[place.kind, place.account] <= 0:
                del self._accounts[place.kind, place.account]
        else:
            self._strangers[place.address] += by
            if self._strangers[place.address] <= 0:
                del self._strangers[place.address]

    async def _look(self) -> None:
        """Let go of who is stuck, and of strangers whose time is over, for as long as there is anybody."""
        while self._taken:
            await asyncio.sleep(LOOK_SECONDS)
            now = _now()
            for place in tuple(self._taken):
                if place.is_stuck(now):
                    metrics.SLOW_CLIENTS.labels(f"{place.kind}_socket").inc()
                    logger.info("a client that did not read was let go", extra={"socket": place.kind})
                    place.end()
                elif not place.account and now - place.since > self._settings.signed_out_seconds:
                    place.end()


def _refused(kind: Kind, reason: str, error: Overloaded | TooManyAtOnce) -> Overloaded | TooManyAtOnce:
    metrics.REFUSED.labels(f"{kind}_socket", reason).inc()
    return error


def _now() -> float:
    return asyncio.get_running_loop().time()
