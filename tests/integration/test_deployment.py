"""What docs/deployment.md promises: its commands serve everything on one port, also behind the proxy."""

import asyncio
import json
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx
import pytest
import websockets
from livekit import api
from livekit.protocol.rtc import SignalResponse

from callcenter.accounts.cli import DEMO_PASSWORD
from callcenter.cli.environment import ROOT
from callcenter.cli.web_build import build_if_changed
from tests.support.databases import empty_database
from tests.support.livekit_server import LiveKitServer, free_port
from tests.support.production import caddy_config, documented_commands, production_environment, started
from tests.support.redis_server import RedisServer
from tests.support.waiting import until_async

CADDY = shutil.which("caddy") or ""
ELSEWHERE = "198.51.100.7"
TOO_MANY = 429


@dataclass(frozen=True)
class Served:
    port: int
    https_port: int
    environment: dict[str, str]
    home: Path
    livekit: LiveKitServer
    http_port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def token(self, room: str, identity: str, kind: Literal["standard", "sip"] = "standard") -> str:
        """As LiveKit makes tokens anew: with all rights."""
        made = api.AccessToken(self.livekit.api_key, self.livekit.api_secret).with_kind(kind).with_identity(identity)
        return made.with_grants(api.VideoGrants(room_join=True, room=room)).to_jwt()

    def phone_token(self, room: str) -> str:
        return self.token(room, "phone_1", "sip")

    @property
    def origin(self) -> str:
        """What browsers send, whichever way an administrator has written it."""
        return f"https://localhost:{self.https_port}"

    @property
    def log(self) -> str:
        return (self.home / "serve.log").read_text()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The documented commands, one after the other, with production's settings."""
    build_if_changed()
    home, port, https_port = tmp_path_factory.mktemp("production"), free_port(), free_port()
    livekit = LiveKitServer.boot_for(port)
    redis = RedisServer()
    redis.start()
    with empty_database(home) as database:
        environment = production_environment(
            DATABASE_URL=database,
            PORT=str(port),
            PUBLIC_URL=f"https://LocalHost:{https_port}/",
            LIVEKIT_URL=livekit.url,
            LIVEKIT_WS_URL=f"wss://localhost:{https_port}",
            LIVEKIT_API_KEY=livekit.api_key,
            LIVEKIT_API_SECRET=livekit.api_secret,
            LIVEKIT_WEBHOOK_KEY=livekit.webhook_key,
            LIVEKIT_WEBHOOK_SECRET=livekit.webhook_secret,
            TELEPHONY_FILE=str(home / "telephony.toml"),
            REDIS_URL=redis.url,
        )
        *before, serve = documented_commands()
        for command in before:
            subprocess.run(command, cwd=ROOT, env=environment, check=True)
        add = ["accounts", "add", "ada", "--role", "admin", "--full-name", "Ada Novak", "--password-stdin"]
        run(environment, *add, stdin=DEMO_PASSWORD)
        with started(serve, environment, home / "serve.log", f"http://127.0.0.1:{port}/healthz"):
            yield Served(port, https_port, environment, home, livekit)
    redis.stop()
    livekit.stop()


def run(environment: dict[str, str], *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "callcenter", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, input=stdin, text=True, capture_output=True, check=False)


async def connected(client: httpx.AsyncClient) -> httpx.Response | None:
    """What /readyz says once the connection to Redis is there."""
    ready = await client.get("/readyz")
    return None if "cut off" in ready.text else ready


async def test_one_port_serves_page_api_and_sockets(served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.url, trust_env=False) as client:
        assert (await client.get("/sign-in")).headers["content-type"].startswith("text/html")
        ready = await until_async(lambda: connected(client), 20, lambda: "no connection to Redis")
        assert ready is not None
        assert (ready.status_code, set(ready.json()["checks"].values())) == (200, {"ok"}), ready.text
    for path in ("/api/ws", "/_event/?EIO=4&transport=websocket&token=x"):
        address = f"ws://127.0.0.1:{served.port}{path}"
        async with websockets.connect(address, origin=served.origin, proxy=None):  # type: ignore[arg-type]
            pass


