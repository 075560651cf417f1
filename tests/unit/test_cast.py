"""What many tabs show alike: one reading and one message for all of them, and nobody is left with what was before."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import pytest

from callcenter.bootstrap import Services
from callcenter.platform.pubsub.change_bus import QUEUE
from callcenter.platform.reflex import broadcast
from callcenter.platform.reflex.broadcast import Cast
from callcenter.workspace.tab.waiting_calls_state import Queue


class Sockets:
    """In place of the socket server: who is in which room, and what each has been sent."""

    def __init__(self) -> None:
        self.sio = self.manager = self
        self.rooms: dict[str, set[str]] = defaultdict(set)
        self.sent: dict[str, dict[str, Any]] = defaultdict(dict)
        self.messages = 0
        self.told = asyncio.Event()

    def is_connected(self, sid: str, namespace: str) -> bool:
        return True

    async def enter_room(self, sid: str, room: str, namespace: str) -> None:
        self.rooms[room].add(sid)

    async def leave_room(self, sid: str, room: str, namespace: str) -> None:
        self.rooms[room].discard(sid)

    async def emit(self, event: str, update: dict[str, Any], to: str, namespace: str) -> None:
        self.messages += 1
        for sid in self.rooms.get(to, {to}):
            self.sent[sid] |= update["delta"][Queue.get_full_name()]
        self.told.set()

    async def until(self, sid: str, number: int) -> None:
        async with asyncio.timeout(60):
            while self.sent[sid].get("number_rx_state_") != number:
                self.told.clear()
                await self.told.wait()


class Source:
    def __init__(self) -> None:
        self.number = 0
        self.readings = 0
        self.broken = False

    async def read(self, key: str) -> dict[str, Any]:
        self.readings += 1
        if self.broken:
            raise RuntimeError("not now")
        return {"number": self.number, "key": key}


@pytest.fixture
def sockets() -> Sockets:
    return Sockets()


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
async def shown(
    services: Services, sockets: Sockets, source: Source, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Cast[str]]:
    monkeypatch.setattr(broadcast, "_apps", [sockets])
    monkeypatch.setattr(broadcast, "TROUBLE_SECONDS", 0.01)
    made: Cast[str] = Cast(lambda: Queue, (QUEUE,), source.read, trouble={"number": -1})
    yield made
    for sid in tuple(made._tabs):
        await made.leave(sid)


async def test_all_are_told_with_one_reading_and_one_message(
    shown: Cast[str], sockets: Sockets, source: Source, services: Services
) -> None:
    for number in range(50):
        await shown.join(f"tab{number}", "all")
    assert source.readings == 1
    sockets.messages = 0
    source.number = 1
    services.hub.publish(QUEUE)
    for number in range(50):
        await sockets.until(f"tab{number}", 1)
    assert (source.readings, sockets.messages) == (2, 1)


async def test_nothing_is_sent_when_nothing_is_different(
    shown: Cast[str], sockets: Sockets, source: Source, services: Services
) -> None:
    await shown.join("tab", "all")
    sockets.messages = 0
    services.hub.publish(QUEUE)
    source.number = 1
    services.hub.publish(QUEUE)
    await sockets.until("tab", 1)
    assert sockets.sent["tab"] == {"number_rx_state_": 1, "key_rx_state_": "all"}
    assert sockets.messages == 1


async def test_who_joins_later_and_who_wants_something_else(
    shown: Cast[str], sockets: Sockets, source: Source, services: Services
) -> None:
    await shown.join("first", "all")
    await shown.join("second", "some")
    assert sockets.sent["second"]["key_rx_state_"] == "some"
    source.number = 1
    services.hub.publish(QUEUE)
    await shown.join("third", "all")
    await asyncio.gather(*(sockets.until(sid, 1) for sid in ("first", "second", "third")))
    await shown.join("first", "some")
    assert sockets.sent["first"]["key_rx_state_"] == "some"


async def test_who_has_left_is_told_nothing(
    shown: Cast[str], sockets: Sockets, source: Source, services: Services
) -> None:
    await shown.join("gone", "all")
    await shown.join("here", "all")
    await shown.leave("gone")
    source.number = 1
    services.hub.publish(QUEUE)
    await sockets.until("here", 1)
    assert sockets.sent["gone"]["number_rx_state_"] == 0


async def test_trouble_is_told_and_its_end(
    shown: Cast[str], sockets: Sockets, source: Source, services: Services
) -> None:
    await shown.join("tab", "all")
    source.broken = True
    services.hub.publish(QUEUE)
    await sockets.until("tab", -1)
    source.broken = False
    await sockets.until("tab", 0)
