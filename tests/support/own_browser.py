"""A Chromium as people have it, whose pages can be hidden and frozen.

Pages that Playwright opens are kept visible for good (focus emulation), and Chromium freezes no visible page: it says
that it has, and the page goes on. Nor does it freeze, of its own accord, a page that a debugger looks at.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Error, Playwright

from tests.support.browser import CHECKED, FLAGS, RAW_SOUND, Desk, write_tone
from tests.support.ports import steady_port
from tests.support.waiting import until_async

PATIENCE = 60.0


@asynccontextmanager
async def own_desk(playwright: Playwright, url: str, home: Path, tone: int) -> AsyncIterator[Desk]:
    """Somebody's desk in the first tab of a browser of their own, not signed in yet."""
    port, microphone = steady_port(width=1), write_tone(home / f"tone-{tone}.wav", tone)
    command = [os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or playwright.chromium.executable_path]
    command += ["--headless=new", *FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
    command += [f"--remote-debugging-port={port}", f"--user-data-dir={home / f'chromium-{tone}'}", "about:blank"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        browser = await until_async(lambda: _connected(playwright, port), PATIENCE, lambda: "Chromium is silent")
        context = browser.contexts[0]
        await context.grant_permissions(["microphone", "notifications"], origin=url)
        await context.add_init_script(RAW_SOUND + CHECKED)
        yield Desk(url, browser, context, context.pages[0], tone)
        await browser.close()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _connected(playwright: Playwright, port: int) -> Browser | None:
    try:
        return await playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}", no_defaults=True)
    except Error:
        return None


async def freeze(desk: Desk) -> None:
    """Chromium hides the page and stops all that runs in it."""
    await _become(desk, "frozen")


async def thaw(desk: Desk) -> None:
    """It goes on in the background."""
    await _become(desk, "active")


async def _become(desk: Desk, state: str) -> None:
    session = await desk.context.new_cdp_session(desk.page)
    await session.send("Page.setWebLifecycleState", {"state": state})
    await session.detach()
