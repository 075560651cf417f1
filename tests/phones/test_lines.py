"""The administrator's side on real servers: lines applied and compared, what the doctor and the screen say of them."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from livekit import api
from livekit.protocol.sip import SIPDispatchRule, SIPDispatchRuleIndividual, SIPDispatchRuleInfo, SIPInboundTrunkInfo

from callcenter.cli.doctor import examined_with
from callcenter.cli.doctor.finding import State
from callcenter.core.domain.agents import SYSTEM, Role
from callcenter.core.livekit.api_client import livekit_api
from callcenter.core.store import call_events, calls
from callcenter.settings import Settings
from callcenter.telephony.livekit_sip.insecure_trunks import open_doors
from callcenter.telephony.livekit_sip.trunk_diff import INBOUND, changes
from callcenter.telephony.livekit_sip.trunks import LinesUnavailable, NotApplied, Trunks
from callcenter.telephony.plan import OutboundLine, TelephonyPlan
from callcenter.telephony.views import LinesView
from tests.builders import add_agent
from tests.conftest import MakeSettings
from tests.phones.conftest import OpenCentre
from tests.support.live_centre import SOON
from tests.support.phone_network import ORDERS, PASSWORD, SUPPORT, PhoneCentre, PhoneNetwork
from tests.support.waiting import until, until_async

NOTHING = TelephonyPlan()
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def settings(make_settings: MakeSettings, network: PhoneNetwork) -> Settings:
    return make_settings(**network.settings)


@pytest.fixture
async def trunks(network: PhoneNetwork, settings: Settings) -> AsyncIterator[Trunks]:
    """LiveKit without any line; others' lines that a test leaves are taken away."""
    await asyncio.to_thread(network.start)
    async with Trunks(settings) as opened:
        await _clear(settings)
        yield opened
        await _clear(settings)


async def _clear(settings: Settings) -> None:
    client = livekit_api(settings)
    for rule in (await client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items:
        request = api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule.sip_dispatch_rule_id)
        await client.sip.delete_dispatch_rule(request)
    inbound = (await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
    outbound = (await client.sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest())).items
    for trunk_id in [one.sip_trunk_id for one in inbound] + [one.sip_trunk_id for one in outbound]:
        await client.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=trunk_id))
    await client.aclose()


async def _add(settings: Settings, *items: SIPInboundTrunkInfo | SIPDispatchRuleInfo) -> None:
    """As somebody else would, by hand."""
    client = livekit_api(settings)
    for item in items:
        if isinstance(item, SIPDispatchRuleInfo):
            await client.sip.create_dispatch_rule(api.CreateSIPDispatchRuleRequest(dispatch_rule=item))
        else:
            await client.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=item))
    await client.aclose()


async def test_applying_twice_changes_nothing_the_second_time(trunks: Trunks, network: PhoneNetwork) -> None:
    plan = network.plan(codecs=("pcma", "g722"), encryption="allow", media_timeout_seconds=7.5, ring_seconds=33)
    made = await trunks.apply(plan)
    assert [f"{one.action} {one.kind}" for one in made] == [
        "create inbound trunk",
        "create dispatch rule",
        "create outbound trunk",
    ]
    assert all(one.id for one in made)
    assert await trunks.apply(plan) == ()
    assert changes(plan, await trunks.found()) == []


async def test_what_was_changed_by_hand_is_mended_and_keeps_its_id(trunks: Trunks, network: PhoneNetwork) -> None:
    (trunk, *_) = await trunks.apply(network.plan())
    mended = await trunks.apply(network.plan(user="other", password="another", ring_seconds=60))
    assert [(one.action, one.id, [field.name for field in one.fields]) for one in mended] == [
        ("update", trunk.id, ["user", "password", "ring_seconds"])
    ]


async def test_a_double_of_ours_goes(trunks: Trunks, network: PhoneNetwork, settings: Settings) -> None:
    plan = network.plan()
    await trunks.apply(plan)
    await _add(settings, SIPInboundTrunkInfo(name=INBOUND, numbers=["+4930901999"], allowed_addresses=["127.0.0.1"]))
    (gone,) = await trunks.apply(plan)
    assert (gone.action, gone.kind) == ("delete", "inbound trunk")
    found = await trunks.found()
    assert [list(one.numbers) for one in found.inbound] == [[SUPPORT, ORDERS]]
    assert [list(one.trunk_ids) for one in found.rules] == [[found.inbound[0].sip_trunk_id]]


async def test_what_is_not_declared_any_more_goes(trunks: Trunks, network: PhoneNetwork) -> None:
    await trunks.apply(network.plan())
    await trunks.apply(NOTHING)
    found = await trunks.found()
    assert (list(found.inbound), list(found.outbound), list(found.rules)) == ([], [], [])


