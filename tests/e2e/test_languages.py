"""The pages in another language: the browser's, or one's own."""

import pytest
from playwright.async_api import Browser, Playwright, expect

from tests.support.browser import launch
from tests.support.desk_app import DeskApp

GERMAN = "de-DE"


@pytest.fixture
async def browser(playwright: Playwright):
    started = await launch(playwright)
    yield started
    await started.close()


async def test_the_sign_in_page_speaks_the_language_of_the_browser(shared_desk: DeskApp, browser: Browser) -> None:
    context = await browser.new_context(locale=GERMAN)
    page = await context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(f"{error}"))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    await page.goto(f"{shared_desk.url}/sign-in")
    await expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(page.locator("html")).to_have_attribute("data-spoken", "de")
    print(await page.title())
    assert troubles == []
