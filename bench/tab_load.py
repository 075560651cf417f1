"""The process that has many tabs open, and tells the measuring one what they are sent. See bench/tabs.py."""

import asyncio
import itertools
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bench.tab import Page, Tab

OPEN_AT_ONCE = 20
PATIENCE = 120.0


@dataclass(frozen=True)
class Sight:
    """A message that held the pattern: when it came (``time.perf_counter``), to which tab, and the pattern's groups."""

    at: float
    tab: int
    groups: tuple[str, ...] = ()


@dataclass
class Crowd:
    """All tabs of the load process, and what they look out for."""

    tell: Callable[[dict[str, Any]], None]
    tabs: list[Tab] = field(default_factory=list)
    pattern: "re.Pattern[bytes] | None" = None
    sights: list[Sight] = field(default_factory=list)
    once: bool = True
    wanted: int = 0
    seen_by: set[int] = field(default_factory=set)

    async def open(self, url: str, pages: Sequence[Page]) -> None:
        parts, turns = urlsplit(url), asyncio.Semaphore(OPEN_AT_ONCE)
        loop = asyncio.get_running_loop()

        async def one(page: Page) -> Tab:
            async with turns:
                number = next(numbers)
                host, port = parts.hostname or "127.0.0.1", parts.port or 80
                _, tab = await loop.create_connection(lambda: Tab(page, number, parts.netloc, self.look), host, port)
                self.tabs.append(tab)
                async with asyncio.timeout(PATIENCE):
                    await tab.shown
                return tab

        numbers = itertools.count(len(self.tabs))
        await asyncio.gather(*(one(page) for page in pages))
        self.tabs.sort(key=lambda tab: tab._number)

    def look_for(self, pattern: str, wanted: int) -> None:
        """Until ``wanted`` tabs have seen it, once each; 0: for ever, and each time is told at once."""
        self.pattern, self.wanted, self.sights, self.seen_by = re.compile(pattern.encode()), wanted, [], set()

    def look(self, tab: int, message: bytes) -> None:
        if self.pattern is None or (found := self.pattern.search(message)) is None:
            return
        sight = Sight(time.perf_counter(), tab, tuple(group.decode() for group in found.groups()))
        if not self.wanted:
            self.tell({"sight": asdict(sight)})
        elif tab not in self.seen_by:
            self.seen_by.add(tab)
            self.sights.append(sight)
            if len(self.sights) == self.wanted:
                self.pattern = None
                self.tell({"done": [asdict(one) for one in self.sights]})

    async def obey(self, order: dict[str, Any]) -> None:
        match order.pop("do"):
            case "open":
                await self.open(order["url"], [Page(**page) for page in order["pages"]])
                self.tell({"done": len(self.tabs)})
            case "look":
                self.look_for(order["pattern"], order["wanted"])
                self.tell({"looking": True})
            case "emit":
                self.tabs[order["tab"]].emit(order["event"], order["payload"])
                self.tell({"done": 1})
            case "count":
                self.tell({"done": [sum(not one.closed for one in self.tabs), sum(one.received for one in self.tabs)]})
            case "leave":
                for tab in self.tabs:
                    tab.leave()
                await asyncio.sleep(0)


async def _serve_orders() -> None:
    loop, orders = asyncio.get_running_loop(), asyncio.StreamReader(limit=2**26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    crowd = Crowd(lambda message: print(json.dumps(message), flush=True))
    while line := await orders.readline():
        try:
            await crowd.obey(json.loads(line))
        except Exception as error:
            print(json.dumps({"failed": f"{type(error).__name__}: {error}"}), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve_orders())
