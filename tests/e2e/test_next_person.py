"""Two people at one tab, one after the other: the second is shown nothing of the first."""

import re

from playwright.async_api import Page, WebSocket, expect
from sqlmodel import Session, create_engine, select

from callcenter.core.tables import LoginSession
from callcenter.core.unit_of_work import utc_now
from tests.e2e.conftest import OpenDesk
from tests.support.browser import AT_THE_DOOR, Desk
from tests.support.desk_app import DeskApp

ADMIN, CALLER = "Ada Novak", "+493077700111"
HISTORY = 12


def listen(page: Page) -> list[str]:
    """All that comes over the page's sockets from now on."""
    frames: list[str] = []

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: frames.append(str(frame)))

    page.on("websocket", opened)
    return frames


def end_all_sign_ins(app: DeskApp) -> None:
    engine = create_engine(f"sqlite:///{app.home / 'desk.db'}")
    with Session(engine) as session:
        for login in session.exec(select(LoginSession)):
            login.revoked_at = utc_now()
        session.commit()
    engine.dispose()


async def an_administrators_tab(app: DeskApp, open_desk: OpenDesk) -> tuple[Desk, str]:
    """Ada has made an invitation and looks at the history. Returns the link's secret too."""
    app.fill_history("ada", HISTORY, CALLER)
    ada = await open_desk("ada", status="")
    await ada.visit("/accounts")
    await ada.button("Invite").click()
    await ada.button("Create the link").click()
    link = ada.page.locator("#invitation")
    await expect(link).to_have_value(re.compile("/register#."))
    secret = (await link.input_value()).partition("#")[2]
    await ada.page.keyboard.press("Escape")
    await ada.page.get_by_role("link", name="History").click()
    await expect(ada.page.get_by_text("+49 30 77700111").first).to_be_visible()
    return ada, secret


async def test_the_next_person_at_an_administrators_tab_is_shown_nothing_of_hers(
    desk_app: DeskApp, open_desk: OpenDesk
) -> None:
    ada, secret = await an_administrators_tab(desk_app, open_desk)
    assert len(secret) > 20, "the link was seen"
    end_all_sign_ins(desk_app)
    await ada.page.wait_for_url(AT_THE_DOOR)
    frames = listen(ada.page)
    await ada.page.reload()
    await ada.try_to_sign_in("anna")
    await expect(ada.page.locator("#account-menu")).not_to_have_text("")
    await ada.page.get_by_role("link", name="History").click()
    await expect(ada.page.get_by_role("heading", name="History")).to_be_visible()
    heard = "".join(frames)
    assert "Anna Berg" in heard, "the socket was listened to"
    for hers in (ADMIN, secret, CALLER, "/register#"):
        assert hers not in heard
    assert ADMIN not in await ada.page.content()


async def test_back_after_signing_out_shows_nothing(desk_app: DeskApp, open_desk: OpenDesk) -> None:
    ada, _ = await an_administrators_tab(desk_app, open_desk)
    await ada.sign_out()
    frames = listen(ada.page)
    await ada.page.go_back()
    await expect(ada.page.get_by_label("User name")).to_be_visible()
    assert ADMIN not in "".join(frames)
    assert ADMIN not in await ada.page.content()
