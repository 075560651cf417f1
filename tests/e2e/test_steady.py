"""Nothing moves on the screen when a button changes its word, however long the words of a language are."""

import re
from collections.abc import Awaitable

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.e2e.conftest import IN_EVERY_BROWSER, CallIn, OpenDesk
from tests.support.desk_app import DeskApp

SIZES = [(320, 700), (390, 844), (600, 800), (761, 800), (900, 700), (1121, 720), (1280, 720), (1920, 1080)]
GERMAN = {
    "Mute": "Stummschalten",
    "Unmute": "Stummschaltung aufheben",
    "Keypad": "Tastenfeld",
    "Hang up": "Auflegen",
    "Muted": "Stummgeschaltet",
    "· The caller cannot hear you.": "· Die Anruferin oder der Anrufer hört Sie nicht.",
}
PLACES = """
(selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility()).map((one) => {
  const { x, y, width, height } = one.getBoundingClientRect();
  const name = one.id || one.getAttribute('aria-label') || one.className || one.tagName;
  return [name, ...[x, y, width, height].map((number) => Math.round(number * 10) / 10)];
})
"""
BUTTONS = "header > *, #call > .cc-actions > button"
CALL = f"{BUTTONS}, #call h1, #call .cc-under, #call [role=timer], #call [role=meter], nav a"
REWORDED = """
(button, words) => {
  const box = () => JSON.stringify(button.getBoundingClientRect());
  const texts = document.createTreeWalker(button, NodeFilter.SHOW_TEXT), before = box();
  while (texts.nextNode()) if (texts.currentNode.data === words[0]) texts.currentNode.data = words[1];
  return [button.innerText.trim(), box() === before];
}
"""
"""Gives a button another word: what it says then, and whether it is as large as before and in the same place."""


async def places(page: Page, selector: str) -> list[list[object]]:
    """Where things are: name, x, y, width, height."""
    return await page.evaluate(PLACES, selector)  # type: ignore[no-any-return]


FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


async def at_rest(page: Page, selector: str) -> list[list[object]]:
    """Where things are once fonts are there and two pictures in a row are the same, as after a change of the window."""
    await page.evaluate("document.fonts.ready.then(() => true)")
    earlier, now = None, await places(page, selector)
    while earlier != now:
        await page.evaluate(FRAMES)
        earlier, now = now, await places(page, selector)
    return now


async def moved(page: Page, selector: str, *steps: Awaitable[object]) -> list[tuple[object, ...]]:
    """Where things were before these steps and are after them, of those that moved."""
    before = await at_rest(page, selector)
    for step in steps:
        await step
    after = await places(page, selector)
    assert len(before) == len(after) > 3
    return [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]


async def press(button: Locator) -> None:
    """Click where it is. Playwright's own click scrolls first, in Firefox even to what is in sight."""
    await expect(button).to_be_in_viewport(ratio=1)
    box = await button.bounding_box()
    assert box
    await button.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


async def speaks(page: Page, words: dict[str, str]) -> None:
    """Put these words in the place of the page's own, as a translation would."""

    async def translate(route: Route) -> None:
        answer = await route.fetch()
        script = await answer.text()
        for english, other in words.items():
            script = re.sub(f"(?<=([`'\"])){re.escape(english)}(?=\\1)", other, script)
        await route.fulfill(response=answer, body=script)

    await page.route("**/*.js", translate)


