"""What holds on every page: nothing from elsewhere, nothing broken, room for what matters, and open to everybody."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Playwright, expect

from tests.e2e.conftest import CALLER_TONE, CallIn, OpenDesk
from tests.support.browser import Desk
from tests.support.desk_app import DeskApp
from tests.support.every_page import LIGHTS, SIGNED_IN_PAGES, SIZES, TOO_SMALL, violations
from tests.support.livekit_server import LiveKitServer


@pytest.fixture(scope="module")
async def ada(
    playwright: Playwright, shared_desk: DeskApp, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """An administrator, who sees every page, with some calls to look at."""
    shared_desk.fill_history("ada", 4)
    desk = await Desk.open(playwright, shared_desk.url, tmp_path_factory.mktemp("ada"), CALLER_TONE)
    await desk.sign_in("ada")
    yield desk
    await desk.close()


async def test_a_page_asks_no_other_host_and_breaks_nowhere(
    shared_desk: DeskApp, livekit: LiveKitServer, open_desk: OpenDesk, call_in: CallIn
) -> None:
    desk = await open_desk("ada", status="")
    asked: set[str] = set()
    troubles: list[str] = []
    desk.context.on("request", lambda request: asked.add(request.url))
    desk.page.on("websocket", lambda socket: asked.add(socket.url))
    desk.page.on("pageerror", lambda error: troubles.append(f"{desk.page.url}: {error}"))
    desk.page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    desk.page.on("requestfailed", lambda request: troubles.append(f"{request.url}: {request.failure}"))
    for address in SIGNED_IN_PAGES:
        await desk.visit(address)
        await expect(desk.page.get_by_role("main")).to_have_count(1)
    await desk.visit("/")
    await desk.become("Available")
    caller = await call_in()
    await desk.button("Answer").click()
    await desk.hears(CALLER_TONE)
    for name in ("History", "Team", "Desk"):
        await desk.page.get_by_role("link", name=name, exact=True).click()
        await expect(desk.page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
    await desk.button("Hang up").click()
    await caller.wait_over(5)
    await desk.become("Offline")
    await desk.sign_out()
    for address in ("/sign-in", "/register#nothing"):
        await desk.page.goto(f"{desk.url}{address}")
        await expect(desk.page.get_by_role("textbox").first).to_be_visible()

    own = {urlsplit(shared_desk.url).netloc, urlsplit(livekit.url).netloc}
    addresses = [urlsplit(url) for url in asked]
    assert {one.netloc for one in addresses if one.scheme not in ("data", "blob")} <= own
    assert own <= {one.netloc for one in addresses}, "the sound went by another way than this test looks at"
    aborted = [trouble for trouble in troubles if "ERR_ABORTED" not in trouble]
    assert aborted == []


async def test_what_callers_call_themselves_is_text(ada: Desk, shared_desk: DeskApp) -> None:
    """A caller's number is what the telephone network says it is, and some say anything."""
    hostile = '<img src=x onerror="document.title=1">'
    shared_desk.fill_history("ada", 1, hostile)
    await ada.page.goto(f"{ada.url}/history")
    row = ada.page.get_by_role("row").filter(has_text=hostile)
    await expect(row).to_have_count(1)
    await expect(ada.page.locator("img[src=x]")).to_have_count(0)


@pytest.mark.parametrize("light", LIGHTS)
async def test_every_page_is_accessible(ada: Desk, light: str) -> None:
    await ada.page.emulate_media(color_scheme=light)  # type: ignore[arg-type]
    found = {}
    for address in SIGNED_IN_PAGES:
        await ada.visit(address)
        await expect(ada.page.locator("html")).to_have_class(light)
        await expect(ada.page.locator("[aria-busy=true]")).to_have_count(0)
        found[address] = await violations(ada.page) + await ada.page.evaluate(TOO_SMALL)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("light", LIGHTS)
async def test_the_doors_are_accessible(ada: Desk, light: str) -> None:
    context = await ada.browser.new_context(color_scheme=light)  # type: ignore[arg-type]
    page = await context.new_page()
    for address in ("/sign-in?error=wrong_credentials", "/register#nothing"):
        await page.goto(f"{ada.url}{address}")
        await expect(page.get_by_role("textbox").first).to_be_visible()
        assert await violations(page) == [], address
    await context.close()


