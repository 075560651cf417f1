"""The doctor on a real LiveKit and a real database: each check failing, and passing once it is mended."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from callcenter.bootstrap import build, set_services
from callcenter.cli.doctor import database_checks, examined_with, livekit_checks
from callcenter.cli.doctor.finding import Finding, State
from callcenter.platform.database import engine
from callcenter.settings import Settings
from tests.conftest import MakeSettings
from tests.support.live_centre import WebhookDoor
from tests.support.livekit_server import API_KEY, API_SECRET, LiveKitServer, free_port
from tests.support.media_door import MediaDoor

pytestmark = pytest.mark.usefixtures("_short_patience")


@pytest.fixture(scope="module")
def port() -> int:
    """The desk's port, where LiveKit sends its notifications."""
    return free_port()


@pytest.fixture(scope="module")
def livekit(port: int) -> Iterator[LiveKitServer]:
    server = LiveKitServer.boot_for(port)
    yield server
    server.stop()


@pytest.fixture
def settings(make_settings: MakeSettings, livekit: LiveKitServer, port: int) -> Settings:
    return make_settings(
        livekit_url=livekit.url,
        livekit_api_key=API_KEY,
        livekit_api_secret=API_SECRET,
        port=port,
        public_url=f"http://localhost:{port}",
        telephony_file="",
    )


@pytest.fixture
async def desk(settings: Settings, port: int) -> AsyncIterator[WebhookDoor]:
    """The desk as the network sees it."""
    services = build(settings)
    set_services(services)
    door = WebhookDoor(port)
    await door.open()
    yield door
    await door.close()
    set_services(None)
    await services.stop()


