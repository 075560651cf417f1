"""What many tabs show alike is read once, written out once, and sent to all of them at once.

Such values are never in the state of one tab: there they keep their defaults, and only what is sent here changes
them in the browser. So no tab's state has to be locked, compared and written out for a change that concerns all.
Whoever joins is sent all there is; then all are sent what is different. See docs/decisions/wake-ups.md.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

import reflex as rx

from callcenter.platform.errors import DatabaseUnavailable
from callcenter.platform.jobs.background_task import Background
from callcenter.platform.pubsub.change_bus import Hub
from callcenter.platform.reflex import page_sockets
from callcenter.platform.registry import the

LOOK_SECONDS = 5.0
"""Leases run out without a notice, so look this often anyway."""
TROUBLE_SECONDS = 2.0
PAUSE_SECONDS = 0.05
PAUSE_A_TAB_SECONDS = 0.002
LONGEST_PAUSE_SECONDS = 1.0
"""Between two messages to the same tabs: the more there are, the more changes are gathered."""

Key = TypeVar("Key")
logger = logging.getLogger(__name__)
_apps: list[rx.App] = []
_casts: "list[Cast[Any]]" = []


def attach(app: rx.App) -> None:
    """The application through whose sockets is sent."""
    _apps[:] = [app]


async def leave_all(sid: str) -> None:
    """This tab is shown nothing more of what many are shown."""
    for one in _casts:
        await one.leave(sid)


class Cast(Generic[Key]):
    """The tabs of this process that show some vars of a state; those with the same key show the same."""

    def __init__(
        self,
        state: Callable[[], type[rx.State]],
        topics: tuple[str, ...],
        read: Callable[[Key], Awaitable[dict[str, Any]]],
        *,
        trouble: dict[str, Any] | None = None,
        lead_seconds: float = 0,
    ) -> None:
        """``lead_seconds``: how long what is more urgent goes first. ``trouble``: sent when it could not be read."""
        self._state = state
        self._topics = topics
        self._read = read
        self._trouble = trouble or {}
        self._lead = lead_seconds
        self._tabs: dict[str, Key] = {}
        self._shown: dict[Key, dict[str, Any]] = {}
        self._turn = asyncio.Lock()
        self._keeping = Background("a cast to many tabs", self._keep)
        _casts.append(self)

    async def join(self, sid: str, key: Key) -> None:
        """This tab (its socket's id) is shown what belongs to ``key``, from now until it joins another or leaves."""
        if not sid:
            return
        await self._leave_room(sid)
        self._tabs[sid] = key
        self._keeping.start()
        async with self._turn:
            if key not in self._shown:
                self._shown[key] = await self._read(key)
            if self._tabs.get(sid) == key:
                await _enter(sid, self._room(key))
                await self._send(sid, self._shown[key])

    async def leave(self, sid: str) -> None:
        await self._leave_room(sid)
        if not self._tabs:
            self._shown.clear()
            self._keeping.cancel()

    async def _leave_room(self, sid: str) -> None:
        key = self._tabs.pop(sid, None)
        if key is None:
            return
        await _leave(sid, self._room(key))
        if key not in self._tabs.values():
            self._shown.pop(key, None)

    async def _keep(self) -> None:
        async with the(Hub).subscribe(*self._topics) as changes:
            while True:
                if await changes.wait(LOOK_SECONDS):
                    await asyncio.sleep(self._lead)
                try:
                    await self._tell()
                except Exception as error:
                    say = logger.warning if isinstance(error, DatabaseUnavailable) else logger.exception
                    say("what all tabs show could not be read")
                    await self._tell_trouble()
                    await asyncio.sleep(TROUBLE_SECONDS)
                    changes.wake(self._topics[0])
                pause = PAUSE_SECONDS + len(self._tabs) * PAUSE_A_TAB_SECONDS
                await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, pause))

    async def _tell(self) -> None:
        for key in tuple(self._shown):
            async with self._turn:
                if key not in self._shown:
                    continue
                values, shown = await self._read(key), self._shown[key]
                different = {name: value for name, value in values.items() if shown.get(name) != value}
                if different:
                    self._shown[key] = values
                    await self._send(self._room(key), different)

    async def _tell_trouble(self) -> None:
        for key, shown in tuple(self._shown.items()):
            if self._trouble:
                self._shown[key] = shown | self._trouble
                await self._send(self._room(key), self._trouble)

    async def _send(self, to: str, values: dict[str, Any]) -> None:
        """Nothing is waited for between the reading and this that could let an older message overtake a newer one."""
        for server in _servers():
            await page_sockets.send(server, to, self._state(), values)

    def _room(self, key: Key) -> str:
        return f"{self._state().get_full_name()}:{key!r}"


async def _enter(sid: str, room: str) -> None:
    for server in _servers(sid):
        await page_sockets.enter(server, sid, room)


async def _leave(sid: str, room: str) -> None:
    for server in _servers(sid):
        await page_sockets.leave(server, sid, room)


def scope_of(sid: str) -> Mapping[str, Any]:
    """The ASGI scope of a page's socket; empty when that has gone."""
    for server in _servers(sid):
        return page_sockets.scope_of(server, sid)
    return {}


def _servers(sid: str = "") -> list[Any]:
    """The one whose sockets these are, once the application is there; with ``sid`` only if that is still connected."""
    found = [app.sio for app in _apps if app.sio is not None]
    return [one for one in found if not sid or page_sockets.is_open(one, sid)]
