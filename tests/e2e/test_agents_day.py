"""What an agent chooses to be, what happens after a call, and two tabs."""

from playwright.async_api import expect

from tests.e2e.conftest import ANNA_TONE, BEN_TONE, CALLER_TONE, CallIn, OpenDesk, StartDesk
from tests.support.desk_app import DeskApp


async def test_after_a_call_there_is_time_and_then_what_was_chosen_during_it(
    start_desk: StartDesk, open_desk: OpenDesk, call_in: CallIn
) -> None:
    start_desk(WRAP_UP_SECONDS="60")
    anna = await open_desk()
    await call_in()
    await anna.button("Answer").click()
    status = anna.page.locator("#status-menu")
    await expect(status).to_contain_text("In a call")
    await anna.choose("Lunch")
    await expect(anna.page.get_by_text("next: Lunch")).to_be_visible()
    await expect(status).to_contain_text("In a call")

    await anna.button("Hang up").click()
    await expect(anna.page.locator("#wrap-up")).to_contain_text("After-call work · ready in 00:5")
    await expect(status).to_contain_text("After-call work")
    await anna.button("Ready now").click()
    await expect(anna.page.get_by_text("You are not ready.")).to_be_visible()
    await expect(status).to_contain_text("Lunch")
    await anna.button("Go available").click()
    await expect(status).to_contain_text("Available")


async def test_what_was_chosen_for_after_the_call_can_be_taken_back(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk()
    await call_in()
    await anna.button("Answer").click()
    await expect(anna.button("Hang up")).to_be_visible()
    for choice in ("Offline", "Keep the current status after this call"):
        await anna.choose(choice)
        await expect(anna.page.get_by_text("next: Offline")).to_be_visible(visible=choice == "Offline")
    await anna.button("Hang up").click()
    await expect(anna.page.get_by_text("You are available.").or_(anna.page.get_by_text("You hung up"))).to_be_visible()
    await expect(anna.page.locator("#status-menu")).to_contain_text("Available")


async def test_nobody_rings_at_somebody_who_is_not_ready(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk(status="Training")
    await expect(anna.page.locator("#call")).to_contain_text("You are not ready.")
    await expect(anna.page.locator("#call")).to_contain_text("Training · since 00:")
    caller = await call_in()
    await expect(anna.page.locator("#waiting-count")).to_contain_text("1 waiting")
    await expect(anna.page.locator("#waiting-calls")).to_contain_text("+49 30 23125001")
    await expect(anna.button("Answer")).to_be_hidden()
    await anna.button("Go available").click()
    await anna.button("Answer").click()
    await caller.wait_hears(10, tone=ANNA_TONE)


async def test_after_a_missed_call_one_button_brings_the_next(
    start_desk: StartDesk, open_desk: OpenDesk, call_in: CallIn
) -> None:
    start_desk(RING_SECONDS="2", REOFFER_SECONDS="1")
    anna = await open_desk()
    caller = await call_in()
    await expect(anna.button("Answer")).to_be_visible()
    await expect(anna.page.get_by_text("You missed a call.")).to_be_visible()
    await expect(anna.page.locator("#status-menu")).to_contain_text("Missed call")
    await expect(anna.page.locator("#waiting-count")).to_contain_text("1 waiting")
    await anna.button("I am back").click()
    await anna.button("Answer").click()
    await caller.wait_hears(10, tone=ANNA_TONE)


async def test_the_sound_follows_to_the_tab_that_takes_over(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk()
    caller = await call_in()
    await anna.button("Answer").click()
    await anna.hears(CALLER_TONE)

    other = await anna.second_tab()
    await expect(other.page.locator("#elsewhere")).to_contain_text("The audio of this call is in another tab.")
    await expect(other.page.locator("#call")).to_contain_text("Connected")
    await other.hears_not(CALLER_TONE)
    await other.button("Take over here").click()
    await other.hears(CALLER_TONE)
    await anna.hears_not(CALLER_TONE)
    await expect(anna.page.locator("#elsewhere")).to_be_visible()
    await caller.wait_hears(10, tone=ANNA_TONE)

    await anna.button("Hang up").click()
    assert await caller.wait_over(5) == "other side"


async def test_a_microphone_that_fails_at_the_answer_costs_no_caller(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    ben = await open_desk("ben", BEN_TONE, allowed=False)
    caller = await call_in()
    await ben.button("Answer").click()
    await expect(ben.page.get_by_text("The browser does not let this page use the microphone.").first).to_be_visible()
    anna = await open_desk("anna")
    await anna.button("Answer").click()
    await caller.wait_hears(10, tone=ANNA_TONE)
    await expect(ben.page.get_by_text("Your microphone does not work.")).to_be_visible()
    await expect(ben.page.locator("#status-menu")).to_contain_text("Microphone problem")


async def test_leaving_in_mid_call_asks_first(desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn) -> None:
    anna = await open_desk()
    caller = await call_in()
    await anna.button("Answer").click()
    await caller.wait_hears(10, tone=ANNA_TONE)
    async with anna.page.expect_event("dialog") as asked:
        await anna.page.close(run_before_unload=True)
    question = await asked.value
    assert question.type == "beforeunload"
    await question.dismiss()
    await caller.wait_hears(5, tone=ANNA_TONE)
    await anna.button("Hang up").click()
    assert await caller.wait_over(5) == "other side"


async def test_calling_back_from_the_history_brings_the_number_and_dials_nothing(
    desk_app: DeskApp, open_desk: OpenDesk
) -> None:
    desk_app.fill_history("anna", 1)
    anna = await open_desk()
    await anna.visit("/history")
    await anna.page.get_by_role("link", name="Call back: +49 30 23125500").click()
    await expect(anna.page.get_by_label("Phone number")).to_have_value("+493023125500")
    await expect(anna.page.get_by_label("Phone number")).to_be_focused()
    await expect(anna.page.locator("#call")).to_contain_text("You are available.")
    await anna.page.keyboard.press("Enter")
    await expect(anna.page.locator("#call")).to_contain_text("Dialling…")
    await anna.button("Hang up").click()


async def test_all_calls_of_a_caller_with_a_name_and_nobody_to_call_back(
    desk_app: DeskApp, open_desk: OpenDesk
) -> None:
    desk_app.fill_history("anna", 3)
    desk_app.fill_history("anna", 1, caller="door-5 & co")
    anna = await open_desk(status="Offline")
    await anna.visit("/history?period=all")
    rows = anna.page.locator("#calls tbody tr")
    await expect(rows).to_have_count(4)
    await expect(rows.filter(has_text="door-5").get_by_role("link", name="Call back")).to_have_count(0)
    await anna.page.get_by_role("link", name="door-5 & co").click()
    await expect(anna.page.locator("#call-back")).to_have_count(0)
    await anna.page.get_by_role("link", name="All calls with this number").click()
    await expect(rows).to_have_count(1)
    await expect(anna.page.locator("#filter-party")).to_have_text("Only door-5 & co")
    await anna.page.locator("#filter-party").click()
    await expect(rows).to_have_count(4)


async def test_a_link_whose_plus_became_a_space_brings_the_number_it_means(
    desk_app: DeskApp, open_desk: OpenDesk
) -> None:
    anna = await open_desk(status="Offline")
    await anna.page.goto(f"{anna.url}/?dial=+431234567890")
    await expect(anna.page.get_by_label("Phone number")).to_have_value("+431234567890")
    await expect(anna.page.locator("#call")).not_to_contain_text("Dialling…")