@pytest.fixture
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not come need not be waited for so long."""
    monkeypatch.setattr(livekit_checks, "WEBHOOK_SECONDS", 1.5)
    monkeypatch.setattr(database_checks, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(engine, "BUSY_SECONDS", 1)


async def looked(settings: Settings, group: str = "") -> list[Finding]:
    return [one for one in await examined_with(settings) if group in ("", one.group)]


def amiss(findings: list[Finding]) -> list[str]:
    return [f"{one.state} {one.text} {one.mend}" for one in findings if one.state is not State.OK]


async def test_a_healthy_system(settings: Settings, desk: WebhookDoor) -> None:
    findings = await looked(settings)
    assert amiss(findings) == []
    texts = " ".join(one.text for one in findings)
    assert [part for part in ("its webhook reaches the desk", "it can be written to") if part not in texts] == []


async def test_the_desk_does_not_run(settings: Settings) -> None:
    warnings = amiss(await looked(settings))
    assert len(warnings) == 2
    assert f"port {settings.port} is free" in warnings[0]
    assert "the webhook was not tried: the desk does not run" in warnings[1]


async def test_another_program_has_the_port(settings: Settings, livekit: LiveKitServer) -> None:
    (finding,) = await looked(settings.model_copy(update={"port": livekit.port}), "Ports")
    assert finding.state is State.FAIL
    assert f"another program holds port {livekit.port}" in finding.text
    assert "PORT" in finding.mend


async def test_the_webhook_does_not_arrive(settings: Settings, desk: WebhookDoor) -> None:
    """This LiveKit sends its notifications nowhere."""
    silent = LiveKitServer.boot()
    try:
        changed = settings.model_copy(update={"livekit_url": silent.url})
        (problem,) = amiss(await looked(changed, "LiveKit"))
    finally:
        silent.stop()
    assert "fail the desk heard nothing of a room" in problem
    assert f"api_key: testwebhook, urls: [http://localhost:{settings.port}/api/calls/inbound]" in problem


@pytest.mark.usefixtures("desk")
async def test_a_way_to_livekit_past_the_door_is_told_in_production(settings: Settings) -> None:
    served = settings.model_copy(update={"debug": False})
    door = MediaDoor(free_port(), settings.media_url)
    await door.open()
    try:
        behind = served.model_copy(update={"livekit_ws_url": door.url})
        found = [[str(one.text) for one in await looked(one, "LiveKit")] for one in (served, behind, settings)]
    finally:
        await door.close()
    told = [[line for line in lines if "browsers" in line] for lines in found]
    assert "without the desk being asked" in told[0][0]
    assert told[1:] == [["the desk is asked before browsers get to it"], []]


async def test_livekit_is_not_there(settings: Settings) -> None:
    changed = settings.model_copy(update={"livekit_url": f"http://127.0.0.1:{free_port()}"})
    (problem,) = amiss(await looked(changed, "LiveKit"))
    assert "fail nothing answers at" in problem
    assert "LIVEKIT_URL" in problem


async def test_livekits_socket_is_entered_as_a_browser_does_at_an_ipv6_literal_too(settings: Settings) -> None:
    ipv6 = LiveKitServer.boot(host="::1")
    try:
        found = await looked(settings.model_copy(update={"livekit_url": ipv6.url}), "LiveKit")
        assert f"LiveKit's socket at {ipv6.ws_url} opens, as for an agent's browser" in [one.text for one in found]
        assert ipv6.rooms() == [], "nothing of it stays"
    finally:
        ipv6.stop()


async def test_livekits_socket_does_not_open_where_browsers_look_for_it(settings: Settings) -> None:
    """Something is there that passes no sockets on, and then nothing at all."""
    async with _livekit_with_a_clock(timedelta()) as address:
        changed = settings.model_copy(update={"livekit_ws_url": address.replace("http", "ws", 1)})
        (problem, *_) = amiss(await looked(changed, "LiveKit"))
    assert problem.startswith("fail LiveKit's socket at")
    assert "does not open (HTTP 200)" in problem
    assert "set LIVEKIT_WS_URL" in problem
    nowhere = settings.model_copy(update={"livekit_ws_url": f"ws://127.0.0.1:{free_port()}"})
    (problem, *_) = amiss(await looked(nowhere, "LiveKit"))
    assert problem.startswith("warn LiveKit's socket at")
    assert "from this machine" in problem


@pytest.mark.parametrize("wrong", [{"livekit_api_secret": "w" * 40}, {"livekit_api_key": "unknown"}])
async def test_a_wrong_key_is_told_from_a_livekit_that_is_not_there(settings: Settings, wrong: dict[str, str]) -> None:
    (problem,) = amiss(await looked(settings.model_copy(update=wrong), "LiveKit"))
    assert "fail it does not accept the key" in problem
    assert "under keys:" in problem


@pytest.mark.parametrize(
    ("ahead", "expected"), [(20, ["warn its clock is"]), (300, ["fail its clock is", "Set the clocks first"])]
)
async def test_the_clocks_differ(settings: Settings, ahead: int, expected: list[str]) -> None:
    async with _livekit_with_a_clock(timedelta(seconds=ahead)) as address:
        problems = amiss(await looked(settings.model_copy(update={"livekit_url": address}), "LiveKit"))
    assert [part for part, problem in zip(expected, problems, strict=False) if part not in problem] == []
    assert "ahead of ours" in problems[0]


class _livekit_with_a_clock:  # noqa: N801 (used as a function)
    """Something that answers like a LiveKit whose clock is wrong: no token is good."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app)

    async def __aenter__(self) -> str:
        port = free_port()
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        return f"http://127.0.0.1:{port}"

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        date = format_datetime(datetime.now(UTC) + self._ahead, usegmt=True)
        return web.Response(status=401 if request.method == "POST" else 200, headers={"Date": date})