async def test_the_doctor_opens_the_sockets_as_a_page_does(served: Served) -> None:
    """With the address as it was typed, and with one that the running desk does not know."""

    def told(public_url: str) -> list[str]:
        found = json.loads(run(served.environment | {"PUBLIC_URL": public_url}, "doctor", "--json").stdout)["findings"]
        return [f"{one['state']} {one['text']} {one['mend']}" for one in found if one["group"] == "Sockets"]

    page, events = await asyncio.to_thread(told, served.environment["PUBLIC_URL"])
    assert page.startswith(f"ok the page's socket at {served.url} opens for a page of {served.origin}")
    assert events.startswith(f"ok the event socket at {served.url} opens for a page of {served.origin}")
    for refused in await asyncio.to_thread(told, "https://elsewhere.example.com"):
        assert refused.startswith("fail")
        assert "does not open for a page of https://elsewhere.example.com" in refused
        assert "Set PUBLIC_URL to the address agents open" in refused


async def test_there_are_no_demo_accounts_and_nobody_registers_uninvited(served: Served) -> None:
    form = {"username": "anna", "password": DEMO_PASSWORD}
    new = {"username": "eve", "password": DEMO_PASSWORD, "full_name": "Eve"}
    async with httpx.AsyncClient(base_url=served.url, trust_env=False) as client:
        assert (await client.post("/api/login", data=form)).status_code == 401
        assert (await client.post("/api/register", json=new)).status_code == 403


