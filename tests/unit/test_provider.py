"""Who carries calls, chosen from the settings."""

from typing import Any

import pytest

from callcenter.bootstrap import provider
from callcenter.telephony.plan import OutboundLine, TelephonyPlan
from tests.conftest import MakeSettings
from tests.fakes import FakeMedia

NOTHING, LINE = TelephonyPlan(), TelephonyPlan(outbound=OutboundLine("sip.example.com"))
PRODUCTION: dict[str, Any] = {"debug": False, "public_url": "https://desk.example.com"}
GATEWAY: dict[str, Any] = {
    "telephony": "webhook",
    "telephony_webhook_url": "https://gateway.example.com/",
    "telephony_webhook_secret": "a-secret-of-the-gateway-0123456789abcdef",
}


@pytest.mark.parametrize(
    ("changes", "plan", "name", "dials"),
    [
        ({}, NOTHING, "simulated", True),
        (PRODUCTION, NOTHING, "none", False),
        ({}, LINE, "livekit", True),
        (PRODUCTION, LINE, "livekit", True),
        ({"livekit_sip_trunk_id": "ST_1"}, NOTHING, "livekit", True),
        ({"telephony": "livekit"}, NOTHING, "livekit", False),
        ({"telephony": "simulated"}, LINE, "simulated", True),
        ({"telephony": "none"}, LINE, "none", False),
        (GATEWAY, LINE, "webhook", True),
    ],
)
async def test_the_provider(
    make_settings: MakeSettings, media: FakeMedia, changes: dict[str, Any], plan: TelephonyPlan, name: str, dials: bool
) -> None:
    chosen = provider(make_settings(**changes), media, plan)
    assert (chosen.name, chosen.can_dial()) == (name, dials)
    await chosen.close()


@pytest.mark.parametrize(("telephony", "from_start"), [("simulated", False), ("livekit", True), ("none", True)])
async def test_only_a_simulated_phone_has_to_start_before_it_is_in_its_room(
    make_settings: MakeSettings, media: FakeMedia, telephony: str, from_start: bool
) -> None:
    chosen = provider(make_settings(telephony=telephony), media, NOTHING)
    assert chosen.leg_from_start is from_start
    await chosen.close()


@pytest.mark.parametrize(("telephony", "plan"), [("simulated", NOTHING), ("livekit", LINE), ("none", NOTHING)])
async def test_a_provider_leaves_the_room_of_a_phone_that_is_hung_up_to_whoever_hangs_up(
    make_settings: MakeSettings, media: FakeMedia, telephony: str, plan: TelephonyPlan
) -> None:
    chosen = provider(make_settings(telephony=telephony), media, plan)
    await chosen.hang_up("out_1")
    assert media.asked == []
    await chosen.close()
