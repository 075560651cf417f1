"""What the desk says when something it needs is not there: a trunk, an answer, the media server, its tables."""

import sqlite3

from playwright.async_api import expect

from tests.e2e.conftest import ANNA_TONE, CALLER_TONE, CallIn, OpenDesk, StartDesk
from tests.support.desk_app import DeskApp
from tests.support.livekit_server import LiveKitServer


async def test_without_a_trunk_nobody_is_called_and_that_is_said(
    start_desk: StartDesk, open_desk: OpenDesk, desk_port: int
) -> None:
    start_desk(DEBUG="false", PUBLIC_URL=f"http://127.0.0.1:{desk_port}")
    anna = await open_desk()
    await anna.dial("030 23125111")
    await expect(anna.page.get_by_text("No trunk is set up, so calls cannot go out.")).to_be_visible()
    await expect(anna.page.get_by_label("Phone number")).to_have_value("030 23125111")
    await expect(anna.button("Hang up")).to_be_hidden()


async def test_a_phone_nobody_answers_is_missed(start_desk: StartDesk, open_desk: OpenDesk) -> None:
    start_desk(DIAL_SECONDS="3")
    anna = await open_desk()
    await anna.dial("030 23125103")
    await expect(anna.page.get_by_text("No answer.")).to_be_visible()
    await anna.visit("/history")
    await expect(anna.page.get_by_role("row").filter(has_text="23125103")).to_contain_text("Missed")


async def test_the_media_server_is_lost_in_mid_call_and_the_sound_comes_back(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn, livekit: LiveKitServer
) -> None:
    anna = await open_desk()
    caller = await call_in()
    await anna.button("Answer").click()
    await caller.wait_hears(10, tone=ANNA_TONE)

    livekit.kill()
    lost = anna.page.locator("#media-lost")
    await expect(lost).to_contain_text("The caller cannot hear you.")
    await expect(lost).to_contain_text("Reconnecting for 00:")
    await expect(lost.get_by_role("button", name="Rejoin now")).to_be_visible()
    await expect(anna.page.locator("#media-quality")).to_contain_text("lost")

    livekit.start()
    await expect(lost).to_be_hidden(timeout=30_000)
    await caller.wait_hears(30, tone=ANNA_TONE)
    await anna.hears(CALLER_TONE, timeout=30)
    await anna.button("Hang up").click()
    assert await caller.wait_over(5) == "other side"


async def test_a_lost_server_is_said_and_comes_back_by_itself(desk_app: DeskApp, open_desk: OpenDesk) -> None:
    anna = await open_desk()
    desk_app.kill()
    await expect(anna.page.locator("#server-lost")).to_contain_text("The server cannot be reached.")
    await expect(anna.button("Dial")).to_be_disabled()
    await expect(anna.page.locator("#status-menu")).to_be_disabled()
    desk_app.start()
    await expect(anna.page.locator("#server-lost")).to_be_hidden(timeout=30_000)
    await anna.become("Lunch")


async def test_a_database_in_trouble_is_said_once_and_tried_again(
    desk_app: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk()
    trouble = anna.page.locator("#server-trouble")
    _rename(desk_app, "offer", "offer_away")
    await expect(trouble).to_contain_text("The server is having trouble answering.")
    _rename(desk_app, "offer_away", "offer")
    await expect(trouble).to_be_hidden()

    await call_in()
    await expect(anna.button("Answer")).to_be_visible()


def _rename(app: DeskApp, table: str, to: str) -> None:
    """A table that is not there is an error nobody foresaw."""
    with sqlite3.connect(app.home / "desk.db", timeout=10) as database:
        database.execute(f"ALTER TABLE {table} RENAME TO {to}")
