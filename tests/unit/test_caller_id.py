"""The number that a called phone shows is one of the centre's."""

from pathlib import Path

import pytest

from callcenter.bootstrap import Services, build
from callcenter.dialing.errors import CallerIdNotOwned
from callcenter.settings import Settings
from callcenter.telephony.caller_id import shown_number
from callcenter.telephony.plan import CentreNumber, OutboundLine, TelephonyPlan
from tests.builders import Centre
from tests.conftest import MakeSettings

OURS = (CentreNumber("+4930901820", "Support"), CentreNumber("+4930901821", "Sales"))
FILE = '[[numbers]]\nnumber = "+4930901820"\nlabel = "Support"\n[[numbers]]\nnumber = "+4930901821"\nlabel = "Sales"\n'


@pytest.mark.parametrize(
    ("setting", "plan", "shown"),
    [
        ("030 90 18 21", TelephonyPlan(OURS, outbound=OutboundLine("carrier", caller_id="+4930901820")), "+4930901821"),
        ("", TelephonyPlan(OURS, outbound=OutboundLine("carrier", caller_id="+4930901821")), "+4930901821"),
        ("", TelephonyPlan(OURS), "+4930901820"),
        ("", TelephonyPlan(), ""),
        ("anonymous", TelephonyPlan(), "anonymous"),
    ],
)
def test_which_number_is_shown(make_settings: MakeSettings, setting: str, plan: TelephonyPlan, shown: str) -> None:
    assert shown_number(make_settings(outbound_caller_id=setting), plan) == shown


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "telephony.toml"
    path.write_text(FILE)
    return str(path)


class TestOurs:
    @pytest.fixture
    def settings(self, make_settings: MakeSettings, file: str) -> Settings:
        return make_settings(telephony_file=file, outbound_caller_id="+4930901821")

    async def test_the_provider_is_told_the_number_to_show(self, centre: Centre) -> None:
        await centre.dial(await centre.agent("Anna"))
        assert (await centre.telephony.phone()).order.caller_id == "+4930901821"


class TestForeign:
    @pytest.fixture
    def settings(self, make_settings: MakeSettings, file: str) -> Settings:
        return make_settings(telephony_file=file, outbound_caller_id="+4930555555")

    async def test_nobody_can_dial_with_it(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        with pytest.raises(CallerIdNotOwned):
            await centre.services.calls.dial(anna, "030 23125000")
        assert centre.telephony.phones == []

    async def test_the_log_says_so_at_the_start(
        self, settings: Settings, services: Services, caplog: pytest.LogCaptureFixture
    ) -> None:
        started = build(settings, services.media, services.telephony)
        await started.start()
        await started.stop()
        assert "OUTBOUND_CALLER_ID" in caplog.text
        assert "555555" not in caplog.text
