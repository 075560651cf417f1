"""What an agent and a caller live through, with sound measured at both ends."""

import asyncio

import httpx
import pytest
from playwright.async_api import expect

from callcenter.accounts.cli import DEMO_PASSWORD
from callcenter.cli.simulator import AgentEars, Caller
from callcenter.cli.simulator.sounds import tone
from tests.e2e.conftest import ANNA_TONE, BEN_TONE, CALLER_TONE, IN_EVERY_BROWSER, CallIn, OpenDesk, StartDesk
from tests.support.browser import Desk
from tests.support.desk_app import DeskApp
from tests.support.gaps import Gaps

NUMBER, SHOWN = "+493023125001", "+49 30 23125001"
PROGRAM_TONE = 2000
SLOW_CLICK_MS = 3_000
"""A button may be gone before it is clicked."""


@IN_EVERY_BROWSER
async def test_a_whole_call(desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn) -> None:
    anna = await open_desk("anna", ANNA_TONE)
    caller = await call_in(NUMBER)
    await expect(anna.button("Answer")).to_be_visible()
    await expect(anna.page.get_by_text(SHOWN).first).to_be_visible()
    await anna.page.wait_for_function("document.title.includes('+49 30')")
    assert not caller.answered, "a phone that rings at the desk has not been answered"

    await anna.button("Answer").click()
    await caller.wait_answered(5)
    await caller.wait_hears(5, tone=ANNA_TONE)
    await anna.hears(CALLER_TONE)
    await anna.sees_sound_both_ways()

    await anna.button("Mute").click()
    await caller.wait_silence(5)
    await anna.hears(CALLER_TONE)
    await anna.button("Unmute").click()
    await caller.wait_hears(5, tone=ANNA_TONE)

    await anna.button("Hang up").click()
    assert await caller.wait_over(5) == "other side"
    await anna.hears_not(CALLER_TONE)

    await anna.page.goto(f"{anna.url}/history")
    row = anna.page.get_by_role("row").filter(has_text=SHOWN)
    await expect(row).to_contain_text("Completed")


@IN_EVERY_BROWSER
async def test_everything_works_from_the_keyboard(desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn) -> None:
    anna = await open_desk("anna", ANNA_TONE)
    caller = await call_in()
    await expect(anna.button("Answer")).to_be_visible()
    await anna.page.keyboard.press("Alt+a")
    await caller.wait_hears(5, tone=ANNA_TONE)
    await expect(anna.button("Mute")).to_be_visible()
    await anna.page.keyboard.press("Alt+m")
    await caller.wait_silence(5)
    await anna.page.keyboard.press("Alt+m")
    await caller.wait_hears(5, tone=ANNA_TONE)
    await anna.page.keyboard.press("Alt+h")
    assert await caller.wait_over(5) == "other side"


