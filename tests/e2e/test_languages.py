"""The pages in another language: the browser's, or one's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Playwright, expect

from callcenter.accounts.cli import DEMO_PASSWORD
from tests.e2e.conftest import CALLER_TONE, CallIn, OpenDesk
from tests.support.browser import AT_THE_DOOR, Desk, launch
from tests.support.desk_app import DeskApp

GERMAN = "de-AT"
SIZES = [(1280, 720), (390, 800)]
PAGES = {
    "/": "Arbeitsplatz",
    "/history": "Anrufliste",
    "/history?period=dates": "Anrufliste",
    "/call?id=1": "Anruf",
    "/team": "Team",
    "/telephones": "Telefonie",
    "/accounts": "Konten",
    "/my-account": "Mein Konto",
}
DOORS = {"/sign-in?error=wrong_credentials": "Anmelden", "/register#nothing": "Konto anlegen"}
TOO_WIDE = """
[...document.querySelectorAll("html, main, main *")].filter((one) =>
  one.checkVisibility() && ["HTML", "MAIN"].includes(one.tagName) && one.scrollWidth > one.clientWidth
).map((one) => one.tagName)
"""
CUT = """
(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), cut = [];
  const passed_over = ".cc-hidden, .cp-cut, script, option", holders = "a, button, .cp-panel, .cc-card";
  while (walker.nextNode()) {
    const own = walker.currentNode.parentElement, range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const { left, right, width } = range.getBoundingClientRect();
    if (!width || !own.checkVisibility({ visibilityProperty: true }) || own.closest(passed_over)) continue;
    for (let one = own; one && one.tagName !== "MAIN"; one = one.parentElement) {
      const place = one.getBoundingClientRect(), over = left < place.left - 1 || right > place.right + 1;
      const holds = getComputedStyle(one).overflowX !== "visible" || one.matches(holders);
      if (over && holds) { cut.push(one.tagName + ": " + own.textContent); break; }
    }
  }
  return cut;
})()
"""
"""Texts that are wider than what holds them."""
PLACEHOLDERS = """
[...document.querySelectorAll("input[placeholder], select")].filter((one) => {
  const style = getComputedStyle(one), pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const text = one.tagName === "SELECT" ? one.selectedOptions[0]?.text ?? "" : one.placeholder;
  const arrow = one.tagName === "SELECT" ? 18 : 0;
  const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - arrow;
  return one.checkVisibility() && pen.measureText(text).width > room + 1;
}).map((one) => one.placeholder ?? one.selectedOptions[0]?.text)
"""
"""The same of what stands in a field before anything is typed, and of what is chosen in a select."""

WRAPPED = """
[...document.querySelectorAll(".cc-act")].filter((one) => one.checkVisibility() && one.offsetHeight > 50)
  .map((one) => "wraps: " + one.textContent)