@IN_EVERY_BROWSER
@pytest.mark.parametrize("words", [{}, GERMAN], ids=["english", "german"])
async def test_mute_and_keypad_move_no_button(
    shared_desk: DeskApp, open_desk: OpenDesk, call_in: CallIn, words: dict[str, str]
) -> None:
    anna = await open_desk()
    page = anna.page
    if words:
        await speaks(page, words)
        await anna.visit("/")
    caller = await call_in()
    await page.locator("#answer").click()
    await caller.wait_answered(10)
    mute, keypad = page.locator("#mute"), page.locator("#keypad-button")
    await expect(mute).to_contain_text(words.get("Mute", "Mute"))
    await expect(page.get_by_role("meter")).to_have_count(2)
    await expect(keypad).to_be_enabled()
    await page.evaluate("document.fonts.ready.then(() => true)")

    found = {}
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        for what, button, selector, attribute, on, off in (
            ("mute", mute, CALL, "aria-pressed", "true", None),
            ("keypad", keypad, BUTTONS, "aria-expanded", "true", "false"),
        ):
            now = expect(button)
            found[width, what] = await moved(page, selector, press(button), now.to_have_attribute(attribute, on))
            back = now.to_have_attribute(attribute, off) if off else now.not_to_have_attribute(attribute, on)
            found[width, what] += await moved(page, selector, press(button), back)
    await press(page.locator("#hang-up"))
    assert {where: pairs for where, pairs in found.items() if pairs} == {}


@IN_EVERY_BROWSER
async def test_the_bar_stands_still_while_the_status_changes(shared_desk: DeskApp, open_desk: OpenDesk) -> None:
    anna = await open_desk("ben")
    page, status = anna.page, anna.page.locator("#status-menu")
    await page.evaluate("document.fonts.ready.then(() => true)")
    found = {}
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        bar = "header > *" if width > 760 else "header > :not(#status-menu, .cc-spacer)"
        for chosen in ("Back office", "Offline", "Lunch", "Available"):
            told = expect(status).to_contain_text(chosen)
            found[width, chosen] = await moved(page, bar, anna.choose(chosen), told)
    assert {where: pairs for where, pairs in found.items() if pairs} == {}


@IN_EVERY_BROWSER
async def test_choices_of_a_page_stand_still_while_they_are_made(shared_desk: DeskApp, open_desk: OpenDesk) -> None:
    ada = await open_desk("ada", status="")
    page = ada.page
    await ada.visit("/history")
    found = {}
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        for name in ("Today", "7 days", "Any time"):
            pill = page.locator(".cp-pills").get_by_role("button", name=name, exact=True)
            chosen = expect(pill).to_have_attribute("aria-pressed", "true")
            found[width, name] = await moved(page, ".cp-pill, nav a", pill.dispatch_event("click"), chosen)
        for name in ("Team", "History"):
            link = page.locator("nav").get_by_role("link", name=name, exact=True)
            there = expect(link).to_have_attribute("aria-current", "page")
            found[width, name] = await moved(page, "nav a", link.dispatch_event("click"), there)
    assert {where: pairs for where, pairs in found.items() if pairs} == {}


async def test_a_button_that_waits_keeps_its_place(shared_desk: DeskApp, open_desk: OpenDesk) -> None:
    ada = await open_desk("ada", status="")
    await ada.visit("/telephones")
    again = ada.page.locator("#look-again")
    await expect(again).to_have_text("Refresh")
    assert await again.evaluate(REWORDED, ["Refresh", "Refreshing…"]) == ["Refreshing…", True]


async def test_the_buttons_of_an_account_stand_still_when_it_is_disabled(
    shared_desk: DeskApp, open_desk: OpenDesk
) -> None:
    shared_desk.add_account("eva", "Eva Eich")
    ada = await open_desk("ada", status="")
    await ada.visit("/accounts")
    row = ada.page.locator("tr[data-account=eva]")
    await expect(row).to_be_visible()
    await ada.page.evaluate("document.fonts.ready.then(() => true)")

    async def buttons() -> list[list[object]]:
        return [[x, width] for _, x, _, width, _ in await places(ada.page, "tr[data-account=eva] button")]

    before = await buttons()
    await row.get_by_role("button", name="Disable").click()
    await ada.page.get_by_role("alertdialog").get_by_role("button", name="Disable").click()
    await expect(row.get_by_role("button", name="Enable")).to_be_visible()
    assert await buttons() == before
