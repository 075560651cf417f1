"""What an attacker tries first at the desk as it is served: odd requests, odd paths, and a tab that is no browser."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

import httpx
import pytest
import websockets

from callcenter.accounts.cli import DEMO_PASSWORD
from callcenter.accounts.ui.accounts_state import Accounts
from callcenter.cli.environment import ROOT
from callcenter.platform.reflex.wire import STORAGE
from callcenter.telephony.ui.state import Telephones
from tests.support.desk_app import DeskApp, desk_served
from tests.support.waiting import until

ACCOUNTS, TELEPHONES = Accounts.get_full_name(), Telephones.get_full_name()
FORM = {"username": "anna", "password": DEMO_PASSWORD}
NEW = {"username": "mallory", "password": "seven grey lanterns", "full_name": "Mallory", "role": "admin"}


@pytest.fixture(scope="module")
def desk_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskApp]:
    people = (("anna", "Anna Albers", "agent"), ("ada", "Ada Adler", "admin"))
    settings = {"LOG_FORMAT": "json", "LOG_LEVEL": "info"}
    with desk_served(tmp_path_factory.mktemp("attacked"), *people, settings=settings) as app:
        yield app


@pytest.fixture
async def client(desk_app: DeskApp) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=desk_app.url, trust_env=False, timeout=60) as client:
        yield client


async def raw(app: DeskApp, request: bytes) -> bytes:
    """The first line of the answer to these very bytes; nothing when the connection is closed without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", app.port)
    writer.write(request)
    try:
        async with asyncio.timeout(20):
            return await reader.readline()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def logged(app: DeskApp, event: str) -> list[dict[str, Any]]:
    """What was written under this name."""
    lines = [json.loads(line) for line in app.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == event]


# Requests


async def test_trace_is_not_answered(client: httpx.AsyncClient) -> None:
    for path in ("/", "/api/agents/me", "/healthz"):
        answer = await client.request("TRACE", path, headers={"X-Secret": "mirror"})
        assert answer.status_code in (404, 405), path
        assert "mirror" not in answer.text


async def test_requests_with_two_lengths_are_refused(desk_app: DeskApp) -> None:
    """Between a proxy and the server nobody can hide a second request in a first one."""
    head = b"POST /api/login HTTP/1.1\r\nHost: localhost\r\n"
    for odd in (
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"Transfer-Encoding: identity, nonsense\r\n\r\nhello",
        b"Content-Length: -5\r\n\r\nhello",
    ):
        line = await raw(desk_app, head + odd)
        assert line == b"" or line.split()[1] == b"400", (odd, line)


@pytest.mark.parametrize(
    "path",
    ["/.git/config", "/.env", "/callcenter.db", "/../callcenter.db", "/%2e%2e/%2e%2e/.env", "/..%2f..%2f.env",
     "/assets/", "/assets/../../../../rxconfig.py", "/docs/..%2f..%2fsettings.py", "//etc/passwd", "/%00"],
)  # fmt: skip
async def test_no_file_outside_the_page_is_served(desk_app: DeskApp, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", desk_app.port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    assert answer.split()[1] in (b"400", b"404", b"405", b"307"), (path, answer[:200])
    for inside in (b"SECRET_KEY", b"SQLite format", b"root:", b"repositoryformatversion", b"import "):
        assert inside not in answer.partition(b"<script")[0], path


@pytest.mark.parametrize("path", ["/_upload", "/_upload/", "/upload"])
async def test_nothing_can_be_uploaded(client: httpx.AsyncClient, path: str) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await client.post(path, headers=kind)).status_code in (404, 405)


async def test_every_answer_says_what_it_is(client: httpx.AsyncClient) -> None:
    for path in (
        "/",
        "/callcenter.css",
        "/favicon.svg",
        "/healthz",
        "/openapi.json",
        "/metrics",
        "/api/nothing",
        "/docs",
    ):
        answer = await client.get(path)
        kind = answer.headers["content-type"]
        # JSON is UTF-8 by definition and has no such parameter.
        assert "charset=utf-8" in kind.lower() or re.match(r"application/(problem\+)?json$|image/svg\+xml$", kind), path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers or not re.search(r"\d", answer.headers["server"])