"""
"""Large buttons whose word takes more than one line."""
ROWS = "new Set([...document.querySelectorAll('.cc-actions > *')].map((one) => one.offsetTop)).size"
LOGO = "document.querySelector('.cc-bar .cc-brand img').getBoundingClientRect().width"


@pytest.fixture
async def browser(playwright: Playwright) -> AsyncIterator[Browser]:
    started = await launch(playwright)
    yield started
    await started.close()


async def entered(playwright: Playwright, app: DeskApp, home: Path, username: str, troubles: list[str]) -> Desk:
    """The desk of somebody whose browser is in German. What goes wrong in it is added to ``troubles``."""
    desk = await Desk.open(playwright, app.url, home, CALLER_TONE, locale=GERMAN)
    page = desk.page
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    await page.goto(f"{desk.url}/sign-in")
    await page.get_by_label("Benutzername").fill(username)
    await page.get_by_label("Passwort").fill(DEMO_PASSWORD)
    await page.get_by_role("button", name="Anmelden").click()
    await page.wait_for_url(f"{desk.url}/")
    return desk


async def opened(browser: Browser, locale: str = GERMAN) -> tuple[BrowserContext, Page, list[str]]:
    """A page of somebody with this language, and what goes wrong in it."""
    context = await browser.new_context(locale=locale)
    page = await context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(f"{error}"))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    return context, page, troubles


@pytest.mark.parametrize(
    ("locale", "language", "said"),
    [("de-DE", "de", "Anmelden"), ("en-GB", "en", "Sign in"), ("fr-FR", "en", "Sign in")],
)
async def test_the_door_speaks_the_language_of_the_browser(
    shared_desk: DeskApp, browser: Browser, locale: str, language: str, said: str
) -> None:
    _, page, troubles = await opened(browser, locale)
    await page.goto(f"{shared_desk.url}/sign-in")
    await expect(page.get_by_role("heading", name=said)).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await expect(page).to_have_title(f"{said} · callcenter")
    assert troubles == []


async def test_every_page_has_room_for_german(shared_desk: DeskApp, playwright: Playwright, tmp_path: Path) -> None:
    shared_desk.fill_history("ada", 4)
    troubles: list[str] = []
    desk = await entered(playwright, shared_desk, tmp_path, "ada", troubles)
    page = desk.page
    wrong = {}
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        for address, title in PAGES.items():
            await desk.visit(address)
            await expect(page).to_have_title(f"{title} · callcenter")
            await expect(page.locator("[aria-busy=true]")).to_have_count(0)
            found = [look for one in (TOO_WIDE, CUT, PLACEHOLDERS) for look in await page.evaluate(one)]
            if found:
                wrong[address, width] = found
    assert wrong == {}
    assert troubles == []
    await page.add_style_tag(
        content=".cc-nav, .cp-input, select { max-width: 40px !important } h2 { min-width: 2000px }"
    )
    for one in (TOO_WIDE, CUT, PLACEHOLDERS):
        assert await page.evaluate(one) != [], "this test would not see it"
    await desk.close()


async def test_a_call_has_room_for_german(
    shared_desk: DeskApp, playwright: Playwright, call_in: CallIn, tmp_path: Path
) -> None:
    """Its buttons say what they do in one line, and the logo keeps its size while somebody waits."""
    troubles: list[str] = []
    desk = await entered(playwright, shared_desk, tmp_path, "anna", troubles)
    page, wrong = desk.page, {}

    async def look_at(moment: str) -> None:
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            found = [look for one in (TOO_WIDE, CUT, PLACEHOLDERS, WRAPPED) for look in await page.evaluate(one)]
            if await page.evaluate(LOGO) != 24:
                found.append("the logo is squeezed")
            if width > 760 and await page.evaluate(ROWS) != 1:
                found.append("buttons in several lines")
            if found:
                wrong[moment, width] = found

    await desk.choose("Verfügbar")
    caller = await call_in()
    await expect(desk.button("Annehmen")).to_be_visible()
    await expect(page.locator("#waiting-count")).to_be_visible()
    await look_at("ringing")
    await desk.button("Annehmen").click()
    await caller.wait_answered(10)
    await expect(desk.button("Wähltasten")).to_be_visible()
    await look_at("in a call")
    await desk.button("Stumm").click()
    await expect(desk.button("Ton an")).to_be_visible()
    await look_at("muted")
    await page.set_viewport_size({"width": 1280, "height": 720})
    await desk.button("Auflegen").click()
    await caller.wait_over(5)
    await desk.close()
    assert wrong == {}
    assert troubles == []


async def test_ones_own_language_goes_before_the_browsers_in_every_tab_and_keys_work_in_it(
    shared_desk: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk("anna", locale="en-GB")
    page, other = anna.page, await anna.context.new_page()
    await other.goto(f"{anna.url}/team")
    await expect(other.get_by_role("heading", name="Available")).to_be_visible()
    await anna.visit("/my-account")
    await page.locator("#language").select_option("de")
    await expect(page.get_by_role("heading", name="Mein Konto")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(other.get_by_role("heading", name="Verfügbar")).to_be_visible()
    await other.close()

    await page.get_by_role("link", name="Arbeitsplatz").click()
    caller = await call_in("anonymous")
    await expect(page.get_by_role("heading", name="Unbekannte Nummer")).to_be_visible()
    await expect(page.get_by_role("button", name="Annehmen")).to_be_visible()
    await expect(page).to_have_title("☎ Anruf: Unbekannte Nummer")
    await page.keyboard.press("Alt+a")
    await caller.wait_answered(10)
    await expect(page.get_by_text("Verbunden", exact=True).first).to_be_visible()
    await page.keyboard.press("Alt+m")
    await expect(page.get_by_role("button", name="Ton an")).to_be_visible()
    await page.keyboard.press("Alt+h")
    assert await caller.wait_over(5) == "other side"
    await expect(page.get_by_text("Sie haben aufgelegt")).to_be_visible()
    await page.locator("#number").fill("+43 1 234567")
    await page.keyboard.press("Enter")
    await expect(page.locator("#dial-refused")).to_contain_text(
        "Anrufe in das Land „Österreich“ sind hier nicht erlaubt."
    )

    await page.locator("#account-menu").click()
    await page.get_by_role("menuitem", name="Abmelden").click()
    await page.wait_for_url(AT_THE_DOOR)
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await anna.try_to_sign_in("anna")
    await expect(page.get_by_role("link", name="Arbeitsplatz")).to_be_visible()
    await anna.visit("/my-account")
    await page.locator("#language").select_option("browser")
    await expect(page.get_by_role("heading", name="My account")).to_be_visible()


async def test_a_page_shows_nothing_in_the_wrong_language(shared_desk: DeskApp, browser: Browser) -> None:
    """The English picture of a page stays hidden until the page is in the reader's language, or its script fails."""
    for locale, shown in ((GERMAN, "hidden"), ("en-GB", "visible")):
        context, page, _ = await opened(browser, locale)
        await context.route("**/*.js", lambda route: route.abort())
        await page.goto(f"{shared_desk.url}/sign-in")
        assert await page.evaluate("getComputedStyle(document.body).visibility") == shown
        await expect(page.locator("body")).to_have_css("visibility", "visible")
        await context.close()
