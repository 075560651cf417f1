"""A sign-in whose time is up in the middle of a call, with sound measured at the caller's end."""

from datetime import timedelta

from playwright.async_api import expect
from sqlmodel import Session, create_engine, select

from callcenter.accounts.cli import DEMO_PASSWORD
from callcenter.cli.simulator import Caller
from callcenter.core.tables import LoginSession
from callcenter.core.unit_of_work import utc_now
from tests.e2e.conftest import ANNA_TONE, CallIn, OpenDesk, StartDesk
from tests.support.browser import AT_THE_DOOR, Desk
from tests.support.desk_app import DeskApp
from tests.support.gaps import Gaps

OFTEN = "3"
"""Seconds of a lease: whether sign-ins have ended is looked at three times as often."""
OVER = "Your sign-in ends with this call."


def end_in(app: DeskApp, seconds: float) -> None:
    """Every sign-in holds for so long from now on."""
    engine = create_engine(f"sqlite:///{app.home / 'desk.db'}")
    with Session(engine) as session:
        for login in session.exec(select(LoginSession)):
            login.expires_at = utc_now() + timedelta(seconds=seconds)
        session.commit()
    engine.dispose()


async def _anna_talks(open_desk: OpenDesk, call_in: CallIn) -> tuple[Desk, Caller]:
    anna = await open_desk("anna", ANNA_TONE)
    caller = await call_in()
    await anna.button("Answer").click()
    await caller.wait_hears(10, tone=ANNA_TONE)
    return anna, caller


async def test_the_call_is_kept_to_its_end_and_then_the_agent_is_signed_out(
    start_desk: StartDesk, open_desk: OpenDesk, call_in: CallIn
) -> None:
    app = start_desk(LEASE_SECONDS=OFTEN)
    anna, caller = await _anna_talks(open_desk, call_in)
    gaps = Gaps(caller)
    end_in(app, 0)
    await expect(anna.page.get_by_text(OVER)).to_be_visible(timeout=20_000)
    await caller.wait_hears(10, tone=ANNA_TONE)
    assert gaps.stop() == 0, "the caller heard the agent all the time"
    await anna.button("Hang up").click()
    assert await caller.wait_over(10) == "other side"
    await anna.page.wait_for_url(AT_THE_DOOR)
    await expect(anna.page.get_by_text("Your sign-in has ended.")).to_be_visible()


async def test_a_sign_in_is_renewed_in_the_middle_of_a_call(
    start_desk: StartDesk, open_desk: OpenDesk, call_in: CallIn
) -> None:
    app = start_desk(LEASE_SECONDS=OFTEN)
    anna, caller = await _anna_talks(open_desk, call_in)
    await expect(anna.page.locator("#sign-in-ends")).to_be_hidden()
    gaps = Gaps(caller)
    end_in(app, 300)
    await expect(anna.page.locator("#sign-in-ends")).to_contain_text("Your sign-in ends in", timeout=20_000)
    await anna.button("Renew").click()
    await anna.page.get_by_label("Password").fill("not her password")
    await anna.button("Stay signed in").click()
    await expect(anna.page.get_by_text("wrong")).to_be_visible()
    await anna.page.get_by_label("Password").fill(DEMO_PASSWORD)
    await anna.button("Stay signed in").click()
    await expect(anna.page.locator("#sign-in-ends")).to_be_hidden()
    await caller.wait_hears(10, tone=ANNA_TONE)
    assert gaps.stop() == 0, "the caller heard the agent all the time"
    await anna.button("Hang up").click()
    await expect(anna.page.locator("#status-menu")).to_contain_text("Available")