async def test_built_pages_hold_nobodys_data(client: httpx.AsyncClient) -> None:
    await client.post("/auth/sign-in", data=FORM)
    for path in ("/", "/history", "/team", "/accounts", "/my-account"):
        text = (await client.get(path)).text
        assert "Anna Albers" not in text
        assert "Ada Adler" not in text


async def test_fields_for_passwords_help_password_managers(client: httpx.AsyncClient) -> None:
    """Hidden, named for what they are, and nothing that keeps one from pasting."""
    for path, wanted in (
        ("/sign-in", {"username", "current-password"}),
        ("/register", {"username", "new-password"}),
        ("/my-account", {"current-password", "new-password"}),
    ):
        text = (await client.get(path)).text
        assert wanted <= set(re.findall(r'autocomplete="([\w-]+)"', text, re.IGNORECASE)), path
        fields = [tag for tag in re.findall(r"<input[^>]*>", text) if "-password" in tag]
        assert fields, path
        assert all('type="password"' in tag for tag in fields), path
    pages = ROOT / "callcenter" / "accounts" / "ui"
    for name in ("sign_in_page.py", "register_page.py", "my_account_page.py"):
        assert "paste" not in (pages / name).read_text().lower()


async def test_reading_changes_nothing(client: httpx.AsyncClient) -> None:
    await client.post("/auth/sign-in", data=FORM)
    for path in ("/auth/sign-out", "/auth/password", "/auth/end-others", "/auth/sign-in"):
        assert (await client.get(path)).status_code in (404, 405)
    assert (await client.get("/auth/history.csv")).status_code == 200, "still signed in"


