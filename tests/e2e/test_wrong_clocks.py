"""The PC's clock is wrong, or is set while the page is open: every time on the page is right nevertheless."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import CallIn, OpenDesk, StartDesk

CLOCK = """
const Real = Date, stopwatch = performance.now.bind(performance);
let wrong = 0, slept = 0;
window.setClock = (milliseconds) => { wrong = milliseconds; };
window.sleepFor = (milliseconds) => { slept += milliseconds; };
window.Date = class extends Real {
  constructor(...given) { if (given.length) super(...given); else super(Real.now() + wrong); }
  static now() { return Real.now() + wrong; }
};
performance.now = () => stopwatch() - slept;
"""
MINUTES = 60_000
FAST, SLOW = 5 * MINUTES, -5 * MINUTES


@pytest.fixture(params=[FAST, SLOW], ids=["five minutes fast", "five minutes slow"])
def wrong(request: pytest.FixtureRequest) -> int:
    return int(request.param)


async def test_times_on_the_page_do_not_follow_the_clock_of_the_pc(
    start_desk: StartDesk, open_desk: OpenDesk, call_in: CallIn, wrong: int
) -> None:
    start_desk(WRAP_UP_SECONDS="60", RING_SECONDS="60")
    anna = await open_desk(status="", script=f"{CLOCK}; setClock({wrong})")
    status, call = anna.page.locator("#status-menu"), anna.page.locator("#call")
    await anna.become("Lunch")
    await expect(status).to_have_text(re.compile(r"Lunch\s*00:0[1-9]"))
    await expect(call).to_contain_text("since 00:0")

    await call_in()
    waiting = anna.page.locator("#waiting-count")
    await expect(waiting).to_have_text(re.compile(r"1 waiting\s*·\s*00:0[1-9]"))
    await anna.button("Go available").click()
    await expect(anna.page.locator(".cc-ring b")).to_have_text(re.compile(r"^5\d$"))
    await expect(call).to_have_text(re.compile(r"00:[0-3]\d"))

    await anna.button("Answer").click()
    await expect(call).to_contain_text("Connected")
    await expect(call).to_have_text(re.compile(r"00:0[1-9]"))
    await anna.page.evaluate(f"setClock({-wrong})")
    await expect(call).to_have_text(re.compile(r"00:[01]\d"))
    await expect(anna.page).to_have_title(re.compile(r"^00:[0-3]\d"))

    await anna.button("Hang up").click()
    await expect(anna.page.locator("#wrap-up")).to_contain_text("ready in 00:5")


async def test_times_are_right_again_after_the_pc_has_slept(start_desk: StartDesk, open_desk: OpenDesk) -> None:
    start_desk()
    anna = await open_desk(status="", script=CLOCK)
    await anna.become("Lunch")
    status = anna.page.locator("#status-menu")
    await expect(status).to_have_text(re.compile(r"Lunch\s*00:0[3-9]"))
    ahead = await anna.page.evaluate("serverClock.ahead")
    await anna.page.evaluate(f"sleepFor({MINUTES})")
    await anna.page.wait_for_function(f"(ahead) => serverClock.ahead - ahead > {MINUTES * 0.9}", arg=ahead)
    await expect(status).to_have_text(re.compile(r"Lunch\s*00:(0[4-9]|[1-3]\d)"))
