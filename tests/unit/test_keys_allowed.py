"""Whether an agent may send data into the room of a call: telephone keys need it, and it permits more than keys."""

from types import SimpleNamespace

import pytest
from livekit.api import UpdateParticipantRequest

from callcenter.cli.doctor import phone_checks
from callcenter.core.livekit.room_client import LiveKitServer
from callcenter.telephony.plan import OutboundLine, TelephonyPlan, keys_allowed
from tests.conftest import MakeSettings


@pytest.mark.parametrize("keys", [True, False])
async def test_who_may_talk_may_send_keys_unless_they_are_refused(make_settings: MakeSettings, keys: bool) -> None:
    asked: list[UpdateParticipantRequest] = []

    class Rooms:
        async def update_participant(self, request: UpdateParticipantRequest) -> None:
            asked.append(request)

    server = LiveKitServer(make_settings(), keys=keys)
    server._client = SimpleNamespace(room=Rooms())  # type: ignore[assignment]
    await server.allow_talking("call_1", "agent_anna.1")
    assert [one.permission.can_publish_data for one in asked] == [keys]


@pytest.mark.parametrize(
    ("transport", "keys", "warned"), [("tls", "allow", 1), ("tls", "refuse", 0), ("tls", "", 0), ("udp", "allow", 0)]
)
async def test_the_doctor_warns_where_keys_open_a_way_past_the_dial_rules(
    make_settings: MakeSettings, transport: str, keys: str, warned: int
) -> None:
    plan = TelephonyPlan(outbound=OutboundLine(address="127.0.0.1:9", transport=transport))
    findings = [one async for one in phone_checks.check(make_settings(telephone_keys=keys), plan)]
    assert sum("past the dial rules" in str(one) for one in findings) == warned


@pytest.mark.parametrize(
    ("setting", "transport", "password", "allowed"),
    [
        ("", "udp", "", True),
        ("", "tcp", "", False),
        ("", "tls", "", False),
        ("", "tls", "a password with each call", True),
        ("allow", "tls", "", True),
        ("refuse", "udp", "", False),
    ],
)
def test_unless_told_keys_are_refused_where_they_open_a_way_past_the_dial_rules(
    setting: str, transport: str, password: str, allowed: bool
) -> None:
    line = OutboundLine(address="sip.example.com", transport=transport, user="us" * bool(password), password=password)
    assert keys_allowed(setting, TelephonyPlan(outbound=line)) is allowed


def test_without_a_declared_line_keys_are_allowed() -> None:
    assert keys_allowed("", TelephonyPlan())