async def test_there_is_no_database(settings: Settings, tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"
    (problem,) = amiss(await looked(settings.model_copy(update={"database_url": f"sqlite:///{missing}"}), "Database"))
    assert f"fail there is no file {missing}" in problem
    assert "callcenter migrate" in problem
    assert not missing.exists()


async def test_the_database_is_empty(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    changed = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'empty.db'}"})
    (problem,) = amiss(await looked(changed, "Database"))
    assert "fail it is empty" in problem
    assert "callcenter migrate" in problem


@pytest.mark.parametrize("address", ["mysql://host/name", "nonsense", ""])
async def test_there_is_no_such_kind_of_database(settings: Settings, address: str) -> None:
    (problem,) = amiss(await looked(settings.model_copy(update={"database_url": address})))
    assert "fail DATABASE_URL is neither SQLite nor PostgreSQL" in problem


async def test_a_setting_that_only_the_dial_rules_can_judge(settings: Settings) -> None:
    (problem,) = amiss(await looked(settings.model_copy(update={"dial_countries": "XX"})))
    assert "fail DIAL_COUNTRIES" in problem


async def test_the_database_server_is_not_there(settings: Settings) -> None:
    address = f"postgresql://desk:confidential@127.0.0.1:{free_port()}/desk"
    (problem,) = amiss(await looked(settings.model_copy(update={"database_url": address}), "Database"))
    assert "does not answer" in problem
    assert "confidential" not in problem


async def test_the_database_cannot_be_written_to(settings: Settings) -> None:
    if not settings.database_url.startswith("sqlite"):
        pytest.skip("how to keep others from writing is SQLite's own")
    with closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        problems = amiss(await looked(settings, "Database"))
    assert [problem.partition("(")[0] for problem in problems] == ["fail it cannot be written to "]


async def test_a_plan_with_mistakes(settings: Settings, tmp_path: Path) -> None:
    plan = tmp_path / "telephony.toml"
    plan.write_text("[inbound]\n[outbound]\naddress = 'sip:carrier'\n")
    (problem,) = amiss(await looked(settings.model_copy(update={"telephony_file": str(plan)}), "Telephones"))
    assert f"fail {plan}: outbound: address = 'sip:carrier'" in problem


async def test_livekit_without_redis_has_no_lines(settings: Settings, tmp_path: Path) -> None:
    plan = tmp_path / "telephony.toml"
    plan.write_text('[[numbers]]\nnumber = "+4930901820"\n[inbound]\nallowed_addresses = ["127.0.0.1"]\n')
    changes = {"telephony_file": str(plan), "sip_address": f"127.0.0.1:{free_port()}"}
    changes |= {"redis_url": f"redis://127.0.0.1:{free_port()}", "sip_metrics_url": f"http://127.0.0.1:{free_port()}"}
    problems = amiss(await looked(settings.model_copy(update=changes), "Telephones"))
    expected = [
        "fail Redis does not answer",
        "fail livekit-sip does not answer",
        "warn refused callers cannot be counted",
    ]
    expected += ["fail LiveKit has no Redis", "warn callers are let in by their address alone"]
    assert [one for one, problem in zip(expected, problems, strict=True) if not problem.startswith(one)] == []


def run(tmp_path: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if name.upper() not in _SETTINGS}
    command = [sys.executable, "-m", "callcenter", "doctor", *arguments]
    root = str(Path(__file__).resolve().parents[2])
    env = clean | environment | {"PYTHONPATH": root}
    return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=env, timeout=60)


_SETTINGS = {name.upper() for name in Settings.model_fields}


async def test_the_command_says_what_failed_and_exits_with_it(settings: Settings, tmp_path: Path) -> None:
    outside = {
        "DEBUG": "true",
        "DATABASE_URL": settings.database_url,
        "LIVEKIT_URL": settings.livekit_url,
        "LIVEKIT_API_KEY": API_KEY,
        "LIVEKIT_API_SECRET": API_SECRET,
        "SECRET_KEY": settings.secret_key,
        "PORT": str(settings.port),
    }
    fine = await asyncio.to_thread(run, tmp_path, "--json", **outside)
    report: dict[str, Any] = json.loads(fine.stdout)
    assert (fine.returncode, report["ok"]) == (0, True), report
    broken = await asyncio.to_thread(run, tmp_path, **(outside | {"LIVEKIT_API_SECRET": "w" * 40}))
    assert broken.returncode == 1
    assert "fail  it does not accept the key testkey" in broken.stdout
    unusable = await asyncio.to_thread(run, tmp_path, DEBUG="false")
    assert unusable.returncode == 1
    assert "SECRET_KEY is missing" in unusable.stdout
    assert "Traceback" not in broken.stderr + unusable.stderr
