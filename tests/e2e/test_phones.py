"""The desk on real telephones: livekit-sip between Chromium and SIP phones that nobody here wrote."""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Locator, Playwright, expect

from tests.e2e.conftest import ANNA_TONE, QUICK
from tests.support.baresip import Baresip
from tests.support.browser import Desk
from tests.support.desk_app import DeskApp
from tests.support.every_page import LIGHTS, SIZES, TOO_SMALL, violations
from tests.support.phone_network import NUMBER, PASSWORD, SUPPORT, USER, PhoneNetwork, lacking
from tests.support.sipp import Sipp
from tests.support.waiting import until

MISSING = lacking()
pytestmark = pytest.mark.skipif(
    bool(MISSING) and not os.environ.get("CI"),
    reason=f"NO TELEPHONES HERE: {', '.join(MISSING)} not found; see `make test`",
)
PHONE_TONE = 440
CALLED = "+49 30 23125777"
PLAN = """
[[numbers]]
number = "{support}"
label = "Support"

[inbound]
user = "{user}"
allowed_addresses = ["127.0.0.1"]

[outbound]
address = "127.0.0.1:{carrier}"
caller_id = "{support}"
"""


@dataclass
class Phones:
    """A desk on the telephone network, and phones with a directory of their own."""

    network: PhoneNetwork
    app: DeskApp
    home: Path

    async def call(self) -> Baresip:
        """A phone with sound that has just dialled our Support."""
        phone = await Baresip.boot(self.home, number=NUMBER, user=USER, password=PASSWORD, tone=PHONE_TONE)
        await phone.dial(f"sip:{SUPPORT}@{self.network.sip.address}")
        return phone

    async def rings_when_called(self) -> Sipp:
        return await Sipp.callee(self.home, self.network.carrier_port).start().listening()

    async def refuses(self, code: int, phrase: str) -> Sipp:
        home = self.home / str(code)
        return await Sipp.refusing(home, self.network.carrier_port, code, phrase).start().listening()


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    network = PhoneNetwork()
    network.start()
    home = tmp_path_factory.mktemp("phones")
    plan = home / "telephony.toml"
    plan.write_text(PLAN.format(support=SUPPORT, user=USER, carrier=network.carrier_port))
    settings = {name.upper(): str(value) for name, value in network.settings.items()}
    settings |= {"TELEPHONY_FILE": str(plan), "SIP_INBOUND_PASSWORD": PASSWORD, "DIALS_PER_MINUTE": "100"}
    app = DeskApp(network.livekit, home, network.webhook_port, {**QUICK, **settings})
    app.run("migrate")
    app.add_account("anna", "Anna Berg")
    app.add_account("ada", "Ada Novak", "admin")
    app.run("telephony", "apply")
    app.start()
    yield Phones(network, app, home)
    app.stop()
    network.stop()


@pytest.fixture
def phones(centre: Phones, tmp_path: Path) -> Phones:
    return Phones(centre.network, centre.app, tmp_path)


@pytest.fixture(scope="module")
async def signed_in(playwright: Playwright, centre: Phones) -> AsyncIterator[Desk]:
    desk = await Desk.open(playwright, centre.app.url, centre.home, ANNA_TONE)
    await desk.sign_in("anna")
    await desk.become("Available")
    yield desk
    await desk.close()


@pytest.fixture
async def anna(signed_in: Desk) -> Desk:
    """At her desk and without a call."""
    await signed_in.visit("/")
    await expect(signed_in.page.locator("#status-menu")).to_contain_text("Available")
    await expect(signed_in.button("Dial")).to_be_enabled()
    return signed_in


async def test_a_phone_rings_until_the_microphone_is_open_and_keys_go_both_ways(phones: Phones, anna: Desk) -> None:
    page = anna.page
    phone = await phones.call()
    await expect(page.locator("#offer")).to_contain_text("Called Support · +49 30 901820")
    await expect(page.locator("#offer")).to_contain_text("+49 30 23125001")
    assert phone.finals == [], "the phone was answered before an agent answered"

    await anna.button("Answer").click()
    await phone.talks()
    assert phone.finals == [200]
    await anna.hears(PHONE_TONE)
    await phone.hears(ANNA_TONE)
    await expect(page.locator("#call")).to_contain_text("Inbound · Support · +49 30 901820")

    await page.keyboard.press("Alt+k")
    await expect(page.locator("#keypad")).to_be_focused()
    await page.keyboard.type("5")
    await until(lambda: phone.keys == "5", 10, lambda: f"the phone got {phone.keys!r}")
    await page.keyboard.type("1234#")
    await until(lambda: phone.keys == "51234#", 10, lambda: f"the phone got {phone.keys!r}")
    await phone.press("7")
    await expect(page.locator("#keys-heard")).to_have_text("Pressed on the phone 7")
    await phone.press("*")
    await expect(page.locator("#keys-heard")).to_have_text("Pressed on the phone 7*")

    await anna.button("Hang up").click()
    await phone.over()
    await expect(page.get_by_text("You hung up")).to_be_visible()
    await phone.close()


