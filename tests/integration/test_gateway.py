"""Calls through a gateway over signed HTTP, with a real livekit-server and real sound at both ends."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import httpx
import jwt
import pytest
from livekit import rtc

from callcenter.bootstrap import build, set_services
from callcenter.cli.doctor import phone_checks
from callcenter.cli.doctor.finding import Finding, State
from callcenter.cli.environment import ROOT
from callcenter.cli.simulator import AgentEars, tone
from callcenter.cli.simulator.connection import NoLiveKit
from callcenter.core.domain.agents import Actor
from callcenter.core.domain.calls import CallState, EndReason
from callcenter.telephony.gateway import provider as gateway_provider
from callcenter.telephony.plan import TelephonyPlan
from tests.builders import add_agent
from tests.conftest import MakeSettings
from tests.consistency import assert_consistent
from tests.support.gateway import PHONE_HZ, SECRET, GatewayCaller, GatewayPhone, TestGateway
from tests.support.live_centre import AGENT_HZ, CALLER_HZ, SOON, LiveCentre, WebhookDoor
from tests.support.livekit_server import LiveKitServer

NUMBER = "030 23125010"
CALLER = "+493023125001"


@dataclass(kw_only=True)
class GatewayCentre(LiveCentre):
    gateway: TestGateway

    async def dialled(self, actor: Actor) -> tuple[int, AgentEars]:
        """The agent has dialled and is in the room."""
        grant = await self.services.calls.dial(actor, NUMBER)
        return grant.call_id, await self.listen(grant)

    async def talking(self, actor: Actor) -> tuple[int, AgentEars, GatewayPhone]:
        """The ordered phone has answered."""
        call_id, ears = await self.dialled(actor)
        phone = await self.gateway.phone()
        await phone.pick_up()
        assert (await self.gateway.report("answered")).status_code == 204
        await self.shows(actor, lambda view: view.work == "talking")
        return call_id, ears, phone


@pytest.fixture
async def centre(
    server: LiveKitServer, webhook_port: int, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[GatewayCentre]:
    """Everything real, in this process. Its record must be consistent in the end."""
    monkeypatch.setattr(gateway_provider, "ANSWER_SECONDS", 1.0)
    gateway = TestGateway()
    services = build(
        make_settings(
            livekit_url=server.url,
            livekit_api_key=server.api_key,
            livekit_api_secret=server.api_secret,
            telephony="webhook",
            telephony_webhook_url=gateway.url,
            telephony_webhook_secret=SECRET,
            outbound_caller_id="+4930901820",
            wrap_up_seconds=1,
            reconcile_seconds=1,
            dial_seconds=6,
        )
    )
    set_services(services)
    door = WebhookDoor(webhook_port)
    await door.open()
    await gateway.open()
    await services.start()
    centre = GatewayCentre(services, server, door, gateway=gateway)
    yield centre
    await gateway.close()
    await centre.close()
    await assert_consistent(services)
    set_services(None)
    await services.stop()


async def test_a_call_comes_in_and_is_answered(centre: GatewayCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    answer = await centre.gateway.send("calls", {"id": "gw-1", "from": CALLER, "to": "+4930901820"})
    assert answer.status_code == 201, answer.text
    caller = await GatewayCaller.enter(answer.json(), CALLER, tone(CALLER_HZ))
    centre.callers.append(caller)
    assert caller.room.local_participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP
    assert (await centre.shows(anna, lambda view: view.offer.call_id > 0)).offer.caller_id == CALLER
    call_id, ears = await centre.answered(anna)
    assert (await centre.call(call_id)).dialed_number == "+4930901820"
    await caller.wait_answered(SOON)
    await caller.wait_hears(SOON, AGENT_HZ)
    await ears.wait_hears(SOON, CALLER_HZ)
    await caller.hang_up()
    view = await centre.ended(anna)
    assert (view.ended.status, view.ended.ended_by) == ("Completed", "caller")
    assert await ears.wait_over(SOON) == "other side"


async def test_the_agent_ends_it_and_the_caller_is_put_out(centre: GatewayCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    room = (await centre.gateway.send("calls", {"id": "gw-2", "from": "", "to": "+4930901820"})).json()
    caller = await GatewayCaller.enter(room, "", tone(CALLER_HZ))
    centre.callers.append(caller)
    call_id, _ = await centre.answered(anna)
    await centre.services.calls.hang_up(anna, call_id)
    assert await caller.wait_over(SOON) == "other side"


async def test_dialled_rings_is_answered_and_hung_up(centre: GatewayCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    call_id, ears = await centre.dialled(anna)
    order = await centre.gateway.ordered("dial")
    assert (order["to"], order["from"], order["ring_seconds"]) == ("+493023125010", "+4930901820", 6)
    phone = await centre.gateway.phone()
    await centre.shows(anna, lambda view: view.call.state == "dialing")
    await phone.ring()
    assert (await centre.gateway.report("ringing")).status_code == 204
    await centre.shows(anna, lambda view: view.call.state == "ringing")
    await phone.pick_up()
    assert (await centre.gateway.report("answered")).status_code == 204
    await centre.shows(anna, lambda view: view.work == "talking")
    await phone.wait_hears(SOON, AGENT_HZ)
    await ears.wait_hears(SOON, PHONE_HZ)
    await centre.services.calls.hang_up(anna, call_id)
    assert (await centre.gateway.ordered("hang_up"))["id"] == order["id"]
    assert await phone.wait_over(SOON) == "other side"
    assert (await centre.call(call_id)).state is CallState.COMPLETED
    assert centre.gateway.forged == 0


async def test_the_phone_hangs_up(centre: GatewayCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    _, ears, phone = await centre.talking(anna)
    await phone.leave()
    view = await centre.ended(anna)
    assert (view.ended.status, view.ended.reason) == ("Completed", "hung_up")
    assert await ears.wait_over(SOON) == "other side"


@pytest.mark.parametrize(
    ("code", "phrase", "reason", "status"),
    [
        (486, "Busy Here", "busy", "Rejected"),
        (603, "Decline", "declined", "Rejected"),
        (404, "Not Found", "not_in_service", "Failed"),
        (503, "Service Unavailable", "line_down", "Failed"),
    ],
)
async def test_not_answered(centre: GatewayCentre, code: int, phrase: str, reason: str, status: str) -> None:
    anna = await add_agent(centre.services, "Anna")
    call_id, ears = await centre.dialled(anna)
    await centre.gateway.report("failed", sip_code=code, sip_phrase=phrase)
    view = await centre.ended(anna)
    assert (view.ended.reason, view.ended.status) == (reason, status)
    timeline = (await centre.services.history.detail(anna, call_id)).timeline
    assert f"{code} {phrase}" in timeline[-1].detail
    assert await ears.wait_over(SOON) == "other side"


async def test_canceled_while_it_rings(centre: GatewayCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    call_id, _ = await centre.dialled(anna)
    phone = await centre.gateway.phone()
    await phone.ring()
    await centre.gateway.report("ringing")
    await centre.services.calls.hang_up(anna, call_id)
    order = await centre.gateway.ordered("hang_up")
    assert order["id"] == (await centre.call(call_id)).livekit_room_name
    assert await phone.wait_over(SOON) == "other side"
    assert (await centre.call(call_id)).state is CallState.CANCELED


async def test_answered_as_it_is_canceled(centre: GatewayCentre) -> None:
    """The news of the answer were on their way: the phone is put down, and the call stays canceled."""
    anna = await add_agent(centre.services, "Anna")
    call_id, _ = await centre.dialled(anna)
    await centre.gateway.ordered("dial")
    await centre.services.calls.hang_up(anna, call_id)
    with suppress(NoLiveKit):  # it may be put out before it is quite in
        phone = await centre.gateway.phone()
        assert await phone.wait_over(SOON) == "other side"
    assert (await centre.gateway.report("answered")).status_code == 204
    assert (await centre.call(call_id)).state is CallState.CANCELED


async def test_news_that_are_lost_are_found_in_the_room(centre: GatewayCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    await centre.dialled(anna)
    phone = await centre.gateway.phone()
    await phone.ring()
    await centre.shows(anna, lambda view: view.call.state == "ringing")
    await phone.pick_up()
    await centre.shows(anna, lambda view: view.work == "talking")
    await phone.leave()
    await centre.ended(anna)


async def test_a_phone_that_enters_only_when_it_answers(centre: GatewayCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    _, ears = await centre.dialled(anna)
    await centre.gateway.report("ringing")
    await centre.gateway.report("answered")
    await centre.shows(anna, lambda view: view.work == "talking")
    phone = await centre.gateway.phone()
    await phone.pick_up()
    await ears.wait_hears(SOON, PHONE_HZ)
    await phone.leave()
    await centre.ended(anna)


async def test_a_gateway_that_is_down(centre: GatewayCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    await centre.gateway.shut()
    call_id = (await centre.services.calls.dial(anna, NUMBER)).call_id
    await centre.ended(anna)
    assert (await centre.call(call_id)).end_reason is EndReason.LINE_DOWN


async def test_a_gateway_that_dies_in_mid_call(centre: GatewayCentre) -> None:
    """It cannot be told to hang up; its phone loses the room all the same, and the agent is not kept waiting."""
    anna = await add_agent(centre.services, "Anna")
    call_id, _, phone = await centre.talking(anna)
    await centre.gateway.shut()
    await centre.services.calls.hang_up(anna, call_id)
    assert await phone.wait_over(SOON) == "other side"
    assert (await centre.call(call_id)).state is CallState.COMPLETED


@pytest.mark.parametrize(("status", "orders"), [(400, 1), (503, 2), (302, 1)])
async def test_a_gateway_that_refuses(centre: GatewayCentre, status: int, orders: int) -> None:
    anna = await add_agent(centre.services, "Anna")
    centre.gateway.takes = status
    call_id = (await centre.services.calls.dial(anna, NUMBER)).call_id
    await centre.ended(anna)
    assert (await centre.call(call_id)).end_reason is EndReason.LINE_DOWN
    tried = [one["id"] for one in centre.gateway.orders if one["action"] == "dial"]
    assert len(tried) == orders
    assert len(set(tried)) == 1, "a second attempt must not be a second call"


async def test_a_gateway_that_never_answers(centre: GatewayCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    centre.gateway.takes = None
    call_id = (await centre.services.calls.dial(anna, NUMBER)).call_id
    await centre.ended(anna)
    assert (await centre.call(call_id)).end_reason is EndReason.LINE_SILENT


async def test_an_order_nobody_speaks_of_again(centre: GatewayCentre) -> None:
    """The gateway took it and died: the agent is free when the phone would have rung long enough."""
    anna = await add_agent(centre.services, "Anna")
    call_id, _ = await centre.dialled(anna)
    await centre.gateway.ordered("dial")
    await centre.shows(anna, lambda view: view.ended.id > 0 and view.call.id == 0, timeout=20)
    assert (await centre.call(call_id)).end_reason is EndReason.NO_ANSWER
    await centre.gateway.ordered("hang_up")


async def test_the_doctor_looks_at_the_gateway(centre: GatewayCentre) -> None:
    settings = centre.services.settings

    async def looked(**changes: str) -> Finding:
        changed = settings.model_copy(update=changes)
        (finding,) = [one async for one in phone_checks.check(changed, TelephonyPlan())]
        return finding

    assert (await looked()).state is State.OK
    assert "does not believe" in (await looked(telephony_webhook_secret="another secret 0123456789abcdefghijk")).text
    centre.gateway.takes = 404
    assert (await looked()).state is State.WARN
    centre.gateway.takes = None
    assert "ReadTimeout" in (await looked()).text
    await centre.gateway.shut()
    assert "ConnectError" in (await looked()).text
    assert (await looked(telephony_webhook_url="http://[::1")).state is State.FAIL


async def test_the_token_of_a_phone_is_for_its_room_alone(centre: GatewayCentre) -> None:
    await centre.dialled(await add_agent(centre.services, "Anna"))
    room = (await centre.gateway.ordered("dial"))["room"]
    claims = jwt.decode(room["token"], options={"verify_signature": False})
    assert (claims["video"]["room"], claims["sub"], claims["kind"]) == (room["name"], room["identity"], "sip")
    granted = {name for name, value in claims["video"].items() if value}
    assert not {"roomAdmin", "roomCreate", "roomList", "roomRecord", "hidden"} & granted
    assert claims["exp"] - claims["nbf"] <= 120


async def test_the_gateway_in_the_documentation_works(centre: GatewayCentre) -> None:
    """Both ways, with the program as it stands there."""
    text = (ROOT / "docs" / "telephony-gateway.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    await centre.gateway.shut()
    port = centre.gateway.port
    environment = {"DESK": f"http://127.0.0.1:{centre.door.port}", "SECRET": SECRET, "PORT": str(port)}
    running = await asyncio.create_subprocess_exec(sys.executable, "-c", program, env=os.environ | environment)
    try:
        anna = await add_agent(centre.services, "Anna")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as gateway:
            await answers(gateway)
            forged = await gateway.post("/orders", content=b"{}", headers={"X-Callcenter-Signature": "t=1,v1=00"})
            assert forged.status_code == 401
            call_id, ears = await centre.dialled(anna)
            await centre.shows(anna, lambda view: view.work == "talking")
            await ears.wait_hears(SOON, 600)
            await centre.services.calls.hang_up(anna, call_id)
            await centre.shows(anna, lambda view: view.work == "idle")
            assert (await gateway.post("/ring")).status_code == 200
            _, ears = await centre.answered(anna)
            await ears.wait_hears(SOON, 440)
    finally:
        running.terminate()
        await running.wait()
    await centre.shows(anna, lambda view: view.call.id == 0, timeout=30)


async def answers(gateway: httpx.AsyncClient) -> None:
    """Until the program listens."""
    async with asyncio.timeout(20):
        while True:
            try:
                await gateway.get("/")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return
