"""Dialling out. Without a trunk a simulated phone is called, and the end of its number says how it behaves."""

from collections.abc import AsyncIterator

import pytest
from livekit.api import AccessToken, ListRoomsRequest, LiveKitAPI, VideoGrants
from playwright.async_api import Playwright, expect

from callcenter.cli.simulator import AgentEars
from tests.e2e.conftest import ANNA_TONE, BROWSERS, browser_for
from tests.support.browser import Desk
from tests.support.desk_app import DeskApp
from tests.support.livekit_server import LiveKitServer


@pytest.fixture(scope="module")
async def signed_in(
    request: pytest.FixtureRequest,
    playwright: Playwright,
    shared_desk: DeskApp,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Desk]:
    home, kind = tmp_path_factory.mktemp("anna"), browser_for(request)
    desk = await Desk.open(playwright, shared_desk.url, home, ANNA_TONE, kind=kind)
    await desk.sign_in("anna")
    await desk.become("Available")
    yield desk
    await desk.close()


@pytest.fixture
async def anna(signed_in: Desk) -> Desk:
    """At the desk and without a call, whatever the story before has left."""
    await signed_in.visit("/")
    hang_up = signed_in.button("Hang up")
    await expect(signed_in.page.get_by_text("available", exact=False).or_(hang_up).first).to_be_visible()
    if await hang_up.is_visible():
        await hang_up.click()
    await expect(signed_in.button("Dial")).to_be_enabled()
    return signed_in


async def listener(livekit: LiveKitServer) -> AgentEars:
    """Somebody nobody sees, in the room of the one call that was dialled."""
    async with LiveKitAPI(livekit.url, livekit.api_key, livekit.api_secret) as server:
        rooms = (await server.room.list_rooms(ListRoomsRequest())).rooms
    (room,) = [room.name for room in rooms if room.name.startswith("out_")]
    grants = VideoGrants(room_join=True, room=room, hidden=True, can_publish=False)
    token = AccessToken(livekit.api_key, livekit.api_secret).with_identity("listener").with_grants(grants).to_jwt()
    return await AgentEars.join(livekit.ws_url, token, talks=False)


@pytest.mark.parametrize("typed", ["030 / 23125-111", "+49 (30) 23125 111", "0049 30 23125111", "tel:+49-30-23125111"])
async def test_a_number_may_be_written_in_any_way(anna: Desk, typed: str) -> None:
    await anna.dial(typed)
    await expect(anna.page.locator("#call")).to_contain_text("+49 30 23125111")
    await expect(anna.page.get_by_label("Phone number")).to_have_value("")
    await anna.button("Hang up").click()
    await expect(anna.page.get_by_text("You ended it before it was answered.")).to_be_visible()


@pytest.mark.parametrize("signed_in", BROWSERS, indirect=True)
async def test_a_phone_is_called_and_both_sides_are_heard(anna: Desk, livekit: LiveKitServer) -> None:
    await anna.dial("030 23125112")
    call = anna.page.locator("#call")
    await expect(call).to_contain_text("Dialling…")
    await expect(call).to_contain_text("Ringing…")
    await expect(call).to_contain_text("Connected")
    await anna.hears_speech()

    room = await listener(livekit)
    assert any(other.startswith("phone_") for other in room.others)
    await room.wait_hears(10, tone=ANNA_TONE)
    await anna.button("Mute").click()
    await room.wait_until(lambda: not room.heard_tones(ANNA_TONE), 10, "still heard the muted agent")

    await anna.button("Hang up").click()
    await expect(anna.page.get_by_text("You hung up")).to_be_visible()
    await room.wait_over(10)
    await expect_result(anna, "112", "Completed")


@pytest.mark.parametrize(
    ("number", "words", "result"),
    [
        ("+49 30 23125101", "The line is busy.", "Rejected"),
        ("+49 30 23125102", "The call was declined.", "Rejected"),
        ("+49 30 23125104", "The number cannot be reached.", "Failed"),
    ],
)
async def test_a_call_that_did_not_come_about_says_why(anna: Desk, number: str, words: str, result: str) -> None:
    await anna.dial(number)
    await expect(anna.page.get_by_text(words)).to_be_visible()
    await expect(anna.page.locator("#call")).to_contain_text(number)
    await expect(anna.page.locator("#status-menu")).to_contain_text("Available")
    await expect_result(anna, number, result)


async def test_trying_again_is_one_button(anna: Desk) -> None:
    await anna.dial("+49 30 23125104")
    await expect(anna.page.get_by_text("The number cannot be reached.")).to_be_visible()
    await anna.button("Try again").click()
    await expect(anna.page.locator("#call")).to_have_attribute("data-scene", "dialing")
    await expect(anna.page.get_by_text("The number cannot be reached.")).to_be_visible()


async def test_a_phone_that_rings_and_rings_is_given_up(anna: Desk) -> None:
    await anna.dial("+49 30 23125103")
    await expect(anna.page.locator("#call")).to_contain_text("Ringing…")
    await anna.button("Hang up").click()
    await expect(anna.page.get_by_text("You ended it before it was answered.")).to_be_visible()
    await expect_result(anna, "+49 30 23125103", "Cancelled")


async def test_the_other_side_hangs_up(anna: Desk) -> None:
    await anna.dial("+49 30 23125105")
    await anna.hears_speech(20)
    await expect(anna.page.get_by_text("The other side hung up")).to_be_visible()
    await expect(anna.button("Call back")).to_be_visible()
    await expect_result(anna, "+49 30 23125105", "Completed")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Anna", "“Anna” is not a phone number."),
        ("123", "is too short for a phone number."),
        ("+49 30 231251111111111", "wrong length"),
    ],
)
async def test_what_is_no_number_is_said_and_kept(anna: Desk, typed: str, words: str) -> None:
    await anna.dial(typed)
    await expect(anna.page.get_by_text(words)).to_be_visible()
    await expect(anna.page.get_by_label("Phone number")).to_have_value(typed)
    await expect(anna.page.locator("#status-menu")).to_contain_text("Available")


async def expect_result(desk: Desk, number: str, result: str) -> None:
    """The newest call with this number, as the history has it."""
    await desk.visit("/history")
    await expect(desk.page.get_by_role("row").filter(has_text=number).first).to_contain_text(result)
