"""What draws the agent's eye and ear, and the keys that work wherever the focus is."""

from playwright.async_api import Page, expect

from tests.e2e.conftest import ANNA_TONE, CallIn, OpenDesk
from tests.support.desk_app import DeskApp

SHOWN = "+49 30 23125001"
QUIET = "Desk · callcenter"
WITNESS = """
window.played = []; window.notes = [];
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () { played.push(this.getAttribute('src')); return play.call(this); };
window.Notification = class {
  static permission = 'granted';
  constructor(title, options) { notes.push(this); Object.assign(this, { title, ...options }); }
  close() { this.closed = true; }
};
document.hasFocus = () => false;
localStorage.setItem('callcenter.ring_volume', '0.3');
"""
"""Somebody who looks at another window."""
RINGS = "() => { const ring = document.getElementById('ring'); return !ring?.paused && ring.volume === 0.3; }"


async def icon(page: Page) -> str | None:
    return await page.locator("link[rel=icon]").get_attribute("href")


async def test_a_call_is_seen_heard_and_has_the_focus(desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn) -> None:
    anna = await open_desk()
    page = anna.page
    await page.add_init_script(WITNESS)
    await anna.visit("/")
    await expect(page).to_have_title(QUIET)
    await anna.button("Delete the last digit").focus()

    caller = await call_in()
    await expect(page).to_have_title(f"☎ Incoming: {SHOWN}")
    await page.wait_for_function(RINGS)
    await expect(page.locator("#offer")).to_be_focused()
    assert await icon(page) == "/favicon-ringing.svg"
    notes = await page.evaluate("notes.map((one) => [one.title, one.body, !one.closed])")
    assert notes == [["Incoming call", SHOWN, True]]

    await page.keyboard.press("Alt+A")
    await caller.wait_hears(10, tone=ANNA_TONE)
    await page.wait_for_function("!document.getElementById('ring') && notes[0].closed")
    await expect(anna.button("Delete the last digit")).to_be_focused()
    await page.wait_for_function("/^00:\\d\\d · in call$/.test(document.title)")
    assert await icon(page) == "/favicon-call.svg"
    await page.wait_for_function("played.includes('/cue-connected.wav')")

    await page.get_by_role("link", name="History").click()
    await page.wait_for_url("**/history")
    await page.wait_for_function("/^00:\\d\\d · in call$/.test(document.title)")
    await caller.hang_up()
    await expect(page).to_have_title("History · callcenter")
    await page.wait_for_function("played.at(-1) === '/cue-ended.wav'")
    assert await icon(page) == "/favicon.svg"


async def test_keys_work_everywhere_and_plain_letters_do_not(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk()
    page, sheet, number = anna.page, anna.page.get_by_role("dialog"), anna.page.get_by_label("Phone number")
    await page.keyboard.press("?")
    await expect(sheet).to_contain_text("Answer")
    await page.keyboard.press("Escape")
    await expect(sheet).to_be_hidden()
    await page.keyboard.press("Alt+k")
    await expect(number).to_be_focused()
    await page.keyboard.type("?a")
    await expect(number).to_have_value("?a")
    await page.keyboard.press("Alt+s")
    await expect(page.get_by_role("menuitem", name="Lunch")).to_be_visible()
    await page.keyboard.press("Escape")

    caller = await call_in()
    await expect(anna.button("Answer")).to_be_visible()
    await number.focus()
    await page.keyboard.press("a")
    await expect(number).to_have_value("?aa")
    await expect(sheet).to_be_hidden()
    assert not caller.answered
    await page.keyboard.press("Alt+a")
    await caller.wait_answered(10)
