"""Those who lead and those who administer, and what agents see of it."""

import csv
from pathlib import Path

from playwright.async_api import expect

from tests.e2e.conftest import BEN_TONE, CallIn, OpenDesk
from tests.support.browser import AT_THE_DOOR
from tests.support.desk_app import DeskApp

NEW_PASSWORD = "another-long-password"


async def test_a_supervisor_sees_who_talks_to_whom_and_reads_the_call_afterwards(
    shared_desk: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk("anna")
    ben = await open_desk("ben", BEN_TONE, status="Training")
    sam = await open_desk("sam", status="")
    await sam.visit("/team")
    await ben.visit("/team")
    shown = sam.page.locator(".cp-person", has_text="Anna Berg")
    await expect(shown).to_contain_text("Ready for calls")
    await expect(sam.page.locator(".cp-person", has_text="Ben Okafor")).to_contain_text("Training")

    caller = await call_in("+493023125021")
    await expect(shown).to_contain_text("Ringing")
    await anna.button("Answer").click()
    await expect(shown).to_contain_text("In a call · +49 30 23125021")
    await expect(ben.page.locator(".cp-person", has_text="Anna Berg")).to_contain_text("In a call")
    await expect(ben.page.get_by_text("+49 30 23125021")).to_be_hidden()

    await shown.get_by_role("link", name="Open the call with +49 30 23125021").click()
    await expect(sam.page.locator("#facts")).to_contain_text("In progress")
    await expect(anna.page.locator("#call")).to_contain_text("Connected")
    await caller.hang_up()
    await expect(sam.page.locator("#facts")).to_contain_text("Completed")
    await expect(sam.page.locator("#facts")).to_contain_text("Ended byThe other side")
    steps = [" ".join(step.split()) for step in await sam.page.locator("#timeline li div").all_inner_texts()]
    assert steps[0] in ("The call came in", "The call was found in its room")
    assert steps[1:] == [
        "Entered the queue",
        "Rang at Anna Berg",
        "Answered by Anna Berg",
        "Connected with Anna Berg",
        "The call ended Hung up",
    ]


async def test_agents_have_their_own_calls_and_supervisors_all_of_them(
    shared_desk: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk("anna", status="Offline")
    ben = await open_desk("ben", BEN_TONE)
    caller = await call_in("+493023125022")
    await ben.button("Answer").click()
    await caller.wait_hears(10, tone=BEN_TONE)
    await ben.button("Hang up").click()
    await caller.wait_over(5)

    sam = await open_desk("sam", status="")
    for desk, theirs in ((ben, True), (anna, False), (sam, True)):
        await desk.visit("/history?period=all&number=%2B493023125022")
        row = desk.page.get_by_role("row").filter(has_text="+49 30 23125022")
        await expect(row if theirs else desk.page.get_by_text("No calls match")).to_be_visible()
    await expect(sam.page.get_by_role("row").filter(has_text="+49 30 23125022")).to_contain_text("Ben Okafor")
    link = await ben.page.get_by_role("link", name="+49 30 23125022", exact=True).get_attribute("href")
    await anna.visit(str(link))
    await expect(anna.page.get_by_text("There is no such call, or it is not yours")).to_be_visible()


async def test_the_history_is_filtered_by_its_address_turned_and_exported(
    shared_desk: DeskApp, open_desk: OpenDesk, tmp_path: Path
) -> None:
    shared_desk.fill_history("anna", 120)
    sam = await open_desk("sam", status="")
    await sam.visit("/history")
    await sam.page.get_by_label("Direction").select_option("Outbound")
    await sam.page.wait_for_url("**direction=Outbound*")
    rows = sam.page.locator("#calls tbody tr")
    await expect(rows.filter(has_text="Inbound")).to_have_count(0)
    await expect(rows).to_have_count(50)
    await expect(sam.page.get_by_role("link", name="Newest")).to_be_hidden()
    first = await rows.first.inner_text()

    await sam.page.get_by_role("link", name="Older").click()
    await expect(sam.page.get_by_role("link", name="Newest")).to_be_visible()
    await expect(sam.page.get_by_role("link", name="Older")).to_be_hidden()
    await expect(rows).to_have_count(10)
    await sam.page.go_back()
    await expect(rows).to_have_count(50)
    assert await rows.first.inner_text() == first

    async with sam.page.expect_download() as download:
        await sam.page.get_by_role("link", name="Export CSV").click()
    file = tmp_path / "calls.csv"
    await (await download.value).save_as(file)
    exported = list(csv.DictReader(file.read_text().splitlines()))
    assert len(exported) == 60
    assert {(row["Direction"], row["Agent"]) for row in exported} == {("Outbound", "Anna Berg")}
    assert {row["Result"] for row in exported} == {"Completed"}

    await sam.button("Clear").click()
    await expect(sam.page.get_by_label("Direction")).to_have_value("any")


async def test_an_administrator_gives_and_takes_away_accounts(shared_desk: DeskApp, open_desk: OpenDesk) -> None:
    ada = await open_desk("ada", status="")
    await ada.visit("/accounts")
    await ada.button("Add an account").click()
    form = ada.page.get_by_role("dialog")
    await form.get_by_label("Full name").fill("Dora Lind")
    await form.get_by_label("User name").fill("dora")
    await form.get_by_label("Password").fill("short")
    await form.get_by_role("button", name="Add the account").click()
    await expect(form.get_by_role("alert")).to_be_visible()
    await expect(form.get_by_label("User name")).to_have_value("dora")
    await form.get_by_label("Password").fill(NEW_PASSWORD)
    await form.get_by_role("button", name="Add the account").click()
    await expect(ada.page.locator("#said")).to_have_text("Dora Lind can sign in now.")

    dora = await open_desk("anna", status="")
    await dora.sign_out()
    await dora.sign_in("dora", NEW_PASSWORD)
    await dora.become("Available")
    await expect(dora.page.locator("#account-menu")).to_have_text("DL")

    await ada.page.get_by_role("button", name="Disable: Dora Lind").click()
    await ada.page.get_by_role("alertdialog").get_by_role("button", name="Disable Dora Lind").click()
    await expect(ada.page.locator("#said")).to_have_text("Dora Lind is disabled and signed out everywhere.")
    await dora.page.wait_for_url(AT_THE_DOOR)
    await dora.try_to_sign_in("dora", NEW_PASSWORD)
    await expect(dora.page.get_by_role("alert")).to_have_text("User name or password is wrong.")

    await ada.page.get_by_role("button", name="Enable: Dora Lind").click()
    await expect(ada.page.locator("#said")).to_have_text("Dora Lind can sign in again.")
    await dora.sign_in("dora", NEW_PASSWORD)


async def test_a_new_password_ends_what_was_signed_in_with_the_old_one(
    shared_desk: DeskApp, open_desk: OpenDesk
) -> None:
    ben = await open_desk("ben", status="")
    ada = await open_desk("ada", status="")
    await ada.visit("/accounts")
    await ada.page.get_by_role("button", name="New password: Ben Okafor").click()
    await ada.page.get_by_role("dialog").get_by_label("Password").fill(NEW_PASSWORD)
    await ada.button("Set the password").click()
    await ben.page.wait_for_url(AT_THE_DOOR)
    await ben.try_to_sign_in("ben")
    await expect(ben.page.get_by_role("alert")).to_have_text("User name or password is wrong.")
    await ben.sign_in("ben", NEW_PASSWORD)


async def test_an_invitation_makes_one_account(shared_desk: DeskApp, open_desk: OpenDesk) -> None:
    ada = await open_desk("ada", status="")
    await ada.visit("/accounts")
    await ada.button("Invite").click()
    await ada.button("Create the link").click()
    link = await ada.page.get_by_label("Invitation link").input_value()

    guest = await ada.context.browser.new_page()  # type: ignore[union-attr]
    await guest.goto(link)
    await guest.get_by_label("Full name").fill("Emil Roth")
    await guest.get_by_label("User name").fill("emil")
    await guest.locator("[name=password]").fill(NEW_PASSWORD)
    await guest.get_by_label("Password again").fill(NEW_PASSWORD)
    await guest.get_by_role("button", name="Create the account").click()
    await expect(guest.get_by_text("Your account is ready")).to_be_visible()


async def test_accounts_are_for_administrators(shared_desk: DeskApp, open_desk: OpenDesk) -> None:
    sam = await open_desk("sam", status="")
    await expect(sam.page.get_by_role("link", name="Accounts")).to_be_hidden()
    await sam.visit("/accounts")
    await expect(sam.page.get_by_text("Only administrators manage accounts")).to_be_visible()
    await expect(sam.page.get_by_text("Anna Berg")).to_be_hidden()
