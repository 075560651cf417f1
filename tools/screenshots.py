"""Takes the pictures in docs/screenshots: the real product, a simulated caller, a real browser.

python tools/screenshots.py
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.async_api import async_playwright, expect  # noqa: E402

from callcenter.cli.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD  # noqa: E402
from callcenter.cli.simulator import Caller, Connection, voice  # noqa: E402
from callcenter.cli.web_build import build_if_changed  # noqa: E402
from tests.support.browser import Desk  # noqa: E402
from tests.support.desk_app import DeskApp  # noqa: E402
from tests.support.livekit_server import LiveKitServer, free_port  # noqa: E402

PICTURES = ROOT / "docs" / "screenshots"
NUMBERS = ("+493023125014", "+496990009127", "+494066969231", "+492214710412")


async def main() -> None:
    """One short working day."""
    os.chdir(ROOT)
    build_if_changed()
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        port = free_port()
        livekit = LiveKitServer.boot(f"http://127.0.0.1:{port}/api/calls/inbound")
        app = DeskApp(livekit, Path(home), port, {"WRAP_UP_SECONDS": "1", "PUBLIC_URL": ""})
        try:
            app.run("migrate")
            for username, full_name, role in DEMO_ACCOUNTS:
                app.add_account(username, full_name, str(role), DEMO_PASSWORD)
            app.start()
            await take(app, Connection(livekit.ws_url, livekit.api_key, livekit.api_secret))
        finally:
            app.stop()
            livekit.stop()


async def take(app: DeskApp, connection: Connection) -> None:
    """Sign-in, ringing, in a call by day and by night, the team, the history."""
    async with async_playwright() as playwright:
        anna = await Desk.open(playwright, app.url, app.home, 880)
        await anna.page.goto(f"{app.url}/sign-in")
        await picture(anna, "sign-in")
        await anna.sign_in("anna")
        await anna.become("Available")
        for number in NUMBERS[1:]:
            caller = await Caller.join(connection, number=number, to="+4930901820", sound=voice("caller"))
            await anna.button("Answer").click()
            await caller.wait_answered(10)
            await caller.hang_up()
            await expect(anna.page.locator("#status-menu")).to_contain_text("Available", timeout=15_000)
        await picture(anna, "desk-available")
        caller = await Caller.join(connection, number=NUMBERS[0], to="+4930901820", sound=voice("caller"))
        await expect(anna.button("Answer")).to_be_visible()
        await picture(anna, "desk-ringing")
        await anna.button("Answer").click()
        await caller.wait_answered(10)
        await expect(anna.button("Mute")).to_be_visible()
        await anna.page.wait_for_function("document.querySelector('[data-level=other]').ariaValueNow > 30")
        await picture(anna, "desk-in-call")
        await anna.page.emulate_media(color_scheme="dark")
        await picture(anna, "desk-in-call-dark")
        await anna.page.emulate_media(color_scheme="light")
        await anna.page.set_viewport_size({"width": 420, "height": 800})
        await picture(anna, "desk-in-call-narrow")
        sam = await Desk.open(playwright, app.url, app.home, 990)
        await sam.sign_in("sam")
        await sam.page.goto(f"{app.url}/team")
        await expect(sam.page.get_by_text("Anna Albers").first).to_be_visible()
        await picture(sam, "team")
        await caller.hang_up()
        await sam.page.goto(f"{app.url}/history")
        await expect(sam.page.locator("[data-row]").first).to_be_visible()
        await picture(sam, "history")
        await sam.page.locator("[data-row]").first.click()
        await expect(sam.page.locator("#timeline")).to_be_visible()
        await picture(sam, "call")
        await anna.close()
        await sam.close()


async def picture(desk: Desk, name: str) -> None:
    await desk.page.evaluate("document.fonts.ready")
    await desk.page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/screenshots/{name}.png", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
