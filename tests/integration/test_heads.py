"""HEAD on every address of the API: what GET answers, without a body."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import ASGIApp, Message

from callcenter.api_app import create_api
from callcenter.bootstrap import services
from callcenter.core.domain.agents import Role
from tests.conftest import MakeAgent
from tests.fakes import FakeMedia
from tests.integration.conftest import SignIn

ROUTES = [
    route
    for one in create_api().routes
    for route in getattr(getattr(one, "original_router", None), "routes", [one])
    if getattr(route, "path", "") != "/api/{rest:path}"
]
READ = sorted({getattr(one, "path", "") for one in ROUTES if "GET" in (getattr(one, "methods", None) or ())})
CHANGING = {"x-request-id", "content-length", "date"}
"""Headers that differ from one GET to the next."""


def test_the_reading_routes_are_known() -> None:
    some = {"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/api/calls.csv", "/auth/history.csv"}
    assert some <= set(READ)
    assert len(READ) > 14


@pytest.mark.parametrize("path", READ)
async def test_head_answers_as_get_does(path: str, here: httpx.AsyncClient, agent: MakeAgent, login: SignIn) -> None:
    ada = await login(await agent("Ada", Role.ADMIN))
    address = path.replace("{call_id}", "1").replace("{name}", "swagger-ui.css")
    for headers in ({}, ada):
        wanted = await here.get(address, headers=headers)
        given = await here.head(address, headers=headers)
        assert (given.status_code, given.content) == (wanted.status_code, b"")
        same = [{k: v for k, v in one.headers.items() if k not in CHANGING} for one in (given, wanted)]
        assert same[0] == same[1]


async def test_a_probe_by_head_says_when_it_cannot_work(http: httpx.AsyncClient, media: FakeMedia) -> None:
    media.down = True
    ready = await http.head("/readyz")
    assert (ready.status_code, ready.content) == (503, b"")
    assert (await http.head("/healthz")).status_code == 200


async def test_what_cannot_be_read_has_no_head(http: httpx.AsyncClient) -> None:
    answer = await http.head("/api/login")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "POST", b"")
    assert (await http.head("/api/nothing")).status_code == 404
    assert (await http.delete("/api/agents/me")).headers["allow"] == "GET, HEAD"


async def test_a_file_is_not_written_for_a_head(
    app: ASGIApp, agent: MakeAgent, login: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the file would be, the answer ends, and so does the work."""
    ada = await login(await agent("Ada", Role.ADMIN))
    written, ended = 0, asyncio.Event()

    async def endless(*_: object, **__: object) -> AsyncIterator[str]:
        nonlocal written
        try:
            while True:
                written += 1
                yield "line\n"
                await asyncio.sleep(0)
        finally:
            ended.set()

    monkeypatch.setattr(services().history, "csv", endless)
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"authorization", ada["Authorization"].encode())]
    scope = {
        "type": "http", "method": "HEAD", "path": "/api/calls.csv", "raw_path": b"/api/calls.csv", "query_string": b"",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("localhost", 3000), "scheme": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "root_path": "",
    }  # fmt: skip
    async with asyncio.timeout(60):
        await app(scope, receive, send)
        await ended.wait()
    assert [one["type"] for one in sent] == ["http.response.start", "http.response.body"]
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"")
    assert written < 10
