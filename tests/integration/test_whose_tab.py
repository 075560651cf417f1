"""A tab shows the next person nothing of the last one: every var of every state, whatever there is."""

import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlmodel import Session, create_engine, select

from callcenter.accounts.cli import DEMO_PASSWORD
from callcenter.core.domain.agents import Role
from callcenter.core.tables import Agent, LoginSession
from tests.support.desk_app import DeskApp, desk_served
from tests.support.page_socket import SESSION, STATE, TEAM, PageSocket, page_socket

MARK, NUMBER = "m4rked-for-anna", "77419988"
ACCOUNTS = SESSION + "callcenter___accounts___ui___accounts_state____accounts."
BLANK = '"invitation_rx_state_":""'
READY = '"ready_rx_state_":true'
Ending = Callable[[DeskApp, httpx.AsyncClient], None]


@pytest.fixture(scope="module")
def desk_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskApp]:
    people = (("anna", "Anna Albers", "admin"), ("ben", "Ben Brandt", "agent"))
    home, settings = tmp_path_factory.mktemp("whose"), {"LEASE_SECONDS": "3"}
    with desk_served(home, *people, settings=settings, app="tests.support.marked_app:app") as app:
        yield app


@pytest.fixture
async def client(desk_app: DeskApp) -> AsyncIterator[httpx.AsyncClient]:
    with _rows(desk_app) as session:
        anna = session.exec(select(Agent).where(Agent.username == "anna")).one()
        anna.disabled_at, anna.role = None, Role.ADMIN
        session.commit()
    async with httpx.AsyncClient(base_url=desk_app.url, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
def token() -> str:
    return secrets.token_hex(16)


def _rows(app: DeskApp) -> Session:
    return Session(create_engine(f"sqlite:///{app.home / 'desk.db'}"))


async def signed_in(client: httpx.AsyncClient, username: str = "anna") -> str:
    """The cookie of a new sign-in."""
    client.cookies.clear()
    await client.post("/auth/sign-in", data={"username": username, "password": DEMO_PASSWORD})
    return client.cookies["callcenter_session"]


def at(path: str) -> dict[str, str]:
    return {"pathname": path, "asPath": path}


async def loads(page: PageSocket, path: str = "/history") -> None:
    """As a page does when it has connected."""
    await page.event(STATE.removesuffix(".") + ".hydrate_and_load", {}, router_data=at(path))
    await page.until('"is_hydrated_rx_state_":true')


async def fill(client: httpx.AsyncClient, token: str) -> None:
    filled = (await client.post("/api/test/mark", params={"token": token})).json()
    for name in ("accounts.invitation", "history.rows", "history._wanted", "my_account.sign_ins", "live.view"):
        assert any(one.endswith(name) for one in filled), f"{name} was not filled: {filled}"


async def left(client: httpx.AsyncClient, token: str) -> dict[str, str]:
    found: dict[str, str] = (await client.get("/api/test/left", params={"token": token})).json()
    return found


def since_blank(page: PageSocket, said: int) -> list[str]:
    """What came once the browser was told to forget all it had; until then it is the same person's own."""
    blank = next(number for number, one in enumerate(page.heard) if number >= said and BLANK in one)
    return page.heard[blank:]


def marks(of: object) -> list[str]:
    text = str(of)
    return [one for one in (MARK, NUMBER) if one in text]


def _anna(app: DeskApp, change: Callable[[Agent, LoginSession], None]) -> None:
    with _rows(app) as session:
        anna = session.exec(select(Agent).where(Agent.username == "anna")).one()
        for login in session.exec(select(LoginSession).where(LoginSession.agent_id == anna.id)):
            change(anna, login)
        session.commit()


def expired(anna: Agent, login: LoginSession) -> None:
    login.expires_at = datetime.now(UTC) - timedelta(seconds=1)


def ended_elsewhere(anna: Agent, login: LoginSession) -> None:
    login.revoked_at = datetime.now(UTC)


def disabled(anna: Agent, login: LoginSession) -> None:
    anna.disabled_at = datetime.now(UTC)


def became_an_agent(anna: Agent, login: LoginSession) -> None:
    anna.role = Role.AGENT


ENDINGS = [expired, ended_elsewhere, disabled]


async def test_the_same_person_finds_the_tab_as_it_was(
    desk_app: DeskApp, client: httpx.AsyncClient, token: str
) -> None:
    """As after a lost connection; it also shows that a mark would be seen."""
    cookie = await signed_in(client)
    async with page_socket(desk_app.port, cookie, token) as page:
        await loads(page)
        await fill(client, token)
    async with page_socket(desk_app.port, cookie, token) as page:
        await loads(page)
        assert marks(page.heard) == [MARK, NUMBER]


@pytest.mark.parametrize("ends", ENDINGS)
async def test_a_tab_that_is_open_when_its_sign_in_ends_is_sent_a_blank_page(
    desk_app: DeskApp,
    client: httpx.AsyncClient,
    token: str,
    ends: Callable[[Agent, LoginSession], None],
) -> None:
    async with page_socket(desk_app.port, await signed_in(client), token) as page:
        await loads(page)
        await page.until(READY)
        await fill(client, token)
        said = len(page.heard)
        _anna(desk_app, ends)
        await page.until("/sign-in")
        assert marks(since_blank(page, said)) == []
    assert await left(client, token) == {}


async def test_a_tab_that_is_open_when_somebody_signs_out_in_another_is_sent_a_blank_page(
    desk_app: DeskApp, client: httpx.AsyncClient, token: str
) -> None:
    async with page_socket(desk_app.port, await signed_in(client), token) as page:
        await loads(page)
        await page.until(READY)
        await fill(client, token)
        said = len(page.heard)
        await client.post("/auth/sign-out")
        await page.until("/sign-in")
        assert marks(since_blank(page, said)) == []
    assert await left(client, token) == {}


async def test_a_click_after_another_role_was_given_loads_the_page_for_that_role(
    desk_app: DeskApp, client: httpx.AsyncClient, token: str
) -> None:
    async with page_socket(desk_app.port, await signed_in(client), token) as page:
        await loads(page)
        await page.until(READY)
        await fill(client, token)
        said = len(page.heard)
        _anna(desk_app, became_an_agent)
        await page.event(TEAM + "look_for", {"text": "anna"})
        await page.until('"role":"agent"')
        assert marks(since_blank(page, said)) == []
    assert marks(await left(client, token)) == []


@pytest.mark.parametrize("ends", [*ENDINGS, became_an_agent])
@pytest.mark.parametrize("cookie_stays", [True, False], ids=["the old cookie", "no cookie"])
async def test_a_tab_that_comes_back_after_its_sign_in_ended_starts_from_nothing(
    desk_app: DeskApp,
    client: httpx.AsyncClient,
    token: str,
    ends: Callable[[Agent, LoginSession], None],
    cookie_stays: bool,
) -> None:
    cookie = await signed_in(client)
    async with page_socket(desk_app.port, cookie, token) as page:
        await loads(page)
        await fill(client, token)
    _anna(desk_app, ends)
    for now, path in ((cookie if cookie_stays else "", "/sign-in"), (await signed_in(client, "ben"), "/history")):
        async with page_socket(desk_app.port, now, token) as page:
            await loads(page, path)
            assert marks(page.heard) == []
            assert marks(await left(client, token)) == []


async def test_the_next_person_in_a_tab_starts_from_nothing(
    desk_app: DeskApp, client: httpx.AsyncClient, token: str
) -> None:
    """The first one's sign-in has not ended: only the cookie was replaced. On a page that does not list the team."""
    anna, ben = await signed_in(client), await signed_in(client, "ben")
    async with page_socket(desk_app.port, anna, token) as page:
        await loads(page)
        await fill(client, token)
    async with page_socket(desk_app.port, ben, token) as page:
        await page.event(TEAM + "look_for", {"text": "anna"}, router_data=at("/history"))
        await page.until('"username":"ben"')
        assert marks(page.heard) == []
        assert "Anna Albers" not in str(page.heard)
    assert marks(await left(client, token)) == []


async def test_an_answer_that_comes_late_is_not_sent_to_the_next_person(
    desk_app: DeskApp, client: httpx.AsyncClient, token: str
) -> None:
    """Anna's clicks are still being worked on when Ben has the tab."""
    anna, ben = await signed_in(client), await signed_in(client, "ben")
    for _ in range(5):
        async with page_socket(desk_app.port, anna, token) as page:
            await loads(page)
            for _ in range(20):
                await page.event(ACCOUNTS + "look_for", {"text": ""})
        async with page_socket(desk_app.port, ben, token) as page:
            await loads(page)
            await page.works()
            assert "Anna Albers" not in str(page.heard)
        found = await left(client, token)
        assert "Anna Albers" not in str(found)


async def test_pages_are_kept_by_no_cache(client: httpx.AsyncClient) -> None:
    """Else "back" after signing out may bring a page with what it showed."""
    for path in ("/", "/history", "/accounts", "/sign-in"):
        assert (await client.get(path)).headers["cache-control"] == "no-store", path
