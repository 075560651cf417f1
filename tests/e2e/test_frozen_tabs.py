"""A tab in the background that the browser freezes: its code no longer runs, and its agent sees nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Playwright, expect

from tests.e2e.conftest import ANNA_TONE, BEN_TONE, CallIn, OpenDesk, StartDesk
from tests.support.browser import Desk
from tests.support.desk_app import DeskApp
from tests.support.own_browser import freeze, own_desk, thaw
from tests.support.waiting import until_async

PROMISED_MS = 25_000
"""So long after it was frozen its agent is offered no more calls, at the latest."""
HELD = "navigator.locks.query().then(({ held }) => held.map((lock) => lock.name).join())"
PATIENCE = 15.0


@pytest.fixture
async def own(playwright: Playwright, desk_port: int, tmp_path: Path) -> AsyncIterator[Desk]:
    async with own_desk(playwright, f"http://127.0.0.1:{desk_port}", tmp_path, ANNA_TONE) as desk:
        yield desk


async def test_a_frozen_tab_is_offered_no_calls_and_comes_back_by_itself(
    start_desk: StartDesk, open_desk: OpenDesk, call_in: CallIn, own: Desk
) -> None:
    start_desk(SESSION_GRACE_SECONDS="1")
    await own.sign_in("anna")
    await own.become("Available")
    sam = await open_desk("sam", status="")
    await sam.visit("/team")
    shown = sam.page.locator(".cp-person", has_text="Anna Berg")
    await expect(shown).to_contain_text("Ready for calls")

    await freeze(own)
    await expect(shown).to_contain_text("Connection lost", timeout=PROMISED_MS)
    await expect(sam.page.locator("#team-offline")).to_contain_text("Connection lost")
    await call_in()
    await expect(sam.page.locator("#waiting-count")).to_contain_text("1 waiting")

    await thaw(own)
    await expect(shown).to_contain_text("Ringing")
    await expect(own.page.locator("#status-menu")).to_contain_text("Ringing")


async def test_a_call_that_rings_at_a_tab_that_freezes_goes_to_the_next_agent_and_is_not_missed(
    start_desk: StartDesk, open_desk: OpenDesk, call_in: CallIn, own: Desk
) -> None:
    start_desk(RING_SECONDS="12")  # shorter than Engine.IO takes to notice
    await own.sign_in("anna")
    await own.become("Available")
    ben = await open_desk("ben", BEN_TONE)
    caller = await call_in()
    await expect(own.button("Answer")).to_be_visible()
    await freeze(own)
    await ben.button("Answer").click(timeout=PROMISED_MS)
    await caller.wait_hears(10, tone=BEN_TONE)

    await thaw(own)
    await expect(own.page.locator("#status-menu")).to_contain_text("Available")
    await expect(own.page.locator("#call")).to_contain_text("You are available.")


async def test_a_page_holds_a_lock_against_freezing_while_its_agent_is_available(
    desk_app: DeskApp, open_desk: OpenDesk
) -> None:
    anna = await open_desk()
    await _holds(anna, "callcenter.awake")
    await anna.become("Lunch")
    await _holds(anna, "")


async def _holds(desk: Desk, lock: str) -> None:
    await until_async(
        lambda: desk.page.evaluate(f"{HELD}.then((held) => held === '{lock}')"), PATIENCE, lambda: f"not held: {lock!r}"
    )
