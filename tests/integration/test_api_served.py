"""The API as it is served beside the pages by the real server, on its one port."""

import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import websockets
from websockets.typing import Origin

from callcenter.accounts.cli import DEMO_PASSWORD
from callcenter.cli.environment import ROOT
from callcenter.platform.http.content_security_policy import NOTHING, script_hashes
from tests.support.desk_app import DeskApp, desk_served

EVIL = "https://evil.example"
ACCOUNTS = (("anna", "Anna Albers", "agent"), ("ben", "Ben Brandt", "agent"))


@pytest.fixture(scope="module")
def desk_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskApp]:
    with desk_served(tmp_path_factory.mktemp("served"), *ACCOUNTS) as app:
        yield app


@pytest.fixture
async def client(desk_app: DeskApp) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=desk_app.url, trust_env=False) as client:
        yield client


async def token_of(client: httpx.AsyncClient, username: str) -> str:
    answer = await client.post("/api/login", data={"username": username, "password": DEMO_PASSWORD})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


@contextlib.asynccontextmanager
async def listening(app: DeskApp, token: str) -> AsyncIterator[Any]:
    address = f"ws://127.0.0.1:{app.port}/api/ws"
    async with websockets.connect(address, proxy=None) as socket:
        await socket.send(json.dumps({"type": "auth", "token": token}))
        assert json.loads(await socket.recv())["type"] == "snapshot"
        yield socket


