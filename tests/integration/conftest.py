"""The API in this process, over ASGI, on the services of the shared fixtures."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Protocol

import httpx
import pytest
from starlette.types import ASGIApp

from callcenter.api_app import create_api, guarded, limited
from callcenter.bootstrap import Services
from callcenter.core.domain.agents import Actor
from callcenter.platform.http.request_log import Requests
from callcenter.room_events.api import Straight
from tests.builders import PASSWORD
from tests.support.asgi_socket import Socket
from tests.support.desk_app import DeskApp, desk_served
from tests.support.livekit_server import LiveKitServer, free_port

CLIENT = ("198.51.100.7", 50000)
"""Where requests of ``http`` seem to come from."""


class SignIn(Protocol):
    def __call__(self, actor: Actor, status: str = "Available") -> Awaitable[dict[str, str]]: ...


OpenSocket = Callable[..., Awaitable[Socket]]


@pytest.fixture
def app(services: Services) -> ASGIApp:
    """As the product serves it, without the pages."""
    return Requests(guarded(limited(Straight(create_api()))))


@pytest.fixture
async def http(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API. It shows a crash of the server as the client would see it."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=CLIENT)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client


@pytest.fixture
async def here(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """A client on the server's own machine."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 50001))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client


@pytest.fixture
def login(http: httpx.AsyncClient) -> SignIn:
    """``headers = await login(anna)``: signed in over the API, and Available unless told otherwise."""

    async def sign_in(actor: Actor, status: str = "Available") -> dict[str, str]:
        form = {"username": actor.username, "password": PASSWORD, "status": status}
        answer = await http.post("/api/login", data=form)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    return sign_in


@pytest.fixture
async def open_socket(app: ASGIApp) -> AsyncIterator[OpenSocket]:
    """``socket = await open_socket("/api/ws")``; closed at the end of the test."""
    opened: list[Socket] = []

    async def connect(path: str = "/api/ws", **headers: str) -> Socket:
        socket = Socket(app, path, headers)
        opened.append(socket)
        await socket.connect()
        return socket

    yield connect
    for socket in opened:
        await socket.leave()


@pytest.fixture(scope="session")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskApp]:
    """The program as it is served, for those who speak to it as nobody should: anna is an agent, ada administers."""
    people = (("anna", "Anna Albers", "agent"), ("ada", "Ada Admin", "admin"))
    with desk_served(tmp_path_factory.mktemp("fuzzed"), *people) as app:
        yield app


@pytest.fixture(scope="session")
def webhook_port() -> int:
    """Where the LiveKit of ``server`` sends its notifications."""
    return free_port()


@pytest.fixture(scope="session")
def server(webhook_port: int) -> Iterator[LiveKitServer]:
    """One LiveKit for all centres with real sound; each begins with it running, and empty."""
    server = LiveKitServer.boot_for(webhook_port)
    yield server
    server.stop()
