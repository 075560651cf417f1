"""The figures at /metrics: what they count, and who may read them."""

import base64
import hashlib
import json
import time
from typing import Any

import httpx
import jwt
import pytest

from callcenter.bootstrap import Services
from callcenter.core.domain.agents import Actor
from callcenter.core.livekit.room_client import LiveKitServer
from callcenter.core.ports.media_server import Notification, RoomSeen
from callcenter.platform.jobs.periodic_job import Loop
from callcenter.settings import Settings
from tests.builders import PASSWORD, Centre
from tests.conftest import MakeAgent, MakeSettings
from tests.integration.conftest import OpenSocket, SignIn
from tests.support.figures import CALLER, DIALLED, a_days_work, grown, read

METRICS_TOKEN = "a-token-for-the-figures-0123456789abcdef"


@pytest.fixture
async def anna(agent: MakeAgent) -> Actor:
    return await agent("Anna")


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
    body, seal = centre.media.seal(Notification("EV_a", "room_finished", room, created_at=sent_at))
    made_up, _ = centre.media.seal(Notification("EV_b", "made_up_by_somebody", room))
    for content in (body, body, made_up):
        await http.post("/api/calls/inbound", content=content, headers={"Authorization": seal})
    await http.post("/api/calls/inbound", content=body, headers={"Authorization": "forged"})
    after = await read(here)
    for kind, result in (
        ("room_finished", "applied"),
        ("room_finished", "known"),
        ("other", "unneeded"),
        ("other", "refused"),
    ):
        name = "callcenter_webhooks_total"
        assert after(name, kind=kind, result=result) - before(name, kind=kind, result=result) == 1, (kind, result)
    delay = "callcenter_webhook_delay_seconds_sum"
    assert after(delay) - before(delay) == pytest.approx(4, abs=0.01)


async def test_how_long_a_notification_was_on_its_way_is_livekits_own_word(settings: Settings) -> None:
    event = {"id": "EV_1", "event": "room_started", "createdAt": "1795377443", "room": {"name": "call_1"}}
    body = json.dumps(event)
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    key, secret = settings.livekit_keys[0]
    claims = {"iss": key, "exp": int(time.time()) + 60, "sha256": digest}
    seal = jwt.encode(claims, secret, "HS256")
    assert LiveKitServer(settings).notification(body, seal).created_at == 1795377443


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
