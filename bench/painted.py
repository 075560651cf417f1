"""From LiveKit's notification to the ringing painted in an agent's page in Chromium, among five hundred open pages."""

import asyncio
import time

from playwright.async_api import Browser, Page, async_playwright

from bench import tab, tabs
from bench.crowd import AGENTS, Crowd
from bench.figures import Figure, Sample
from tests.support.browser import launch

LIMIT_MS = 50.0
PATIENCE_MS = 30_000
SESSION_COOKIE = "callcenter_session"
PAINTED = """
() => new Promise((done) => {
  const rings = () => [...document.querySelectorAll('button')].some((one) => /^ *Answer/.test(one.textContent));
  const told = () => done(performance.timeOrigin + performance.now());
  const watcher = new MutationObserver(() => {
    if (!rings()) return;
    watcher.disconnect();
    requestAnimationFrame(() => setTimeout(told));
  });
  watcher.observe(document.body, { childList: true, subtree: true, characterData: true });
})
"""
"""Resolves when the frame that shows the button has been painted; milliseconds of the wall clock."""
GONE = "() => ![...document.querySelectorAll('button')].some((one) => /^ *Answer/.test(one.textContent))"


async def figures(crowd: Crowd, quick: bool) -> list[Figure]:
    """One real page, the others simulated. All have been idle since the same moment, so the calls are the first's."""
    rounds = 15 if quick else 50
    pages = [tab.Page(one.cookie) for one in crowd.people[1:]]
    async with async_playwright() as playwright, tabs.opened(crowd.app.url, pages) as others:
        browser = await launch(playwright)
        try:
            page = await _signed_in(browser, crowd)
            await crowd.calm()
            took = [await _one(crowd, page, room) for room in crowd.rooms(rounds + 2)]
            there, _ = await others.count()
        finally:
            await browser.close()
    sample = Sample(f"notified → ringing painted, {AGENTS} agents' pages", took[2:])
    return [Figure.of(sample, limit_ms=LIMIT_MS, pages_still_open=there + 1)]


async def _signed_in(browser: Browser, crowd: Crowd) -> Page:
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    await context.add_cookies([{"name": SESSION_COOKIE, "value": crowd.people[0].cookie, "url": crowd.app.url}])
    page = await context.new_page()
    await page.goto(crowd.app.url)
    await page.locator("#status-menu").filter(has_text="Available").wait_for()
    return page


async def _one(crowd: Crowd, page: Page, room: str) -> float:
    """Seconds for one caller, who is gone again afterwards."""
    painting = asyncio.create_task(page.evaluate(PAINTED))
    await page.evaluate("1")  # by now the page is looking out
    clock = time.time() - time.perf_counter()
    ((sent, _, _),) = await crowd.notifier.ask("run", notices=[(0.0, "participant_joined", room, "")])
    async with asyncio.timeout(PATIENCE_MS / 1000):
        painted = await painting
    await crowd.notifier.ask("run", notices=[(0.0, "participant_left", room, "")])
    await page.wait_for_function(GONE, timeout=PATIENCE_MS)
    await asyncio.sleep(0.1)
    return float(painted / 1000 - (sent + clock))