async def test_nobody_registers_with_a_role_of_their_own(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/register", json=NEW)
    assert answer.status_code in (201, 422)
    assert answer.json().get("role", "agent") == "agent"


# The log


async def test_signing_in_is_logged_whether_it_succeeds_or_not(client: httpx.AsyncClient, desk_app: DeskApp) -> None:
    await client.post("/auth/sign-in", data=FORM)
    await client.post("/auth/sign-in", data=FORM | {"password": "not her password"})
    await client.post("/api/login", data={"username": "no\nbody", "password": "not a password"})
    await until(lambda: len(logged(desk_app, "sign-in failed")) >= 2, 20, lambda: desk_app.log[-2000:])
    good, bad, nobody = logged(desk_app, "signed in")[-1], *logged(desk_app, "sign-in failed")[-2:]
    assert (good["kind"], good["address"], good["agent_id"]) == ("desk", "127.0.0.1", bad["agent_id"])
    assert nobody["agent_id"] is None
    for secret in (DEMO_PASSWORD, "not her password", "not a password", "no\\nbody"):
        assert secret not in desk_app.log


async def test_what_was_not_allowed_is_logged(client: httpx.AsyncClient, desk_app: DeskApp) -> None:
    token = (await client.post("/api/login", data=FORM)).json()["access_token"]
    answer = await client.get("/api/audit", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    await until(lambda: bool(logged(desk_app, "not allowed")), 20, lambda: desk_app.log[-2000:])
    line = logged(desk_app, "not allowed")[-1]
    assert line["code"] == "not_allowed"
    assert line["agent_id"]
    assert line["request_id"] == answer.headers["x-request-id"]


# A tab that is no browser


class Tab:
    """Speaks to the page's socket what nobody's page would say."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.heard = ""

    async def say(self, handler: str, **payload: Any) -> None:
        told = {"name": handler, "payload": payload, "router_data": {"pathname": "/accounts", "asPath": "/accounts"}}
        await self._stream.send("42/_event," + json.dumps(["event", told]))

    def was_told(self, word: str) -> bool:
        return word in self.heard

    async def listen(self) -> None:
        async for message in self._stream:
            if message == "2":
                await self._stream.send("3")
            self.heard += str(message)


async def test_an_agents_tab_cannot_call_what_is_for_administrators(
    client: httpx.AsyncClient, desk_app: DeskApp
) -> None:
    cookie = (await client.post("/auth/sign-in", data=FORM)).cookies["callcenter_session"]
    address = (
        f"ws://127.0.0.1:{desk_app.port}/_event/?token=11111111-2222-3333-4444-555555555555&EIO=4&transport=websocket"
    )
    headers = {"Cookie": f"callcenter_session={cookie}"}
    origin: Any = f"http://localhost:{desk_app.port}"
    async with websockets.connect(address, origin=origin, additional_headers=headers, proxy=None) as stream:
        tab = Tab(stream)
        await stream.recv()
        await stream.send("40/_event,")
        listening = asyncio.create_task(tab.listen())
        try:
            for name, payload in (
                ("open_accounts", {}),
                ("look_for", {"text": "a"}),
                ("ask", {"dialog": "reset", "account_id": 2}),
                ("add", {"form": NEW | {"username": "trudy"}}),
                ("disable", {}),
                ("enable", {"account_id": 2}),
                ("set_password", {"form": {"password": "seven grey lanterns"}}),
                ("invite", {"form": {"role": "admin"}}),
                ("_reread", {}),
                ("_try", {"act": "x", "done": "", "name": ""}),
                ("set_access", {"value": "yes"}),
                ("setvar", {"var_name": "access", "value": "yes"}),
            ):
                await tab.say(f"{ACCOUNTS}.{name}", **payload)
            for name in ("open_telephones", "look", "refresh"):
                await tab.say(f"{TELEPHONES}.{name}")
            forged = {f"{ACCOUNTS}.access": "yes", f"{ACCOUNTS}.me": {"id": 2, "role": "admin"}}
            await tab.say("reflex___state____update_vars_internal_state.update_vars_internal", vars=forged)
            await tab.say(f"{ACCOUNTS}.look_for", text="the last one")
            await until(lambda: "the last one" in tab.heard, 20, lambda: tab.heard[-3000:])
        finally:
            listening.cancel()
    assert '"access_rx_state_":"no"' in tab.heard, "the tab was answered"
    assert "Ada Adler" not in tab.heard
    assert 'invitation_rx_state_":"http' not in tab.heard
    assert "trudy" not in desk_app.run("accounts", "list")
    form = {"username": "ada", "password": DEMO_PASSWORD}
    assert (await client.post("/api/login", data=form)).status_code == 200, "nobody has changed or disabled her"


async def test_a_tab_left_open_over_an_upgrade_is_told_to_reload(desk_app: DeskApp) -> None:
    """Its first event names states, and what the browser kept for them, as the earlier version did."""
    first = {
        "name": "reflex___state____state.hydrate_and_load",
        "payload": {STORAGE: {"reflex___state____state.callcenter___state___live____live.kept_rx_state_": "a"}},
        "router_data": {"pathname": "/", "asPath": "/"},
    }
    gone = first | {"name": "reflex___state____state.callcenter___state___live____live.watch", "payload": {}}
    for event in (first, gone):
        token = "22222222-2222-3333-4444-555555555555"
        address = f"ws://127.0.0.1:{desk_app.port}/_event/?token={token}&EIO=4&transport=websocket"
        origin: Any = f"http://localhost:{desk_app.port}"
        async with websockets.connect(address, origin=origin, proxy=None) as stream:
            tab = Tab(stream)
            await stream.recv()
            await stream.send("40/_event," + json.dumps({"event": event, "state_schema": "of the last version"}))
            listening = asyncio.create_task(tab.listen())
            try:
                await until(partial(tab.was_told, "state_mismatch"), 60, lambda: "it was not told to reload")
            finally:
                listening.cancel()


async def test_a_half_open_request_keeps_nobody_waiting(client: httpx.AsyncClient, desk_app: DeskApp) -> None:
    with socket.create_connection(("127.0.0.1", desk_app.port)) as stuck:
        stuck.sendall(b"POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nuser")
        assert (await client.get("/healthz")).status_code == 200