async def test_a_change_that_fails_leaves_the_old_in_force(trunks: Trunks, network: PhoneNetwork) -> None:
    """The inbound line is changed, then LiveKit refuses the outbound one."""
    old = network.plan()
    await trunks.apply(old)
    new = replace(network.plan(ring_seconds=60), outbound=OutboundLine(address="sip:host"))
    with pytest.raises(NotApplied) as refused:
        await trunks.apply(new)
    assert "LiveKit refused" in str(refused.value)
    assert "is as it was" in str(refused.value)
    assert changes(old, await trunks.found()) == []


async def test_a_first_application_that_fails_leaves_nothing(trunks: Trunks, network: PhoneNetwork) -> None:
    with pytest.raises(NotApplied):
        await trunks.apply(replace(network.plan(), outbound=OutboundLine(address="sip:host")))
    found = await trunks.found()
    assert (list(found.inbound), list(found.rules)) == ([], [])


async def test_a_number_that_somebody_elses_trunk_has(
    trunks: Trunks, network: PhoneNetwork, settings: Settings
) -> None:
    await _add(settings, SIPInboundTrunkInfo(name="theirs", numbers=[ORDERS], auth_username="a", auth_password="b"))
    with pytest.raises(LinesUnavailable, match="Conflicting inbound SIP Trunks"):
        await trunks.apply(network.plan())


async def test_open_doors_of_others_are_warned_of(trunks: Trunks, network: PhoneNetwork, settings: Settings) -> None:
    await trunks.apply(network.plan())
    anybody = SIPDispatchRule(dispatch_rule_individual=SIPDispatchRuleIndividual(room_prefix="all_"))
    open_trunk = SIPInboundTrunkInfo(name="test", numbers=["+4930901777"])
    await _add(settings, open_trunk, SIPDispatchRuleInfo(name="all", rule=anybody))
    warnings = open_doors(await trunks.found())
    assert [("“all”" in one, "“test”" in one) for one in warnings] == [(True, False), (False, True)]


