"""The whole product with real servers and real browsers."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Playwright, async_playwright, expect

from callcenter.cli.simulator import Caller, Connection
from callcenter.cli.simulator.sounds import tone
from tests.support import firefox
from tests.support.browser import CHROMIUM, FIREFOX, Desk
from tests.support.desk_app import DeskApp
from tests.support.livekit_server import LiveKitServer, free_port

QUICK = {
    "WRAP_UP_SECONDS": "2",
    "DECLINE_PAUSE_SECONDS": "2",
    "RECONCILE_SECONDS": "1",
    "LOG_LEVEL": "info",
    "DIALS_PER_MINUTE": "100",
}
"""Stories are told faster than people live."""
CALLER_TONE = 440
ANNA_TONE, BEN_TONE = 1200, 1800

PATIENCE_MS = 15_000
"""For what has no promise of its own about time: the machine may be a slow one."""

BROWSERS = (CHROMIUM, FIREFOX)
IN_EVERY_BROWSER = pytest.mark.parametrize("open_desk", BROWSERS, indirect=True)
"""Tell this story in Firefox as well."""

expect.set_options(timeout=PATIENCE_MS)

OpenDesk = Callable[..., Awaitable[Desk]]
StartDesk = Callable[..., DeskApp]
CallIn = Callable[..., Awaitable[Caller]]


@pytest.fixture(scope="session")
def desk_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def livekit(desk_port: int) -> Iterator[LiveKitServer]:
    """One LiveKit for all stories; its notifications go to the port every desk is started on."""
    server = LiveKitServer.boot_for(desk_port)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def filled_database(livekit: LiveKitServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated, with two agents, a supervisor and an administrator."""
    app = DeskApp(livekit, tmp_path_factory.mktemp("template"))
    app.run("migrate")
    for username, full_name, role in (
        ("anna", "Anna Berg", "agent"),
        ("ben", "Ben Okafor", "agent"),
        ("sam", "Sam Keller", "supervisor"),
        ("ada", "Ada Novak", "admin"),
    ):
        app.add_account(username, full_name, role)
    return app.home / "desk.db"


@pytest.fixture
def start_desk(livekit: LiveKitServer, desk_port: int, filled_database: Path, tmp_path: Path) -> Iterator[StartDesk]:
    """Start the product with a fresh database; settings by keyword."""
    started: list[DeskApp] = []

    def start(**settings: str) -> DeskApp:
        if not livekit.running:
            livekit.start()
        shutil.copy(filled_database, tmp_path / "desk.db")
        app = DeskApp(livekit, tmp_path, desk_port, {**QUICK, **settings})
        app.start()
        started.append(app)
        return app

    yield start
    for app in started:
        app.stop()
    livekit.empty()


@pytest.fixture
def desk_app(start_desk: StartDesk) -> DeskApp:
    return start_desk()


@pytest.fixture(scope="module")
def shared_desk(
    livekit: LiveKitServer, desk_port: int, filled_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DeskApp]:
    """One desk for all stories of a module, where each leaves the agents without a call."""
    if not livekit.running:
        livekit.start()
    home = tmp_path_factory.mktemp("shared")
    shutil.copy(filled_database, home / "desk.db")
    app = DeskApp(livekit, home, desk_port, QUICK)
    app.start()
    yield app
    app.stop()
    livekit.empty()


@pytest.fixture(scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as started:
        yield started


def browser_for(request: pytest.FixtureRequest) -> str:
    """The browser that the parameter of a fixture names, Chromium if none. Skips where there is no Firefox."""
    kind: str = getattr(request, "param", CHROMIUM)
    if kind == FIREFOX and not firefox.installed() and not os.environ.get("CI"):
        pytest.skip("needs Firefox: install firefox-esr")
    return kind


@pytest.fixture
async def open_desk(
    request: pytest.FixtureRequest, playwright: Playwright, desk_port: int, tmp_path: Path
) -> AsyncIterator[OpenDesk]:
    """A browser of its own for somebody; signed in, and Available unless told otherwise."""
    kind = browser_for(request)
    opened: list[Desk] = []

    async def open_one(
        username: str = "anna", tone: int = ANNA_TONE, status: str = "Available", **options: object
    ) -> Desk:
        desk = await Desk.open(playwright, f"http://127.0.0.1:{desk_port}", tmp_path, tone, kind=kind, **options)  # type: ignore[arg-type]
        opened.append(desk)
        await desk.sign_in(username)
        if status:
            await desk.become(status)
        return desk

    yield open_one
    for desk in opened:
        await desk.close()


@pytest.fixture
async def call_in(livekit: LiveKitServer) -> AsyncIterator[CallIn]:
    """A caller with a tone for a voice."""
    callers: list[Caller] = []
    connection = Connection(livekit.ws_url, livekit.api_key, livekit.api_secret)

    async def call(number: str = "+493023125001", hertz: int = CALLER_TONE) -> Caller:
        caller = await Caller.join(connection, number=number, to="+4930901820", sound=tone(hertz))
        callers.append(caller)
        return caller

    yield call
    for caller in callers:
        await caller.leave()
