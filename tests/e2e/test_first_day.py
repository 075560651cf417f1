"""From the door to the first call: signing in and out, and the sound check."""

import re

from playwright.async_api import expect

from callcenter.accounts.cli import DEMO_PASSWORD
from tests.e2e.conftest import ANNA_TONE, CALLER_TONE, IN_EVERY_BROWSER, CallIn, OpenDesk
from tests.support.browser import AT_THE_DOOR
from tests.support.desk_app import DeskApp

SINKS = """
window.sinks = [];
const choose = HTMLMediaElement.prototype.setSinkId;
HTMLMediaElement.prototype.setSinkId = function (id) { sinks.push(id); return choose.call(this, id); };
"""
UNKNOWN_SINKS = """
navigator.mediaDevices.enumerateDevices().then(
  (all) => sinks.filter((id) => id && !all.some((one) => one.kind === 'audiooutput' && one.deviceId === id)))
"""
WANTED = re.compile(r"/history/?\?direction=Inbound$")


async def test_the_microphone_is_checked_before_the_first_call(
    shared_desk: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk(checked=False, status="")
    await expect(anna.page.get_by_text("First, a quick sound check")).to_be_visible()
    await anna.button("Check my microphone").click()
    await anna.page.wait_for_function(
        "Number(document.querySelector('[role=meter][aria-label=\"Level of your microphone\"]')?.ariaValueNow) > 20"
    )
    await anna.button("Sounds good: go available").click()
    await expect(anna.page.get_by_text("You are available.")).to_be_visible()
    await anna.page.reload()
    await expect(anna.page.get_by_text("You are available.")).to_be_visible()

    caller = await call_in()
    await anna.button("Answer").click()
    await caller.wait_hears(10, tone=ANNA_TONE)
    await anna.button("Hang up").click()
    await expect(anna.button("Hang up")).to_be_hidden()


async def test_a_microphone_that_is_not_allowed_is_explained(shared_desk: DeskApp, open_desk: OpenDesk) -> None:
    ben = await open_desk("ben", checked=False, allowed=False, status="")
    await ben.button("Check my microphone").click()
    await expect(ben.page.get_by_role("alert").filter(has_text="microphone")).to_contain_text(
        "The browser does not let this page use the microphone. Allow it next to the address bar"
    )
    await expect(ben.button("Sounds good: go available")).to_be_disabled()
    await expect(ben.page.locator("#status-menu")).to_contain_text("Offline")


async def test_a_browser_in_which_no_speaker_can_be_chosen_offers_no_choice(
    shared_desk: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    """Safari is one."""
    anna = await open_desk()
    await anna.context.add_init_script("delete HTMLMediaElement.prototype.setSinkId;")
    await anna.visit("/")
    await anna.page.locator("#account-menu").click()
    await anna.page.get_by_role("menuitem", name="Microphone and speaker").click()
    dialog = anna.page.get_by_role("dialog")
    await expect(dialog.get_by_role("combobox")).to_have_count(1)
    await expect(dialog.get_by_role("combobox", name="Microphone")).to_be_visible()
    await dialog.get_by_role("button", name="Play a sound").click()
    await dialog.get_by_role("button", name="Test the ring").click()
    await anna.page.keyboard.press("Escape")

    caller = await call_in()
    await anna.button("Answer").click()
    await caller.wait_hears(10, tone=ANNA_TONE)
    await anna.hears(CALLER_TONE)
    await anna.button("Hang up").click()
    await caller.wait_over(5)


@IN_EVERY_BROWSER
async def test_a_call_is_played_on_a_device_that_the_browser_knows(
    shared_desk: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    """The system's choice is called "default" in some browsers and nothing in others."""
    anna = await open_desk()
    await anna.context.add_init_script(SINKS)
    await anna.visit("/")
    caller = await call_in()
    await anna.button("Answer").click()
    await anna.hears(CALLER_TONE)
    assert await anna.page.evaluate(UNKNOWN_SINKS) == []
    await anna.button("Hang up").click()
    await caller.wait_over(5)


async def test_a_wrong_password_is_said_and_the_right_one_leads_where_one_wanted_to_go(
    shared_desk: DeskApp, open_desk: OpenDesk
) -> None:
    anna = await open_desk(status="")
    await anna.sign_out()
    await anna.page.goto(f"{anna.url}/history?direction=Inbound")
    await anna.page.wait_for_url(AT_THE_DOOR)
    await anna.try_to_sign_in("anna", "not-her-password")
    await expect(anna.page.get_by_role("alert")).to_have_text("User name or password is wrong.")
    await anna.try_to_sign_in("anna")
    await anna.page.wait_for_url(WANTED)


async def test_signing_out_in_one_tab_closes_the_others_and_they_come_back_to_where_they_were(
    shared_desk: DeskApp, open_desk: OpenDesk
) -> None:
    anna = await open_desk()
    other = await anna.second_tab()
    await other.visit("/history?direction=Inbound")
    await anna.sign_out()
    await other.page.wait_for_url(AT_THE_DOOR)
    await other.try_to_sign_in("anna")
    await other.page.wait_for_url(WANTED)
    await expect(other.page.locator("#status-menu")).to_contain_text("Offline")


async def test_a_new_password_signs_out_everywhere_else(shared_desk: DeskApp, open_desk: OpenDesk) -> None:
    shared_desk.add_account("eva", "Eva Eich")
    here, there = await open_desk("eva", status=""), await open_desk("eva", status="")
    await here.page.locator("#account-menu").click()
    await here.page.get_by_role("menuitem", name="My account").click()
    await expect(here.page.locator("#sign-ins tbody tr")).to_have_count(2)
    form = here.page.locator("#change-password")
    new = "nine green ladders on the roof"
    for label, value in (("Current password", DEMO_PASSWORD), ("New password", new), ("New password again", new)):
        await form.get_by_label(label, exact=True).fill(value)
    await form.get_by_role("button").click()
    await expect(here.page.get_by_role("status").filter(has_text="Your password is changed")).to_be_visible()
    await expect(here.page.locator("#sign-ins tbody tr")).to_have_count(1)
    await expect(there.page).to_have_url(AT_THE_DOOR)
