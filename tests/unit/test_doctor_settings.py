"""What the doctor tells from the settings alone."""

from typing import Any

import pytest

from callcenter.cli.doctor.finding import State
from callcenter.cli.doctor.settings_checks import check
from callcenter.telephony.plan import CentreNumber, InboundLine, TelephonyPlan
from tests.conftest import MakeSettings

PUBLIC: dict[str, Any] = {
    "debug": False,
    "public_url": "https://desk.example.com",
    "livekit_ws_url": "wss://media.example.com",
}
PLAN = TelephonyPlan((CentreNumber("+4930901820"),), InboundLine("user", "wq7-Ksm2.vT9xLd4"))


async def told(make_settings: MakeSettings, plan: TelephonyPlan = PLAN, **changes: Any) -> list[tuple[State, str]]:
    settings = make_settings(**changes)
    return [(one.state, f"{one.text} {one.mend}") async for one in check(settings, plan) if one.state is not State.OK]


@pytest.mark.parametrize("changes", [PUBLIC, {}, {"public_url": ""}, {"public_url": "http://127.0.0.1:3000"}])
async def test_a_sound_system(make_settings: MakeSettings, changes: dict[str, Any]) -> None:
    assert await told(make_settings, **changes) == []


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({"public_url": "http://desk.example.com"}, State.FAIL, ["no microphone", "HTTPS", "proxy"]),
        ({"livekit_ws_url": "ws://media.example.com"}, State.FAIL, ["over HTTPS", "LIVEKIT_WS_URL", "wss://"]),
        ({"livekit_ws_url": "wss://localhost"}, State.FAIL, ["their own machine", "LIVEKIT_WS_URL"]),
        ({"debug": True}, State.FAIL, ["DEBUG is on", "DEBUG=false"]),
        ({"secret_key": "a" * 40}, State.FAIL, ["SECRET_KEY can be guessed", "token_urlsafe"]),
        ({"livekit_api_secret": "ab" * 20}, State.FAIL, ["LIVEKIT_API_SECRET can be guessed"]),
        ({"livekit_webhook_secret": "ab" * 20}, State.FAIL, ["LIVEKIT_WEBHOOK_SECRET can be guessed"]),
        (
            {"livekit_webhook_key": "", "livekit_webhook_secret": ""},
            State.WARN,
            ["agents' room tokens", "LIVEKIT_WEBHOOK_KEY", "docs/secrets.md"],
        ),
        ({"outbound_caller_id": "+4930999999"}, State.FAIL, ["+4930999999", "none of the numbers", "nobody can dial"]),
        ({"outbound_caller_id": "12"}, State.FAIL, ["OUTBOUND_CALLER_ID", "country code"]),
        ({"queue_timeout_seconds": 300}, State.WARN, ["180 s", "300 s", "ring_seconds"]),
    ],
)
async def test_what_is_amiss(
    make_settings: MakeSettings, changes: dict[str, Any], state: State, words: list[str]
) -> None:
    findings = await told(make_settings, **(PUBLIC | changes))
    assert [one for one, _ in findings] == [state], findings
    assert [word for word in words if word not in findings[0][1]] == []


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaaaaaaaaaa"])
async def test_a_trunks_password_that_can_be_guessed(make_settings: MakeSettings, password: str) -> None:
    ((state, words),) = await told(make_settings, TelephonyPlan(PLAN.numbers, InboundLine("user", password)))
    assert state is State.WARN
    assert password not in words


async def test_a_weak_secret_is_but_a_warning_in_development(make_settings: MakeSettings) -> None:
    ((state, _),) = await told(make_settings, secret_key="short")
    assert state is State.WARN