async def test_the_doctor_finds_the_lines_in_order(
    open_centre: OpenCentre, network: PhoneNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All well; then livekit-sip is not there."""
    phone = await (centre := await open_centre()).sipp_phone()
    monkeypatch.setenv("SIP_INBOUND_PASSWORD", PASSWORD)
    file = tmp_path / "telephony.toml"
    file.write_text(
        f'[[numbers]]\nnumber = "{SUPPORT}"\n[[numbers]]\nnumber = "{ORDERS}"\n'
        '[inbound]\nuser = "carrier"\nallowed_addresses = ["127.0.0.1"]\n'
        f'[outbound]\naddress = "127.0.0.1:{phone.port}"\ncaller_id = "{SUPPORT}"\n'
    )
    settings = centre.services.settings.model_copy(
        update={"telephony_file": str(file), "port": network.webhook_port, "public_url": ""}
    )

    async def told() -> dict[str, State]:
        return {one.text: one.state for one in await examined_with(settings)}

    well = await told()
    assert [text for text, state in well.items() if state is State.FAIL] == []
    for text in ("its webhook reaches the desk", "Redis answers", "trunks and dispatch rule are as declared"):
        assert text in well
    assert f"livekit-sip answers at {network.sip.address}" in well

    await asyncio.to_thread(network.sip.kill)
    without_sip = await told()
    failed = [text for text, state in without_sip.items() if state is State.FAIL]
    assert [text.startswith("livekit-sip does not answer") for text in failed] == [True]


async def test_the_screen_shows_states_refused_callers_and_calls(open_centre: OpenCentre) -> None:
    centre = await open_centre()
    lines = centre.services.lines
    fine = await lines.view(SYSTEM)
    assert (fine.inbound, fine.outbound, fine.service, fine.redis) == ("ok", "ok", "ok", "ok")
    assert [(one.number, one.label) for one in fine.numbers] == [(SUPPORT, "Support"), (ORDERS, "Orders")]
    assert (fine.refused_known, fine.problems) == (True, [])
    before = _refused(fine)

    caller = centre.sipp_call()
    await caller.got("180")
    ringing = await lines.view(SYSTEM, afresh=True)
    assert ringing.calls_now == fine.calls_now + 1
    assert _refused(ringing) == before, "one who was asked for the password and had it is not refused"

    wrong = centre.sipp_call(password="wrong")
    await wrong.until(lambda messages: len([one for one in messages if not one.sent and one.code >= 400]) >= 2)
    centre.sipp_call(to="+4930909999")
    await _shows(centre, lambda view: _refused(view, "no_trunk") == before.get("no_trunk", 0) + 1)
    after = _refused(await lines.view(SYSTEM, afresh=True))
    assert after["password"] == before.get("password", 0) + 2, "asked for it, and again after the wrong one"
    await caller.hang_up()


def _refused(view: LinesView, reason: str = "") -> Any:
    counted = {one.reason: one.count for one in view.refused}
    return counted.get(reason, 0) if reason else counted


async def _shows(centre: PhoneCentre, what: Callable[[LinesView], bool]) -> None:
    async def look() -> bool:
        return what(await centre.services.lines.view(SYSTEM, afresh=True))

    await until_async(look, SOON, lambda: "the screen does not show it")


async def test_the_screen_shows_what_the_network_answered(open_centre: OpenCentre) -> None:
    centre = await open_centre()
    await centre.sipp_refusing(503, "Service Unavailable")
    anna = await add_agent(centre.services, "Anna", Role.AGENT, available=True, connected=True)
    grant = await centre.services.calls.dial(anna, "+4930901234")
    await centre.ended(anna)
    (error, *_) = (await centre.services.lines.view(SYSTEM)).errors
    assert (error.call_id, error.agent_name, error.reason) == (grant.call_id, "Anna", "line_down")
    assert (error.sip_code, error.number_display) == (503, "+49 30 901234")


async def test_a_phone_that_speaks_none_of_the_codecs_is_refused_and_counted(open_centre: OpenCentre) -> None:
    """SIPp offers µ-law alone."""
    centre = await open_centre(line={"codecs": ("pcma",)})
    before = _refused(await centre.services.lines.view(SYSTEM), "codec")
    caller = centre.sipp_call()
    await caller.until(lambda messages: 400 in [one.code for one in messages])
    await _shows(centre, lambda view: _refused(view, "codec") == before + 1)
    async with centre.services.units.reading() as (session, _):
        assert await call_events.last_event_id(session) == 0


async def test_the_line_lets_nobody_ring_longer_than_it_may(open_centre: OpenCentre) -> None:
    """The queue would have waited longer. livekit-sip leaves without a word then, as if it were about to enter anew."""
    centre = await open_centre(line={"ring_seconds": 1}, queue_timeout_seconds=60, absent_seconds=2)
    caller = centre.sipp_call()
    await caller.until(lambda messages: 486 in [one.code for one in messages])

    async def over() -> bool:
        async with centre.services.units.reading() as (session, _):
            return not await calls.open_calls(session)

    await until_async(over, SOON, lambda: "the call is still open")


@pytest.mark.parametrize(("host", "answer"), [("203.0.113.0/24", [486]), ("203.0.113.7", [])])
async def test_an_address_cannot_be_had_by_claiming_it(
    open_centre: OpenCentre, network: PhoneNetwork, host: str, answer: list[int]
) -> None:
    """Only 203.0.113.0/24 may call, and this caller is on another address and knows the password."""
    centre = await open_centre(line={"allowed_addresses": ("203.0.113.0/24",)})
    before = network.sip.count("livekit_sip_calls_terminated", dir="in")
    caller = centre.sipp_call(shown_as=f"<sip:+493023125001@{host}>")
    await until(lambda: network.sip.count("livekit_sip_calls_terminated", dir="in") > before, 10, lambda: "not refused")
    if answer:
        await caller.until(lambda messages: 486 in [one.code for one in messages])
    async with centre.services.units.reading() as (session, _):
        assert list(await calls.open_calls(session)) == []
        assert await call_events.last_event_id(session) == 0


async def test_the_command_line(network: PhoneNetwork, settings: Settings, trunks: Trunks, tmp_path: Path) -> None:
    file = tmp_path / "telephony.toml"
    file.write_text(f'[[numbers]]\nnumber = "{SUPPORT}"\n[inbound]\nuser = "carrier"\n')
    names = {name.upper() for name in Settings.model_fields}
    environment = {name: value for name, value in os.environ.items() if name.upper() not in names}
    environment |= network.livekit.environment | {
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": settings.database_url,
        "TELEPHONY_FILE": str(file),
        "SIP_INBOUND_PASSWORD": "very confidential",
    }

    def run(*words: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "callcenter", "telephony", *words]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=environment | changes, timeout=60
        )
        assert "confidential" not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    (tmp_path / "empty.db").touch()
    dry, unrecorded, nowhere = await asyncio.gather(
        asyncio.to_thread(run, "apply", "--dry-run"),
        asyncio.to_thread(run, "apply", DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}"),
        asyncio.to_thread(run, "apply", TELEPHONY_FILE=str(tmp_path / "none.toml")),
    )
    assert (dry.returncode, "would create the inbound trunk" in dry.stdout) == (0, True)
    assert (unrecorded.returncode, "Try: make migrate" in unrecorded.stderr) == (1, True)
    assert (nowhere.returncode, "Copy telephony.example.toml" in nowhere.stderr) == (1, True)
    assert list((await trunks.found()).inbound) == []

    applied = json.loads((await asyncio.to_thread(run, "apply", "--json")).stdout)
    assert [one["action"] for one in applied["changes"]] == ["create", "create"]
    shown, fine, differs = await asyncio.gather(
        asyncio.to_thread(run, "show"),
        asyncio.to_thread(run, "check", "--json"),
        asyncio.to_thread(run, "check", SIP_INBOUND_PASSWORD="also confidential"),
    )
    assert "password: set" in shown.stdout
    assert (fine.returncode, json.loads(fine.stdout)["ok"]) == (0, True)
    assert (differs.returncode, "password: set -> changed" in differs.stdout) == (1, True)
