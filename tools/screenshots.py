"""Takes the pictures in docs/screenshots: the real product on a telephone network of this machine, a real browser.

python tools/screenshots.py
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.async_api import Playwright, async_playwright, expect

from callcenter.accounts.cli import DEMO_ACCOUNTS, DEMO_PASSWORD
from callcenter.cli.simulator import Caller, Connection, voice
from callcenter.cli.web_build import build_if_changed
from tests.support.browser import Desk
from tests.support.desk_app import DeskApp
from tests.support.phone_network import PASSWORD, USER, PhoneNetwork
from tests.support.sipp import Sipp

PICTURES = ROOT / "docs" / "screenshots"
PLAN = """
[[numbers]]
number = "+49 30 901820"
label = "Support"

[[numbers]]
number = "+49 30 901821"
label = "Orders"

[inbound]
user = "{user}"
allowed_addresses = ["127.0.0.1"]

[outbound]
address = "127.0.0.1:{carrier}"
"""
NUMBERS = ("+493023125014", "+496990009127", "+494066969231", "+492214710412")


async def main() -> None:
    """One short working day."""
    os.chdir(ROOT)
    build_if_changed()
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        network = PhoneNetwork()
        network.start()
        livekit, plan = network.livekit, Path(home) / "telephony.toml"
        plan.write_text(PLAN.format(user=USER, carrier=network.carrier_port))
        settings = {name.upper(): str(value) for name, value in network.settings.items()}
        settings |= {"TELEPHONY_FILE": str(plan), "SIP_INBOUND_PASSWORD": PASSWORD}
        settings |= {"WRAP_UP_SECONDS": "1", "PUBLIC_URL": ""}
        app = DeskApp(livekit, Path(home), network.webhook_port, settings)
        try:
            app.run("migrate")
            app.run("telephony", "apply")
            for username, full_name, role in DEMO_ACCOUNTS:
                app.add_account(username, full_name, str(role), DEMO_PASSWORD)
            app.start()
            await take(app, network, Connection(livekit.ws_url, livekit.api_key, livekit.api_secret))
        finally:
            app.stop()
            network.stop()


async def take(app: DeskApp, network: PhoneNetwork, connection: Connection) -> None:
    """Sign-in, ringing, in a call by day and by night, the team, the history, the telephones."""
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
        await anna.page.keyboard.press("Alt+k")
        await anna.page.keyboard.type("4711#")
        await expect(anna.page.locator("#keys-sent")).to_contain_text("4711#")
        await picture(anna, "desk-keypad")
        await anna.page.keyboard.press("Escape")
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
        await sam.close()
        await telephones(playwright, app, network, anna)
        await anna.close()


async def telephones(playwright: Playwright, app: DeskApp, network: PhoneNetwork, anna: Desk) -> None:
    """What an administrator sees after two calls that the network refused and two that the rules did."""
    await anna.page.set_viewport_size({"width": 1280, "height": 720})
    await anna.visit("/")
    for number, code, phrase in (("030 23125777", 503, "Service Unavailable"), ("040 66969300", 404, "Not Found")):
        home = app.home / str(code)
        phone = await Sipp.refusing(home, network.carrier_port, code, phrase).start().listening()
        await anna.dial(number)
        await expect(anna.page.locator("#timeline")).to_contain_text(f"SIP {code}")
        await phone.over()
    for number in ("+1 202 555 0143", "112"):
        await anna.dial(number)
        await expect(anna.page.locator("#dial-refused")).to_contain_text("here")
        await expect(anna.button("Dial")).to_be_enabled()
    await picture(anna, "desk-not-dialled")
    ada = await Desk.open(playwright, app.url, app.home, 990)
    await ada.sign_in("ada")
    await ada.page.goto(f"{app.url}/telephones")
    await expect(ada.page.locator("[data-part=service]")).to_contain_text("Works")
    await expect(ada.page.locator("#dial-refusals")).to_contain_text("112")
    await picture(ada, "telephones")
    await ada.close()


async def picture(desk: Desk, name: str) -> None:
    await desk.page.evaluate("document.fonts.ready")
    await desk.page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/screenshots/{name}.png", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
