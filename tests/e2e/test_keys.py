"""Telephone keys in a call: the agent's reach the phone in their order, the phone's are shown."""

from playwright.async_api import expect

from tests.e2e.conftest import CALLER_TONE, CallIn, OpenDesk
from tests.support.desk_app import DeskApp
from tests.support.every_page import SIZES, violations

PASTE = """
(element, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/plain', text);
  element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
}
"""


async def test_keys_go_both_ways(shared_desk: DeskApp, open_desk: OpenDesk, call_in: CallIn) -> None:
    anna = await open_desk()
    page = anna.page
    caller = await call_in()
    reached: list[tuple[int, str]] = []
    caller.room.on("sip_dtmf_received", lambda tone: reached.append((tone.code, tone.digit)))
    await anna.button("Answer").click()
    await anna.hears(CALLER_TONE)

    await expect(anna.button("Keypad")).to_be_enabled()
    await page.keyboard.press("Alt+k")
    await expect(page.locator("#keypad")).to_be_focused()
    await page.keyboard.type("12*")
    await page.locator("#keypad").get_by_role("button", name="hash").click()
    await page.keyboard.type("0")
    await page.get_by_role("group", name="Keypad").last.evaluate(PASTE, "7 8-9 abc")
    await expect(page.locator("#keys-sent")).to_have_text("Sent 12*#0789")
    await caller.wait_until(lambda: len(reached) == 8, 10, f"heard only {reached}")
    assert reached == [(1, "1"), (2, "2"), (10, "*"), (11, "#"), (0, "0"), (7, "7"), (8, "8"), (9, "9")]

    for key in "42":
        await caller.room.local_participant.publish_dtmf(code=int(key), digit=key)
    await expect(page.get_by_role("log")).to_have_text("Pressed on the phone 42")
    await expect(page.get_by_role("log").get_by_text("2", exact=True)).to_be_visible()

    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await expect(anna.button("Hang up")).to_be_in_viewport(ratio=1)
        await expect(page.locator("#keypad").get_by_role("button", name="5")).to_be_visible()
    assert await violations(page) == []
    await page.set_viewport_size({"width": 1280, "height": 720})

    await page.keyboard.press("Escape")
    await expect(page.locator("#keypad")).to_be_hidden()
    await expect(anna.button("Keypad")).to_be_focused()
    await page.keyboard.press("5")
    await page.keyboard.press("Alt+k")
    await page.get_by_label("Phone number").fill("123")
    await page.keyboard.type("4")
    await expect(page.get_by_label("Phone number")).to_have_value("1234")
    await expect(page.locator("#keys-sent")).to_have_text("Sent 12*#0789")
    await anna.button("Hang up").click()
    await caller.wait_over(5)
    assert len(reached) == 8, "a key typed elsewhere was sent"

    again = await call_in("+493023125002")
    await anna.button("Answer").click()
    await again.wait_answered(10)
    await expect(page.get_by_role("log")).to_be_empty()
    await expect(page.locator("#keypad")).to_be_hidden()
    await anna.button("Hang up").click()
    await again.wait_over(5)