async def test_what_opens_over_a_page_is_accessible(ada: Desk) -> None:
    await ada.visit("/")
    await ada.page.keyboard.press("?")
    await expect(ada.page.get_by_role("dialog")).to_contain_text("Hang up")
    assert await violations(ada.page) == [], "keys"
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.get_by_role("dialog")).to_be_hidden()
    for menu, item in (("#status-menu", "Lunch"), ("#account-menu", "Sign out")):
        await ada.page.locator(menu).click()
        await expect(ada.page.get_by_role("menuitem", name=item)).to_be_visible()
        assert await violations(ada.page, "[role=menu]") == [], menu
        await ada.page.keyboard.press("Escape")
        await expect(ada.page.get_by_role("menu")).to_be_hidden()
    await ada.page.locator("#account-menu").click()
    await ada.page.get_by_role("menuitem", name="Microphone and speaker").click()
    await expect(ada.page.get_by_role("dialog").get_by_role("meter")).to_be_visible()
    assert await violations(ada.page) == [], "devices"
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.get_by_role("dialog")).to_be_hidden()
    await ada.visit("/accounts")
    await ada.button("Add an account").click()
    await expect(ada.page.get_by_role("dialog")).to_be_visible()
    assert await violations(ada.page) == [], "a new account"


@pytest.mark.parametrize("light", LIGHTS)
async def test_a_call_is_accessible_and_hang_up_is_always_in_sight(
    shared_desk: DeskApp, open_desk: OpenDesk, call_in: CallIn, light: str
) -> None:
    anna = await open_desk(color_scheme=light, reduced_motion="reduce")
    caller = await call_in()
    await expect(anna.button("Answer")).to_be_in_viewport(ratio=1)
    assert await anna.page.evaluate("document.activeElement.id") == "offer"
    assert await violations(anna.page) == [], "ringing"
    moving = "document.getAnimations().filter((one) => one.effect.getTiming().iterations === Infinity).length"
    assert await anna.page.evaluate(moving) == 0, "something moves although that was not wanted"
    await anna.button("Answer").click()
    await anna.hears(CALLER_TONE)
    assert await violations(anna.page) == [], "in a call"
    for width, height in SIZES:
        await anna.page.set_viewport_size({"width": width, "height": height})
        await expect(anna.button("Hang up")).to_be_in_viewport(ratio=1)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await anna.page.evaluate(wide) == 0, f"{width} wide scrolls sideways"
        assert await violations(anna.page) == [], f"in a call, {width} wide"
    await anna.button("Mute").click()
    await expect(anna.page.locator("#muted")).to_contain_text("The caller cannot hear you.")
    await expect(anna.button("Hang up")).to_be_in_viewport(ratio=1)
    assert await violations(anna.page) == [], "muted"
    await anna.button("Hang up").click()
    await caller.wait_over(5)
    await expect(anna.page.get_by_text("You hung up")).to_be_visible()
    assert await violations(anna.page) == [], "after the call"


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    shared_desk: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk()
    await anna.page.keyboard.press("Alt+k")
    await expect(anna.page.get_by_label("Phone number")).to_be_focused()
    caller = await call_in()
    await expect(anna.button("Answer")).to_be_visible()
    await anna.page.keyboard.press("Tab")
    await expect(anna.button("Answer")).to_be_focused()
    assert await anna.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    await anna.page.keyboard.press("Enter")
    await caller.wait_answered(10)
    await expect(anna.page.get_by_label("Phone number")).to_be_focused()

    await anna.page.locator("body").evaluate("() => document.activeElement.blur()")
    await anna.page.get_by_role("link", name="Skip to main content").focus()
    await anna.page.keyboard.press("Enter")
    await expect(anna.page.get_by_role("main")).to_be_focused()
    for _ in range(60):
        await anna.page.keyboard.press("Tab")
        if await anna.page.evaluate("document.activeElement.id") == "hang-up":
            break
    await expect(anna.button("Hang up")).to_be_focused()
    await anna.page.keyboard.press("Space")
    assert await caller.wait_over(5) == "other side"