async def test_pages_api_and_health_share_the_port(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert (await client.get("/sign-in?next=/history")).status_code == 200, "no redirect, whose scheme might be wrong"
    unknown = await client.get("/api/nothing")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")
    assert (await client.get("/docs")).status_code == 200
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    for path in ("/healthz", "/readyz", "/docs", "/", "/sign-in"):
        head = await client.head(path)
        assert (head.status_code, head.content) == (200, b""), path


async def test_a_page_runs_its_own_scripts_only(client: httpx.AsyncClient) -> None:
    for path in ("/", "/sign-in", "/history", "/nowhere"):
        page = await client.get(path)
        policy = page.headers["content-security-policy"]
        directives = {words[0]: words[1:] for words in (part.split() for part in policy.split(";"))}
        assert "'unsafe-inline'" not in directives["script-src"]
        assert set(script_hashes(page.text)) <= set(directives["script-src"]), path
        for name in ("object-src", "base-uri", "frame-ancestors"):
            assert directives[name] == ["'none'"]
        assert directives["default-src"] == directives["form-action"] == ["'self'"]
        known = {"If-None-Match": page.headers["etag"]} if "etag" in page.headers else {}
        again = await client.get(path, headers=known)
        assert again.headers["content-security-policy"] == policy, "a page that has not changed keeps its policy"
    for path in ("/healthz", "/callcenter.css", "/api/nothing"):
        assert (await client.get(path)).headers["content-security-policy"] == NOTHING


async def test_only_known_origins_may_call(client: httpx.AsyncClient, desk_app: DeskApp) -> None:
    own = f"http://localhost:{desk_app.port}"
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
    for origin, allowed in ((own, own), (EVIL, None)):
        preflight = await client.options("/api/agents/status", headers={"Origin": origin, **asked})
        simple = await client.get("/healthz", headers={"Origin": origin})
        for answer in (preflight, simple):
            assert answer.headers.get("access-control-allow-origin") == allowed


@pytest.mark.parametrize("path", ["/api/ws", "/_event/?EIO=4&transport=websocket&token=x"])
async def test_only_known_origins_may_open_a_socket(desk_app: DeskApp, path: str) -> None:
    address = f"ws://127.0.0.1:{desk_app.port}{path}"
    async with websockets.connect(address, origin=Origin(f"http://localhost:{desk_app.port}"), proxy=None):
        pass
    for origin in (EVIL, "null"):
        with pytest.raises(websockets.InvalidStatus):
            async with websockets.connect(address, origin=Origin(origin), proxy=None):
                pass


async def test_each_change_comes_as_an_event(client: httpx.AsyncClient, desk_app: DeskApp) -> None:
    anna, ben = await token_of(client, "anna"), await token_of(client, "ben")
    headers = {"Authorization": f"Bearer {ben}"}
    async with listening(desk_app, anna) as socket, asyncio.timeout(30):
        for status in ("Busy", "Available") * 5:
            await client.put("/api/agents/status", json={"status": status}, headers=headers)
            while json.loads(await socket.recv()).get("status") != status:
                pass


async def test_a_listener_that_never_reads_holds_nobody_up(client: httpx.AsyncClient, desk_app: DeskApp) -> None:
    anna, ben = await token_of(client, "anna"), await token_of(client, "ben")
    headers = {"Authorization": f"Bearer {ben}"}
    async with listening(desk_app, ben) as stuck, listening(desk_app, anna) as quick:
        stuck.transport.pause_reading()
        for status in ("Busy", "Available") * 5:
            await client.put("/api/agents/status", json={"status": status}, headers=headers)
            async with asyncio.timeout(2):
                while json.loads(await quick.recv()).get("status") != status:
                    pass
        stuck.transport.resume_reading()


async def test_a_large_message_ends_the_socket(client: httpx.AsyncClient, desk_app: DeskApp) -> None:
    async with listening(desk_app, await token_of(client, "anna")) as socket:
        await socket.send("x" * 5000)
        await socket.wait_closed()
        assert socket.close_code == 1009


def snippet(language: str) -> str:
    """The one example in that language of docs/api.md."""
    text = (ROOT / "docs" / "api.md").read_text()
    (found,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return str(found)


async def test_the_examples_for_the_shell_run(desk_app: DeskApp) -> None:
    script = "set -euo pipefail\n" + snippet("bash").replace("http://localhost:3000", desk_app.url)
    done = await asyncio.to_thread(
        subprocess.run, ["bash", "-c", script], capture_output=True, text=True, env=os.environ | {"NO_PROXY": "*"}
    )
    assert done.returncode == 0, done.stderr
    me, busy, calls = done.stdout.replace("}{", "}\n{").splitlines()[:3]
    assert json.loads(me)["status"] == json.loads(busy)["status"] == "Busy"
    assert calls.startswith('{"items":[')
    assert "id,start_time,direction" in calls


async def test_the_example_that_listens_runs(client: httpx.AsyncClient, desk_app: DeskApp) -> None:
    token = await token_of(client, "anna")
    headers = {"Authorization": f"Bearer {token}"}
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", snippet("python"), f"127.0.0.1:{desk_app.port}", token,
        stdout=PIPE, stderr=PIPE, env=os.environ | {"NO_PROXY": "*"},
    )  # fmt: skip
    assert program.stdout is not None
    assert program.stderr is not None
    async with asyncio.timeout(20):
        assert await program.stdout.readline() == b"snapshot Available\n"
        await client.put("/api/agents/status", json={"status": "Busy"}, headers=headers)
        assert await program.stdout.readline() == b"status_update Busy\n"
        dialled = await client.post("/api/calls/outbound", json={"number": "+49301234567"}, headers=headers)
        lines = [await program.stdout.readline()]
        await client.post(f"/api/calls/{dialled.json()['call_id']}/hangup", headers=headers)
        while lines[-1] != b"call_ended ended\n":
            lines.append(await program.stdout.readline())
        assert b"room_update dialing\n" in lines
        await client.post("/api/logout", headers=headers)
        assert await program.wait() == 1
        assert b"signed out" in await program.stderr.read()


async def test_a_thousand_connections_that_say_nothing_keep_nobody_out(desk_app: DeskApp) -> None:
    """As many as granian would take by itself, and then LiveKit would wait outside."""
    async with contextlib.AsyncExitStack() as idle:
        for _ in range(1100):
            _, writer = await asyncio.open_connection("127.0.0.1", desk_app.port)
            idle.callback(writer.close)
        async with httpx.AsyncClient(base_url=desk_app.url, trust_env=False) as another:
            assert (await another.get("/healthz")).status_code == 200
            assert (await another.post("/api/calls/inbound")).status_code == 401, "the lane of notifications is open"


async def test_a_message_that_is_too_big_costs_its_sender_the_socket(desk_app: DeskApp) -> None:
    address = f"ws://127.0.0.1:{desk_app.port}/_event/?EIO=4&transport=websocket&token=big"
    async with websockets.connect(address, proxy=None) as socket:
        await socket.send("4" + "x" * 100_000)
        await asyncio.wait_for(socket.wait_closed(), 10)


async def test_it_stops_promptly_with_open_sockets_and_logs_no_secret(
    client: httpx.AsyncClient, desk_app: DeskApp
) -> None:
    token = await token_of(client, "anna")
    await client.post("/api/login", data={"username": "anna", "password": "a wrong secret"})
    await client.get("/auth/history.csv", cookies={"callcenter_session": token})
    async with listening(desk_app, token):
        await asyncio.to_thread(desk_app.end, 20)
    for secret in (token, DEMO_PASSWORD, "a wrong secret", "token="):
        assert secret not in desk_app.log
    assert "Traceback" not in desk_app.log, desk_app.log
