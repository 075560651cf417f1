"""What all tests share: settings, a database made by the real migrations, and services on a virtual clock."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from pathlib import Path
from typing import Any, Protocol

import bcrypt
import pytest

from callcenter.bootstrap import Services, build, set_services
from callcenter.cli.migrate import upgrade
from callcenter.core.domain.agents import Actor, Role
from callcenter.settings import Settings, get_settings
from tests.builders import FEWEST_ROUNDS, Centre, add_agent
from tests.consistency import assert_consistent
from tests.fakes import WEBHOOK_KEY, WEBHOOK_SECRET, Clock, FakeMedia, FakeTelephony
from tests.support import fuzz
from tests.support.databases import copy_of, empty_database, use_server
from tests.support.postgres import PostgresServer

MakeSettings = Callable[..., Settings]


class MakeAgent(Protocol):
    def __call__(
        self, name: str, role: Role = Role.AGENT, *, available: bool = True, connected: bool = True
    ) -> Awaitable[Actor]: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "only tests with a database, on a PostgreSQL server of their own, or the one TEST_DATABASE_URL names"
    parser.addoption("--postgresql", action="store_true", help=text)
    parser.addoption("--no-skips", action="store_true", help="a test that is skipped has failed")
    text = "tests that make up their input try so many times as many examples, and other ones with each run"
    parser.addoption("--fuzz", type=int, default=0, metavar="TIMES", help=text)


def pytest_configure(config: pytest.Config) -> None:
    fuzz.search_longer(config.getoption("--fuzz"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and item.config.getoption("--no-skips"):
        report.outcome = "failed"
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--postgresql"):
        with_database = [item for item in items if _is_for_postgresql(item, config)]
        config.hook.pytest_deselected(items=list(set(items) - set(with_database)))
        items[:] = with_database


def _is_for_postgresql(item: pytest.Item, config: pytest.Config) -> bool:
    """``once``: takes long and has little to do with the database. ``own_postgresql`` is at home there."""
    if item.get_closest_marker("own_postgresql") is not None:
        return True
    once = item.get_closest_marker("once") is not None and not config.getoption("--fuzz")
    return "database_server" in getattr(item, "fixturenames", ()) and not once


@pytest.fixture(scope="session")
def database_server(request: pytest.FixtureRequest) -> Iterator[None]:
    """The server that tests get their databases from."""
    if not request.config.getoption("--postgresql"):
        yield
        return
    given = os.environ.get("TEST_DATABASE_URL")
    own = None if given else PostgresServer.boot()
    use_server(given or (own.url if own else ""))
    yield
    use_server("")
    if own:
        own.stop()


@pytest.fixture(scope="session", autouse=True)
def _passwords_that_protect_nothing() -> Iterator[None]:
    """Are kept with the fewest rounds bcrypt allows. Servers of their own keep theirs as always."""
    with pytest.MonkeyPatch.context() as patch:
        salted = bcrypt.gensalt
        patch.setattr(bcrypt, "gensalt", lambda rounds=FEWEST_ROUNDS: salted(rounds))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """Tests say what they need; what the shell or a .env has set must not change them."""
    names = {name.upper() for name in Settings.model_fields}
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper() in names]:
            patch.delenv(name)
        patch.setitem(Settings.model_config, "env_file", None)
        get_settings.cache_clear()
        yield
    get_settings.cache_clear()


@pytest.fixture(autouse=True)
def _nothing_is_left_in_the_environment() -> Iterator[None]:
    """Commands that a test runs in this process fill in what is not set; the next test must not find it."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


def settings_for(database_url: str, **changes: Any) -> Settings:
    """Settings of a development machine, without looking at the environment."""
    facts: dict[str, Any] = {
        "debug": True,
        "secret_key": "a secret for tests only 0123456789abcdef",
        "livekit_api_key": "testkey",
        "livekit_api_secret": "a-secret-for-tests-only-0123456789abcdef",
        "livekit_webhook_key": WEBHOOK_KEY,
        "livekit_webhook_secret": WEBHOOK_SECRET,
        "livekit_url": "http://127.0.0.1:9",
        "public_url": "http://localhost:3000",
        "database_url": database_url,
        "telephony_file": "",
    }
    return Settings(**(facts | changes))


@pytest.fixture(scope="session")
def migrated(database_server: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database, made once by the migrations; copy it."""
    with empty_database(tmp_path_factory.mktemp("template")) as address:
        upgrade(settings_for(address))
        yield address


@pytest.fixture
def database_url(migrated: str, tmp_path: Path) -> Iterator[str]:
    """A fresh database of this test's own."""
    with copy_of(migrated, tmp_path) as address:
        yield address


@pytest.fixture
def make_settings(database_url: str) -> MakeSettings:
    """Settings on this test's database; keyword arguments change them."""
    return lambda **changes: settings_for(database_url, **changes)


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    """Override this in a module that needs other settings."""
    return make_settings()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def media() -> FakeMedia:
    return FakeMedia()


@pytest.fixture
async def telephony(media: FakeMedia) -> FakeTelephony:
    return FakeTelephony(media)


@pytest.fixture
async def services(
    settings: Settings, media: FakeMedia, telephony: FakeTelephony, clock: Clock
) -> AsyncIterator[Services]:
    """The real services on a real database, with a fake media server and fake phones; also those of the process."""
    built = build(settings, media, telephony, clock)
    set_services(built)
    yield built
    set_services(None)
    await built.stop()


@pytest.fixture
def agent(services: Services) -> MakeAgent:
    """``await agent("Anna")``: an agent who is signed in at a desk and Available."""

    def make(name: str, role: Role = Role.AGENT, *, available: bool = True, connected: bool = True) -> Awaitable[Actor]:
        return add_agent(services, name, role, available=available, connected=connected)

    return make


@pytest.fixture
async def centre(services: Services, media: FakeMedia, clock: Clock) -> AsyncIterator[Centre]:
    """A centre to act in. However the story went, its record must be consistent in the end."""
    yield Centre(services, media, clock)
    await assert_consistent(services)
