"""Firefox for the stories: the one that is installed, driven by Playwright.

Playwright speaks WebDriver BiDi with any Firefox, and asks each for the latest commands of that protocol. A Firefox
with extended support does not know all of them yet. So Playwright starts this module as a program, which starts
Firefox, passes every message on, and answers for Firefox where a story can do without the command.
"""

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path

from playwright.async_api import Browser, Playwright
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

PROGRAMS = ("firefox-esr", "firefox")
PREFERENCES: dict[str, str | float | bool] = {
    # A microphone that plays a tone, and nobody who is asked whether the page may have it.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    # LiveKit is on the same machine, and may be so on one without a network.
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    # Firefox computes no sound where no device would play it, and a machine for tests has none.
    "media.cubeb.force_mock_context": True,
}
DISPENSABLE = {"emulation.setMediaFeaturesOverride"}
"""Firefox 153 draws light or dark as its preferences say."""
_LISTENS = re.compile(rb"(?<=WebDriver BiDi listening on )ws://\S+")


def installed() -> str:
    """The path of a Firefox, or nothing."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), "")


async def launch(playwright: Playwright, folder: Path, hertz: int, **preferences: str | float | bool) -> Browser:
    """Firefox, whose simulated microphone plays a tone of ``hertz``; ``folder`` is for a file of its own."""
    told = {**PREFERENCES, "media.navigator.audio.fake_frequency": hertz, **preferences}
    program = _program(folder, installed())
    return await playwright.firefox.launch(executable_path=program, channel="moz-firefox", firefox_user_prefs=told)


def _program(folder: Path, firefox: str) -> Path:
    """A file that runs this module, as Playwright starts nothing but a file."""
    file = folder / "firefox"
    root = Path(__file__).resolve().parents[2]
    start = f'PYTHONPATH="{root}" exec "{sys.executable}" -m {__name__} "{firefox}" "$@"'
    file.write_text(f"#!/bin/sh\n{start}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


async def _run(command: list[str]) -> int:
    """Run Firefox to its end; returns its exit status. Playwright reads its address from what it says."""
    firefox = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    assert firefox.stderr
    async for line in firefox.stderr:
        listens = _LISTENS.search(line)
        os.write(2, _LISTENS.sub(await _stand_between(listens[0].decode()), line) if listens else line)
    return await firefox.wait()


async def _stand_between(address: str) -> bytes:
    """Listen for Playwright, and return where."""
    server = await serve(lambda playwright: _pass_on(playwright, address), "127.0.0.1", 0, max_size=None)
    port = next(iter(server.sockets)).getsockname()[1]
    return f"ws://127.0.0.1:{port}".encode()


async def _pass_on(playwright: ServerConnection, address: str) -> None:
    asked: set[int] = set()

    async def there() -> None:
        async for message in playwright:
            command = json.loads(message)
            if command["method"] in DISPENSABLE:
                asked.add(command["id"])
            await firefox.send(message)

    async def back() -> None:
        async for message in firefox:
            answer = json.loads(message)
            if answer.get("error") == "unknown command" and answer["id"] in asked:
                message = json.dumps({"type": "success", "id": answer["id"], "result": {}})
            await playwright.send(message)

    async with connect(f"{address}/session", max_size=None, compression=None) as firefox:
        ways = [asyncio.create_task(there()), asyncio.create_task(back())]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()


if __name__ == "__main__":
    sys.exit(asyncio.run(_run(sys.argv[1:])))