@IN_EVERY_BROWSER
async def test_a_reload_brings_the_agent_back_into_the_call(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna, caller = await _anna_talks(open_desk, call_in)

    anna.page.on("dialog", lambda dialog: dialog.accept())
    await anna.page.reload()
    await expect(anna.button("Hang up")).to_be_visible()
    await caller.wait_silence(5, quiet=0.2)
    await caller.wait_hears(10, tone=ANNA_TONE)
    await anna.hears(CALLER_TONE)
    assert not caller.over
    timeline = anna.page.locator("#timeline li")
    await expect(timeline.filter(has_text="Desk disconnected")).to_have_count(1)
    await expect(timeline.filter(has_text="Desk reconnected")).to_have_count(1)


async def test_the_page_of_a_call_tells_at_once_that_its_agent_dropped_out_and_is_back(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna, _ = await _anna_talks(open_desk, call_in)
    sam = await open_desk("sam", status="")
    await sam.visit("/history")
    await sam.page.locator("a[data-row]").click()
    steps = sam.page.locator("#timeline li")
    await expect(steps.filter(has_text="Anna")).not_to_have_count(0)
    anna.page.on("dialog", lambda dialog: dialog.accept())
    await anna.page.reload()
    await expect(steps.filter(has_text="Disconnected:")).to_have_count(1)
    await expect(steps.filter(has_text="Reconnected:")).to_have_count(1)


@IN_EVERY_BROWSER
async def test_a_muted_agent_is_still_muted_after_a_reload(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna, caller = await _anna_talks(open_desk, call_in)
    await anna.button("Mute").click()
    await caller.wait_silence(5)

    anna.page.on("dialog", lambda dialog: dialog.accept())
    await anna.page.reload()
    await anna.hears(CALLER_TONE)
    await expect(anna.button("Unmute")).to_be_visible()
    assert not caller.hears
    await anna.button("Unmute").click()
    await caller.wait_hears(5, tone=ANNA_TONE)


async def test_a_declined_call_goes_to_the_next_agent(desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn) -> None:
    anna = await open_desk("anna", ANNA_TONE)
    ben = await open_desk("ben", BEN_TONE)
    caller = await call_in()
    await anna.button("Decline").click()
    await expect(anna.button("Answer")).to_be_hidden()
    await ben.button("Answer").click()
    await caller.wait_hears(5, tone=BEN_TONE)
    assert caller.heard_tones(ANNA_TONE, BEN_TONE) == {BEN_TONE}
    await ben.hears(CALLER_TONE)
    await anna.hears_not(CALLER_TONE)


async def test_a_call_nobody_answered_goes_on_and_says_so(
    start_desk: StartDesk, open_desk: OpenDesk, call_in: CallIn
) -> None:
    start_desk(RING_SECONDS="3")
    anna = await open_desk("anna", ANNA_TONE)
    ben = await open_desk("ben", BEN_TONE)
    caller = await call_in()
    await expect(anna.button("Answer")).to_be_visible()
    await expect(ben.button("Answer")).to_be_visible(timeout=10_000)
    await expect(anna.button("Answer")).to_be_hidden()
    await expect(anna.page.get_by_text("missed").first).to_be_visible()
    await ben.button("Answer").click()
    await caller.wait_hears(5, tone=BEN_TONE)


async def test_the_offer_disappears_when_the_caller_gives_up(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk("anna", ANNA_TONE)
    caller = await call_in()
    await expect(anna.button("Answer")).to_be_visible()
    await caller.hang_up()
    await expect(anna.button("Answer")).to_be_hidden(timeout=2_000)
    await expect(anna.page.get_by_text("caller hung up", exact=False).first).to_be_visible()
    await expect(anna.page.locator("#status-menu")).to_contain_text("Available")


async def test_a_tab_closed_while_it_rings_passes_the_call_on(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk("anna", ANNA_TONE)
    ben = await open_desk("ben", BEN_TONE)
    caller = await call_in()
    await expect(anna.button("Answer")).to_be_visible()
    await anna.page.close()
    await expect(ben.button("Answer")).to_be_visible(timeout=3_000)
    await ben.button("Answer").click()
    await caller.wait_hears(5, tone=BEN_TONE)


async def test_two_tabs_click_answer_at_once_and_one_has_the_call(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk("anna", ANNA_TONE)
    other = await anna.second_tab()
    caller = await call_in()
    await asyncio.gather(expect(anna.button("Answer")).to_be_visible(), expect(other.button("Answer")).to_be_visible())
    clicks = (tab.button("Answer").click(timeout=SLOW_CLICK_MS) for tab in (anna, other))
    await asyncio.gather(*clicks, return_exceptions=True)
    await caller.wait_hears(5, tone=ANNA_TONE)
    tabs = (anna, other)
    loser = await _first_with(tabs, "Take over here")
    await loser.button("Take over here").click()
    winner_now = other if loser is anna else anna
    await expect(winner_now.button("Take over here")).to_be_visible()
    await caller.wait_hears(10, tone=ANNA_TONE)


async def test_a_program_that_came_in_the_agents_name_and_went_leaves_the_call_to_the_desk(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna, caller = await _anna_talks(open_desk, call_in)

    async with httpx.AsyncClient(base_url=desk_app.url) as program:
        signed_in = await program.post("/api/login", data={"username": "anna", "password": DEMO_PASSWORD})
        program.headers["authorization"] = f"Bearer {signed_in.json()['access_token']}"
        calls = (await program.get("/api/calls", params={"status": "In_Progress"})).json()["items"]
        room = (await program.post("/api/calls/join-room", json={"call_id": calls[0]["id"]})).json()
    ears = await AgentEars.join(room["url"], room["token"], sound=tone(PROGRAM_TONE))
    await caller.wait_hears(5, tone=PROGRAM_TONE)
    with pytest.raises(TimeoutError):  # as long as the program stays
        await caller.wait_hears(3, tone=ANNA_TONE)
    await ears.leave()
    await caller.wait_hears(10, tone=ANNA_TONE)
    await expect(anna.button("Hang up")).to_be_visible()


async def _anna_talks(open_desk: OpenDesk, call_in: CallIn) -> tuple[Desk, Caller]:
    """She has answered, and is heard."""
    anna = await open_desk("anna", ANNA_TONE)
    caller = await call_in()
    await anna.button("Answer").click()
    await caller.wait_hears(5, tone=ANNA_TONE)
    return anna, caller


async def _first_with(desks: tuple[Desk, ...], name: str) -> Desk:
    waits = {asyncio.create_task(desk.button(name).wait_for(timeout=10_000)): desk for desk in desks}
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    first = done.pop()
    first.result()
    return waits[first]


async def test_the_call_goes_on_while_the_server_is_killed_and_started_again(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna, caller = await _anna_talks(open_desk, call_in)
    await expect(anna.button("Hang up")).to_be_visible()

    await asyncio.to_thread(desk_app.kill)
    gaps = Gaps(caller)
    await expect(anna.page.get_by_text("server", exact=False).first).to_be_visible()
    await expect(anna.button("Hang up")).to_be_visible()
    await anna.hears(CALLER_TONE)
    await asyncio.to_thread(desk_app.start)
    await expect(anna.button("Hang up")).to_be_enabled(timeout=20_000)
    await expect(anna.page.get_by_text(SHOWN).first).to_be_visible()
    await anna.hears(CALLER_TONE)
    await caller.wait_hears(2, tone=ANNA_TONE)
    assert gaps.stop() == 0, "the sound was interrupted by the restart"

    await anna.button("Hang up").click()
    assert await caller.wait_over(5) == "other side"