async def test_who_hangs_up_is_said(phones: Phones, anna: Desk) -> None:
    phone = await phones.call()
    await anna.button("Answer").click()
    await anna.hears(PHONE_TONE)
    await phone.hang_up()
    await expect(anna.page.get_by_text("The other side hung up")).to_be_visible()
    await phone.close()


async def test_a_call_out_is_seen_ringing_answered_and_over(phones: Phones, anna: Desk) -> None:
    call = anna.page.locator("#call")
    phone = await phones.rings_when_called()
    await anna.dial(CALLED)
    await expect(call).to_contain_text("Ringing…")
    await phone.pick_up()
    await expect(call).to_contain_text("Connected")
    await anna.page.keyboard.press("Alt+h")
    await phone.over()
    assert "BYE" in phone.received
    await expect(anna.page.get_by_text("You hung up")).to_be_visible()


async def test_a_call_out_is_taken_back_while_it_rings(phones: Phones, anna: Desk) -> None:
    phone = await phones.rings_when_called()
    await anna.dial(CALLED)
    await expect(anna.page.locator("#call")).to_contain_text("Ringing…")
    await anna.page.keyboard.press("Alt+h")
    await phone.got("CANCEL")
    await expect(anna.page.get_by_text("You ended it before it was answered.")).to_be_visible()
    phone.kill()


async def test_what_the_network_answers_has_its_words(phones: Phones, anna: Desk) -> None:
    for code, phrase, words in (
        (486, "Busy Here", "The line is busy."),
        (480, "Temporarily Unavailable", "The phone cannot be reached at the moment."),
        (404, "Not Found", "This number is not in service."),
        (503, "Service Unavailable", "The telephone line is down."),
    ):
        phone = await phones.refuses(code, phrase)
        await anna.dial(CALLED)
        await expect(anna.page.get_by_text(words)).to_be_visible()
        await expect(anna.page.locator("#timeline")).to_contain_text(f"SIP {code} {phrase}")
        await phone.over()
    await anna.visit("/history")
    await anna.page.locator("[data-row]").first.click()
    last = anna.page.locator("[data-kind=ended]")
    await expect(last).to_contain_text("The telephone line was down")
    await expect(last).to_contain_text("SIP 503 Service Unavailable")


async def test_what_may_not_be_dialled_is_said_where_it_was_typed(phones: Phones, anna: Desk) -> None:
    field, said = anna.page.get_by_label("Phone number"), anna.page.locator("#dial-refused")
    for typed, words in (
        ("+1 202 555 0143", "are not allowed here. Ask an administrator."),
        ("0900 1234567", "Numbers with a price of their own may not be called here."),
        ("112", "Emergency services cannot be reached from here"),
    ):
        await anna.dial(typed)
        await expect(said).to_contain_text(words)
        await expect(field).to_have_value(typed)
        await expect(field).to_be_focused()
        await expect(anna.button("Hang up")).to_be_hidden()
    assert await violations(anna.page) == []
    await anna.page.keyboard.press("Backspace")
    await expect(said).to_be_empty()
    await anna.visit("/telephones")
    await expect(anna.page.locator("#not-allowed")).to_contain_text("Only administrators see the telephone lines")


async def test_an_administrator_sees_how_the_lines_are(playwright: Playwright, phones: Phones, tmp_path: Path) -> None:
    ada = await Desk.open(playwright, phones.app.url, tmp_path, ANNA_TONE)
    await ada.sign_in("ada")
    page = ada.page
    await page.get_by_role("link", name="Phones").click()
    for part in ("inbound", "outbound", "service", "redis"):
        await expect(state_of(ada, part)).to_contain_text("Works")
    await expect(page.locator("#numbers")).to_contain_text("+49 30 901820")
    await expect(page.locator("#numbers")).to_contain_text("Support")
    await expect(page.locator("#line-errors").get_by_role("row").nth(1)).to_contain_text("503 Service Unavailable")
    await expect(page.locator("#dial-refusals")).to_contain_text("Emergency services cannot be reached")
    wrong = Sipp.caller(tmp_path, phones.network.sip.address, to=SUPPORT, number=NUMBER, password="wrong").start()
    await until(lambda: wrong.finals, 10, lambda: "nobody answered the wrong password")
    wrong.kill()
    await ada.button("Refresh").click()
    await expect(page.locator("#refused-calls")).to_contain_text("The password was wrong")
    for light, (width, height) in zip(LIGHTS, (SIZES[-1], SIZES[0]), strict=True):
        await page.emulate_media(color_scheme=light)  # type: ignore[arg-type]
        await page.set_viewport_size({"width": width, "height": height})
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(wide) == 0, f"{width} wide scrolls sideways"
        assert await violations(page) + await page.evaluate(TOO_SMALL) == [], f"{light}, {width} wide"

    phones.network.sip.kill()
    await ada.button("Refresh").click()
    await expect(state_of(ada, "service")).to_contain_text("Down")
    await expect(page.locator("#line-problems")).to_contain_text("Start it.")
    assert await violations(page) == []
    phones.network.start()
    await ada.button("Refresh").click()
    await expect(state_of(ada, "service")).to_contain_text("Works")
    await ada.close()


def state_of(ada: Desk, part: str) -> Locator:
    return ada.page.locator(f"[data-part={part}]")