async def test_what_it_does_is_logged_for_machines_and_its_figures_are_there(served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.url, trust_env=False) as client:
        asked = await client.get("/api/agents/me")
        figures = await client.get("/metrics")
    assert "callcenter_queue_length 0.0" in figures.text
    told = [json.loads(line) for line in served.log.splitlines() if not line.startswith(("==> ", "    "))]
    assert asked.headers["x-request-id"] in {line.get("request_id") for line in told}


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"DEBUG": "true"}, "DEBUG=false"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"DATABASE_URL": "sqlite:///{home}/empty.db"}, "callcenter migrate"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}, "the database does not answer"),
    ],
)
def test_it_does_not_start_half_ready_and_says_why_in_one_line(
    served: Served, changes: dict[str, str], advice: str
) -> None:
    changed = {name: value.format(home=served.home) for name, value in changes.items()}
    done = run(served.environment | {"PORT": str(free_port())} | changed, "serve")
    assert done.returncode == 1
    assert advice in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def proxy(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """The proxy of deploy/Caddyfile; what it has logged so far."""
    if not CADDY:
        pytest.skip("no caddy on this machine")
    home = tmp_path_factory.mktemp("caddy")
    upstreams = {
        "DESK_UPSTREAM": f"127.0.0.1:{served.port}",
        "LIVEKIT_UPSTREAM": f"127.0.0.1:{served.livekit.port}",
    }
    config = caddy_config(CADDY, served.https_port, served.http_port, upstreams)
    (home / "caddy.json").write_text(json.dumps(config))
    command = [CADDY, "run", "--config", str(home / "caddy.json")]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    with started(command, environment, home / "log", f"https://localhost:{served.https_port}/healthz"):
        yield (home / "log").read_text


def trusting() -> ssl.SSLContext:
    """Whatever certificate it is: its authority was made a moment ago."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.mark.usefixtures("proxy")
async def test_the_proxy_gives_https_to_the_desk_and_to_livekits_sockets_only(served: Served) -> None:
    address = served.environment["PUBLIC_URL"].rstrip("/")
    async with httpx.AsyncClient(base_url=address, trust_env=False, verify=False) as client:
        page = await client.get("/sign-in")
        assert page.headers["content-type"].startswith("text/html")
        assert "max-age" in page.headers["strict-transport-security"]
        form = {"username": "ada", "password": DEMO_PASSWORD}
        signed_in = await client.post("/auth/sign-in", data=form, headers={"Origin": address})
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/")
        assert "Secure" in signed_in.headers["set-cookie"]
        assert (await client.get("/rtc/validate")).status_code == 401, "LiveKit asks for a token"
        assert (await client.get("/metrics")).status_code == 403, "the figures are for this machine"
        inside = await client.post("/twirp/livekit.RoomService/ListRooms", json={})
        assert inside.status_code in (404, 405), "its API is not for outside"
        clear = f"http://localhost:{served.http_port}"
        sent_on = await client.get(f"{clear}/history?period=7d")
        assert (sent_on.status_code, sent_on.headers["location"]) == (308, "https://localhost/history?period=7d")
        assert (await client.post(f"{clear}/api/login", data=form)).status_code == 403, "nobody gets used to it"
    socket = address.replace("https", "wss")
    for path in ("/api/ws", "/_event/?EIO=4&transport=websocket&token=x"):
        async with websockets.connect(f"{socket}{path}", origin=address, ssl=trusting(), proxy=None):  # type: ignore[arg-type]
            pass


@pytest.mark.usefixtures("proxy")
async def test_the_proxy_lets_nobody_to_livekit_whom_the_desk_does_not_expect_there(served: Served) -> None:
    """Sockets as well, and a token in the header as well as in the address."""
    address = served.environment["PUBLIC_URL"].rstrip("/")
    phone, stranger = served.phone_token("call_1"), served.token("call_1", "agent_ada.1")
    async with httpx.AsyncClient(base_url=address, trust_env=False, verify=False) as client:
        for token, status in ((phone, 200), (stranger, 403)):
            for where in ({"params": {"access_token": token}}, {"headers": {"Authorization": f"Bearer {token}"}}):
                assert (await client.get("/rtc/validate", **where)).status_code == status  # type: ignore[arg-type]
        both = {"params": {"access_token": phone}, "headers": {"Authorization": f"Bearer {stranger}"}}
        assert (await client.get("/rtc/validate", **both)).status_code == 403  # type: ignore[arg-type]
    socket = f"{address.replace('https', 'wss')}/rtc?protocol=16&access_token="
    async with websockets.connect(socket + phone, ssl=trusting(), proxy=None) as livekit:
        assert SignalResponse.FromString(await livekit.recv(decode=False)).HasField("join")
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(socket + stranger, ssl=trusting(), proxy=None)
    assert refused.value.response.status_code == 403


async def test_wrong_passwords_behind_the_proxy_are_counted_by_the_clients_address(
    served: Served, proxy: Callable[[], str]
) -> None:
    """The desk trusts the proxy, and the proxy nobody: who claims to be somebody else is not believed."""
    async with httpx.AsyncClient(base_url=served.environment["PUBLIC_URL"], trust_env=False, verify=False) as client:
        for number in range(200):
            form = {"username": f"guess{number}", "password": "a wrong one"}
            answer = await client.post("/api/login", data=form, headers={"X-Forwarded-For": f"203.0.113.{number}"})
            if answer.status_code == TOO_MANY:
                break
        assert answer.status_code == TOO_MANY
    async with httpx.AsyncClient(base_url=served.url, trust_env=False) as direct:
        form = {"username": "ada", "password": DEMO_PASSWORD}
        other = await direct.post("/api/login", data=form, headers={"X-Forwarded-For": ELSEWHERE})
    assert other.status_code == 200, "another client of the proxy is not locked out"
    assert "a wrong one" not in proxy() + served.log


async def test_the_proxys_log_has_no_tokens(served: Served, proxy: Callable[[], str]) -> None:
    """It notes what failed, with the address that was asked for."""
    served.livekit.kill()
    try:
        async with httpx.AsyncClient(
            base_url=served.environment["PUBLIC_URL"], trust_env=False, verify=False
        ) as client:
            token = served.phone_token("call_nobodys")
            answer = await client.get(f"/rtc?access_token={token}&room=kept")
    finally:
        served.livekit.start()
    assert answer.status_code == 502
    log = proxy()
    assert "room=kept" in log
    assert token.rpartition(".")[2] not in log
