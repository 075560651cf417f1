"""An agent at a real desk: Chromium with the page, and somebody who clicks on what they see."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Error, Playwright, async_playwright

from tests.chaos.tones import TONES
from tests.support.browser import HEARD_DB, LISTEN, LOUDNESS, Desk

FAINT_DB = 8
"""So much quieter than the loudest is no other tone, but what a beginning, an end or a gap of that one sounds like.
Callers are equally loud."""
HEARD = f"""
(tones) => {{
  const loud = tones.map({LOUDNESS}), least = Math.max({HEARD_DB}, Math.max(...loud) - {FAINT_DB});
  return tones.filter((_, index) => loud[index] > least);
}}
"""
LOOK_SECONDS = 0.3
LOST_SECONDS = 60.0
"""A browser that does not answer for so long is closed, and another one opened."""
PATIENCE_MS = 20_000
CLICK_MS = 5_000


class AtTheDesk:
    """The same to the harness as a Program. Its browser may be killed or frozen: they start another one."""

    def __init__(self, username: str, hertz: int, home: Path, address: str) -> None:
        self.username = username
        self.hertz = hertz
        self.identity = ""
        self.id = 0
        self.status = "Available"
        self.declines = 0
        self.errors: list[str] = []
        self._home = home
        self._address = address
        self._playwright: Playwright | None = None
        self._desk: Desk | None = None
        self._life: asyncio.Task[None] | None = None
        self._hearing: set[int] = set()
        self._heard_before: set[int] = set()

    # what the harness does with it

    def start(self) -> None:
        self._life = asyncio.create_task(self._live(), name=self.username)

    async def stop(self) -> None:
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)
        if self._desk is not None:
            await self._desk.close()
        if self._playwright is not None:
            await self._playwright.stop()

    @property
    def calls(self) -> None:
        """A browser does not say which call it is in."""

    def heard(self, tones: tuple[int, ...]) -> list[set[int]]:
        """What was heard at the last two looks, some tenths of a second apart; nothing when nothing is heard."""
        return [self._hearing & set(tones)] if self._hearing else []

    def cut(self) -> None:
        """Its connections break when the door in front of all hosts is cut."""

    async def lose_sound(self) -> None:
        """The page is loaded anew."""
        await self._try(lambda desk: desk.page.reload())

    async def hang_up(self) -> None:
        await self._try(lambda desk: desk.button("Hang up").click(timeout=CLICK_MS))

    async def be(self, status: str) -> None:
        """Chosen by the person at the desk as soon as the page shows something else."""
        self.status = status

    def signal(self, number: signal.Signals) -> None:
        """To the browser and all its processes."""
        for pid in self._pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    # its life

    async def _live(self) -> None:
        self._playwright = await async_playwright().start()
        while True:
            try:
                await self._open()
                while True:
                    await self._look()
                    await asyncio.sleep(LOOK_SECONDS)
            except (Error, AssertionError, TimeoutError) as error:
                self._note(error)
            self._hearing = set()
            await asyncio.sleep(1)

    def _note(self, error: Exception) -> None:
        """Why another browser is opened: for whoever wonders."""
        with (self._home / "log").open("a") as log:
            log.write(f"{datetime.now(UTC):%H:%M:%S} {type(error).__name__}: {str(error)[:300]}\n")

    async def _open(self) -> None:
        assert self._playwright is not None
        if self._desk is not None:
            self.signal(signal.SIGKILL)
            await self._desk.close()
        self._desk = await Desk.open(self._playwright, self._address, self._home, self.hertz)
        self._desk.page.set_default_timeout(PATIENCE_MS)
        await self._desk.sign_in(self.username)

    async def _look(self) -> None:
        """Do what a person would do about what they see."""
        assert self._desk is not None
        desk = self._desk
        async with asyncio.timeout(LOST_SECONDS):
            await desk.page.evaluate(LISTEN)
            heard = set(await desk.page.evaluate(HEARD, list(TONES)))
            self._hearing, self._heard_before = heard & self._heard_before, heard
            answer = desk.button("Answer")
            if await answer.is_visible():
                with contextlib.suppress(Error):
                    await (desk.button("Decline") if self._lets_go() else answer).click(timeout=CLICK_MS)
            elif "/sign-in" in desk.page.url:
                await desk.sign_in(self.username)
            else:
                await self._choose(desk)

    def _lets_go(self) -> bool:
        self.declines -= 1
        return self.declines >= 0

    async def _choose(self, desk: Desk) -> None:
        if await desk.button("Hang up").is_visible():
            return
        shown = await desk.page.locator("#status-menu .cc-dot").get_attribute("data-status")
        wanted = "Available" if self.status == "Available" else "Break"
        if shown != "busy" and (shown == "available") != (wanted == "Available"):
            with contextlib.suppress(Error, AssertionError):
                await desk.choose(wanted)

    async def _try(self, act: Callable[[Desk], Awaitable[object]]) -> None:
        if self._desk is not None:
            with contextlib.suppress(Error):
                await act(self._desk)

    def _pids(self) -> list[int]:
        """The browser with our microphone, and its children."""
        sound = f"tone-{self.hertz}.wav"
        parents: dict[int, int] = {}
        found: list[int] = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            with contextlib.suppress(OSError, ValueError):
                pid, command = int(folder.name), (folder / "cmdline").read_bytes().decode(errors="replace")
                parents[pid] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if str(self._home / sound) in command:
                    found.append(pid)
        while more := [pid for pid, parent in parents.items() if parent in found and pid not in found]:
            found += more
        return found
