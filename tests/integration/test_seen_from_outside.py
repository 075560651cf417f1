"""The log, the figures at /metrics, and the files that are made of them."""

import asyncio
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import ASGIApp

from callcenter import logs
from callcenter.api.app import create_api
from callcenter.api.guard import Guard
from callcenter.api.requests import Requests
from callcenter.bootstrap import Services
from callcenter.cli.development import ROOT
from callcenter.domain.agents import Actor
from callcenter.domain.calls import EndReason
from callcenter.services.loops import Loop
from callcenter.services.media import Notification, RoomSeen
from callcenter.settings import LogSettings
from tests.builders import PASSWORD, Centre
from tests.conftest import MakeAgent, MakeSettings
from tests.fakes import SEAL
from tests.integration.conftest import OpenSocket, SignIn

CALLER, DIALLED = "+4915112345678", "+4930901820"
WRONG = "not the right password"
HERE = ("127.0.0.1", 50001)
METRICS_TOKEN = "a-token-for-the-figures-0123456789abcdef"


@pytest.fixture
def app(services: Services) -> ASGIApp:
    return Requests(Guard(create_api()))


@pytest.fixture
async def here(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """A client on the server's own machine."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=HERE)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client


@pytest.fixture
def written() -> Iterator[StringIO]:
    """All that is logged, down to the last detail."""
    root, own = logging.getLogger(), logging.getLogger(logs.OWN)
    before = root.handlers[:], root.level, own.level
    text = StringIO()
    logs.configure(LogSettings(log_format="json", log_level="debug"), text)
    yield text
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])


def lines(written: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


class Reading:
    """One answer of /metrics."""

    def __init__(self, text: str) -> None:
        self.text = text
        families = list(text_string_to_metric_families(text))
        self.names = {sample.name for family in families for sample in family.samples}
        self.values = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        return self.values.get((name, frozenset(labels.items())), 0.0)


async def read(here: httpx.AsyncClient) -> Reading:
    answer = await here.get("/metrics")
    assert answer.status_code == 200, answer.text
    return Reading(answer.text)


async def grown(here: httpx.AsyncClient, before: Reading, name: str, **labels: str) -> Reading:
    """The first reading in which that figure is larger than before."""
    async with asyncio.timeout(10):
        while True:
            now = await read(here)
            if now(name, **labels) > before(name, **labels):
                return now
            await asyncio.sleep(0)


@pytest.fixture
async def anna(agent: MakeAgent) -> Actor:
    return await agent("Anna")


async def deliver(http: httpx.AsyncClient, centre: Centre) -> None:
    """All notifications, over the route LiveKit uses."""
    while centre.media.outbox:
        body, seal = centre.media.seal(centre.media.outbox.pop(0))
        answer = await http.post("/api/calls/inbound", content=body, headers={"Authorization": seal})
        assert answer.status_code == 204


async def a_days_work(http: httpx.AsyncClient, centre: Centre, headers: dict[str, str], anna: Actor) -> None:
    """One call comes in and is answered after three seconds; then a number is dialled, which is busy."""
    room = f"call_{CALLER}_abc"
    centre.media.caller_joins(room, CALLER)
    await deliver(http, centre)
    call = await centre.by_room(room)
    centre.clock.advance(3)
    answer = await http.post(f"/api/calls/{call.id}/answer", headers=headers)
    assert answer.status_code == 200, answer.text
    centre.media.agent_joins(room, f"agent_{anna.username}", may_talk=True)
    centre.media.publishes(room, f"agent_{anna.username}")
    await deliver(http, centre)
    assert (await http.post(f"/api/calls/{call.id}/hangup", headers=headers)).status_code == 200
    await deliver(http, centre)
    answer = await http.post("/api/calls/outbound", headers=headers, json={"number": DIALLED})
    assert answer.status_code in (200, 201), answer.text
    (await centre.telephony.phone()).refuses(EndReason.BUSY, 486, "Busy Here")


# The log


async def test_the_log_of_a_day_has_ids_and_neither_numbers_nor_secrets(
    http: httpx.AsyncClient, login: SignIn, centre: Centre, anna: Actor, written: StringIO
) -> None:
    await http.post("/api/login", data={"username": anna.username, "password": WRONG})
    headers = await login(anna)
    await a_days_work(http, centre, headers, anna)
    await http.get(f"/api/calls?number={DIALLED.replace('+', '%2B')}", headers=headers)
    await http.post("/api/calls/inbound", content="{}", headers={"Authorization": headers["Authorization"][7:]})
    text = written.getvalue()
    token = headers["Authorization"].removeprefix("Bearer ")
    for secret in (CALLER[3:], DIALLED[3:], "call_+", WRONG, PASSWORD, token, token.split(".")[2], SEAL):
        assert secret not in text, f"{secret} is in the log"
    told = {line["kind"]: line for line in lines(written) if line["event"] == "call"}
    assert {"created", "offered", "answered", "connected", "ended", "dialing"} <= told.keys()
    assert told["answered"]["agent_id"] == anna.id
    assert told["answered"]["call_id"] == told["created"]["call_id"]
    assert told["answered"]["request_id"] != told["created"]["request_id"]


async def test_every_line_of_a_request_carries_its_id(
    http: httpx.AsyncClient, login: SignIn, centre: Centre, anna: Actor, written: StringIO
) -> None:
    headers = await login(anna)
    answer = await http.get("/api/agents/me", headers=headers | {"X-Request-ID": "from-the-proxy-1"})
    assert answer.headers["x-request-id"] == "from-the-proxy-1"
    told = next(line for line in lines(written) if line.get("request_id") == "from-the-proxy-1")
    assert (told["event"], told["route"], told["status"]) == ("request", "/api/agents/me", 200)
    assert told["agent_id"] == anna.id


@pytest.mark.parametrize("given", ["", "short", "with a blank in it", "x" * 65, "new\tline-and-more", "+4915112345678"])
async def test_a_request_id_that_could_not_be_written_is_made_anew(http: httpx.AsyncClient, given: str) -> None:
    answer = await http.get("/healthz", headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


async def test_refusals_and_errors_have_an_id_too(http: httpx.AsyncClient, services: Services) -> None:
    assert (await http.get("/api/nothing")).headers["x-request-id"]
    async with services.db.writing() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DROP TABLE login_failure")
    broken = await http.post("/api/login", data={"username": "anna", "password": WRONG})
    assert broken.status_code == 500
    assert broken.headers["x-request-id"]


# The figures


async def test_a_days_work_shows_in_the_figures(
    http: httpx.AsyncClient, here: httpx.AsyncClient, login: SignIn, centre: Centre, anna: Actor
) -> None:
    before = await read(here)
    headers = await login(anna)
    await a_days_work(http, centre, headers, anna)
    # At most a second old, and less than that has passed: the counted ones are of now all the same.
    after = await read(here)

    def grew(name: str, **labels: str) -> float:
        return after(name, **labels) - before(name, **labels)

    assert grew("callcenter_calls_started_total", direction="Inbound") == 1
    assert grew("callcenter_calls_started_total", direction="Outbound") == 1
    assert grew("callcenter_calls_ended_total", state="completed", reason="hung_up") == 1
    assert (grew("callcenter_offers_total", result="made"), grew("callcenter_offers_total", result="answered")) == (
        1,
        1,
    )
    assert grew("callcenter_time_to_answer_seconds_count") == 1
    assert grew("callcenter_time_to_answer_seconds_sum") == pytest.approx(3)
    assert grew("callcenter_webhooks_total", kind="participant_joined", result="applied") == 2
    assert grew("callcenter_http_requests_total", method="POST", route="/api/calls/{call_id}/answer", status="200") == 1
    assert grew("callcenter_database_seconds_count", kind="write") > 5
    assert grew("callcenter_database_wait_seconds_count", kind="write") > 5
    for secret in (CALLER[3:], DIALLED[3:], PASSWORD):
        assert secret not in after.text


async def test_how_things_are_is_read_from_the_record(
    here: httpx.AsyncClient, centre: Centre, agent: MakeAgent
) -> None:
    await agent("Anna")
    await agent("Ben", available=False)
    await centre.call_in("+4915100000001")
    await centre.call_in("+4915100000002")
    centre.clock.advance(12)
    now = await read(here)
    assert (now("callcenter_calls", state="offered"), now("callcenter_calls", state="queued")) == (1, 1)
    assert now("callcenter_calls", state="connected") == 0
    assert now("callcenter_queue_length") == 2
    assert now("callcenter_queue_longest_wait_seconds") == pytest.approx(12)
    assert now("callcenter_agents", status="Busy") == 1
    assert now("callcenter_agents", status="Offline") == 1
    assert now("callcenter_connections", kind="desk") == 2
    assert now("callcenter_webhook_age_seconds") == pytest.approx(12)
    assert now("callcenter_database_readable") == 1


async def test_offers_that_nobody_took(here: httpx.AsyncClient, centre: Centre, agent: MakeAgent) -> None:
    before = await read(here)
    anna = await agent("Anna")
    await agent("Ben")
    call_id = await centre.call_in()
    await centre.services.calls.decline(anna, call_id)
    await centre.later(centre.services.settings.ring_seconds + 1)
    after = await read(here)
    for result, number in (("made", 2), ("declined", 1), ("missed", 1), ("answered", 0)):
        name = "callcenter_offers_total"
        assert after(name, result=result) - before(name, result=result) == number, result


async def test_notifications_by_what_became_of_them(
    http: httpx.AsyncClient, here: httpx.AsyncClient, centre: Centre
) -> None:
    before = await read(here)
    sent_at = centre.clock().timestamp() - 4
    room = RoomSeen("call_x", "RM_1")
    body, seal = centre.media.seal(Notification("EV_a", "room_started", room, created_at=sent_at))
    made_up, _ = centre.media.seal(Notification("EV_b", "made_up_by_somebody", room))
    for content in (body, body, made_up):
        await http.post("/api/calls/inbound", content=content, headers={"Authorization": seal})
    await http.post("/api/calls/inbound", content=body, headers={"Authorization": "forged"})
    after = await read(here)
    for kind, result in (
        ("room_started", "applied"),
        ("room_started", "known"),
        ("other", "applied"),
        ("other", "refused"),
    ):
        name = "callcenter_webhooks_total"
        assert after(name, kind=kind, result=result) - before(name, kind=kind, result=result) == 1, (kind, result)
    delay = "callcenter_webhook_delay_seconds_sum"
    assert after(delay) - before(delay) == pytest.approx(4, abs=0.01)


async def test_repairs_and_rounds(here: httpx.AsyncClient, centre: Centre) -> None:
    before = await read(here)
    centre.media.caller_joins(f"call_{CALLER}_lost", CALLER)
    centre.forget_notifications()
    loop = Loop("reconciler", centre.services.reconciler.run, 0.01)
    loop.start()
    after = await grown(here, before, "callcenter_repairs_total", kind="adopted")
    centre.media.down = True
    await grown(here, after, "callcenter_round_failures_total", loop="reconciler", reason="media")
    await loop.stop()
    centre.media.down = False
    assert after("callcenter_rooms") == 1
    assert after("callcenter_round_last_success_timestamp_seconds", loop="reconciler") > 0
    assert after("callcenter_round_seconds_count", loop="reconciler") > 0


async def test_open_sockets_are_counted(
    here: httpx.AsyncClient, open_socket: OpenSocket, login: SignIn, anna: Actor
) -> None:
    headers = await login(anna)
    before = (await read(here))("callcenter_sockets", kind="api")
    socket = await open_socket("/api/ws")
    socket.send({"type": "auth", "token": headers["Authorization"].removeprefix("Bearer ")})
    await socket.receive()
    assert (await read(here))("callcenter_sockets", kind="api") == before + 1
    await socket.leave()
    assert (await read(here))("callcenter_sockets", kind="api") == before


async def test_nobody_outside_can_make_up_new_series(http: httpx.AsyncClient, here: httpx.AsyncClient) -> None:
    await http.get("/made/up/0")
    await http.get("/api/made/up/0")
    await http.request("BREW", "/api/login")
    before = await read(here)
    for number in range(1, 20):
        await http.get(f"/made/up/{number}")
        await http.get(f"/api/made/up/{number}")
        await http.request(f"BREW{number}", "/api/login")
    after = await read(here)
    assert {one for one in after.values if "http" in one[0]} == {one for one in before.values if "http" in one[0]}


async def test_a_database_that_is_gone_is_told_and_the_rest_goes_on(
    here: httpx.AsyncClient, services: Services
) -> None:
    async with services.db.writing() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DROP TABLE webhook_event")
    now = await read(here)
    assert ("callcenter_database_readable", frozenset()) in now.values
    assert now("callcenter_database_readable") == 0
    assert "callcenter_offers_total" in now.names
    assert "callcenter_queue_length" not in now.names


# Who may read them


async def test_without_a_token_this_machine_alone_may_read(http: httpx.AsyncClient, here: httpx.AsyncClient) -> None:
    assert (await http.get("/metrics")).status_code == 403
    assert (await here.get("/metrics")).status_code == 200
    behind_a_proxy = await here.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"})
    assert (behind_a_proxy.status_code, behind_a_proxy.json()["code"]) == (403, "not_allowed")


class TestWithAToken:
    @pytest.fixture
    def settings(self, make_settings: MakeSettings) -> Any:
        return make_settings(metrics_token=METRICS_TOKEN)

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            (f"Bearer {METRICS_TOKEN}", 200),
            (f"bearer {METRICS_TOKEN}", 200),
            (METRICS_TOKEN, 401),
            (f"Bearer {METRICS_TOKEN}x", 401),
            ("Bearer ", 401),
            ("Bearer \xe4\xf6", 401),
            ("", 401),
        ],
    )
    async def test_it_is_asked_for_everywhere(
        self, http: httpx.AsyncClient, here: httpx.AsyncClient, sent: str, status: int
    ) -> None:
        headers = [(b"authorization", sent.encode("latin-1"))]
        assert (await http.get("/metrics", headers=headers)).status_code == status
        assert (await here.get("/metrics", headers=headers)).status_code == status


# Several workers


WORKER = """
import sys
from callcenter.services import metrics
from callcenter.services.figures import Figures
metrics.OFFERS.labels("made").inc(int(sys.argv[1]))
metrics.SOCKETS.labels("desk").inc(2)
metrics.ROOMS.set(int(sys.argv[1]))
print("counted", flush=True)
input()
if sys.argv[2]:
    sys.stdout.write(metrics.exposition(Figures(readable=True), sys.argv[2]).decode())
"""


def test_several_workers_put_their_figures_together(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    start = [sys.executable, "-c", WORKER]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT, "env": environment}
    with (
        subprocess.Popen([*start, "3", ""], **pipes) as one,
        subprocess.Popen([*start, "4", str(tmp_path)], **pipes) as two,
    ):
        for worker in (one, two):
            assert worker.stdout is not None
            assert worker.stdout.readline() == "counted\n"
        now = Reading(two.communicate("\n")[0])
        one.communicate("\n")
    assert now("callcenter_offers_total", result="made") == 7
    assert now("callcenter_sockets", kind="desk") == 4
    assert now("callcenter_rooms") in (3, 4)
    assert now("callcenter_queue_length") == 0


# The files made of them


NAME = re.compile(r"\b(?:callcenter|process|python)_[a-z_]+\b")


def expressions() -> Iterator[tuple[str, str]]:
    """Every query of the dashboard and of the alerts, with where it is."""
    dashboard = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield f"panel {panel['title']}", target["expr"]
    for group in yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())["groups"]:
        for rule in group["rules"]:
            yield f"alert {rule['alert']}", rule["expr"]


async def test_what_dashboard_and_alerts_ask_for_exists(
    http: httpx.AsyncClient, here: httpx.AsyncClient, login: SignIn, centre: Centre, anna: Actor
) -> None:
    await a_days_work(http, centre, await login(anna), anna)
    await test_repairs_and_rounds(here, centre)
    there = (await read(here)).names | {"callcenter_media_request_seconds_bucket", "callcenter_sockets"}
    found = [(where, name) for where, query in expressions() for name in NAME.findall(query)]
    assert len(found) > 30
    assert [one for one in found if one[1] not in there] == []


async def test_every_figure_and_every_alert_is_explained(here: httpx.AsyncClient) -> None:
    text = (ROOT / "docs/observing.md").read_text()
    families = re.findall(r"^# TYPE (callcenter_\w+)", (await here.get("/metrics")).text, re.MULTILINE)
    assert len(families) > 20
    assert [name for name in families if f"`{name}" not in text] == []
    alerts = [where.removeprefix("alert ") for where, _ in expressions() if where.startswith("alert ")]
    assert [alert for alert in alerts if f"**{alert}**" not in text] == []
