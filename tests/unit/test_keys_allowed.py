"""Whether an agent may send data into the room of a call: telephone keys need it, and it permits more than keys."""

import jwt
import pytest

from callcenter.cli.doctor import phone_checks
from callcenter.services.livekit.server import LiveKitServer
from callcenter.services.telephony.plan import OutboundLine, TelephonyPlan, keys_allowed
from tests.conftest import MakeSettings


@pytest.mark.parametrize(
    ("keys", "may_talk", "sends"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_a_token_lets_who_talks_send_keys_unless_they_are_refused(
    make_settings: MakeSettings, keys: bool, may_talk: bool, sends: bool
) -> None:
    server = LiveKitServer(make_settings(), keys=keys)
    claims = jwt.decode(
        server.token("call_1", "agent_anna", "Anna", may_talk=may_talk), options={"verify_signature": False}
    )
    assert claims["video"]["canPublishData"] is sends


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
