"""Which numbers may be dialled, how often, and what is kept of refusals."""

import asyncio
from typing import Any

import pytest

from callcenter.audit.service import AuditEntry
from callcenter.core.domain.agents import SYSTEM, Actor
from callcenter.core.domain.errors import NumberInvalid
from callcenter.dialing.errors import (
    CallerIdNotOwned,
    CountryNotAllowed,
    EmergencyNotAllowed,
    LinesBusy,
    NetworkNotAllowed,
    NumberBlocked,
    OwnNumber,
    PremiumNotAllowed,
    ShortNumberNotAllowed,
    TooManyDials,
)
from callcenter.dialing.rules import DialRules
from callcenter.settings import Settings, SettingsError
from callcenter.telephony.plan import CentreNumber, OutboundLine, TelephonyPlan
from tests.builders import Centre
from tests.conftest import MakeSettings, settings_for
from tests.support.refusals import refused

BERLIN = "030 1234567"
VIENNA = "+43 1 234567890"
PLAN = TelephonyPlan(numbers=(CentreNumber("+4930901820", "Support"), CentreNumber("+4930901821")))


def dialled(text: str, plan: TelephonyPlan | None = None, **changes: Any) -> str:
    """The number that would be dialled. Raises what would be refused."""
    rules = DialRules(settings_for("sqlite:///none.db", **changes), plan or TelephonyPlan())
    wanted = rules.read(text)
    rules.check(wanted)
    return wanted.number


class TestCountries:
    def test_home_only_unless_said_otherwise(self) -> None:
        assert dialled(BERLIN) == "+49301234567"
        with refused(CountryNotAllowed, "Calls to Austria are not allowed"):
            dialled(VIENNA)

    def test_those_that_are_listed_and_only_those(self) -> None:
        assert dialled(VIENNA, dial_countries="at, CH") == "+431234567890"
        with refused(CountryNotAllowed, "Germany"):
            dialled(BERLIN, dial_countries="AT")

    def test_all(self) -> None:
        for text in (BERLIN, VIENNA, "+1 473 440 1234", "+7 701 234 5678"):
            assert dialled(text, dial_countries="*")

    @pytest.mark.parametrize(
        ("text", "country"),
        [
            ("+1 416 555 1234", "Canada"),
            ("+1 473 440 1234", "Grenada"),
            ("+1 876 512 3456", "Jamaica"),
            ("+44 1481 256789", "Guernsey"),
            ("+7 701 234 5678", "Kazakhstan"),
            ("+39 06 698 12345", "Vatican City"),
        ],
    )
    def test_a_shared_calling_code_is_not_a_country(self, text: str, country: str) -> None:
        with refused(CountryNotAllowed, country):
            dialled(text, dial_countries="US,GB,RU,IT")

    def test_what_several_countries_share_belongs_to_each(self) -> None:
        assert dialled("+1 800 555 1234", dial_countries="CA") == "+18005551234"
        with pytest.raises(CountryNotAllowed):
            dialled("+1 800 555 1234")

    def test_a_country_that_cannot_be_told_is_none_that_is_allowed(self) -> None:
        with refused(CountryNotAllowed, "cannot be told"):
            dialled("+1 123 555 1234", dial_countries="US")

    @pytest.mark.parametrize("text", ["+881 6 1234 5678", "+870 773 111 632", "+883 5100 12345", "+800 1234 5678"])
    def test_networks_of_no_country_need_a_prefix_of_their_own(self, text: str) -> None:
        with pytest.raises(NetworkNotAllowed):
            dialled(text, dial_countries="*")
        assert dialled(text, dial_prefixes="+8")


class TestKeysAfterTheNumber:
    @pytest.mark.parametrize(
        "text",
        [
            *("030901820,,12", "030901820w12", "030901820p12", "030901820ww12#", "030901820;ext=12", "030901820x12"),
            *("030901820~12", "030901820\uff5e12"),
            *("030 901820 ext. 12", "030 901820, 12", "030901820#12", "030901820*12", "+49 30 901820;12", "116117,,2"),
            *("tel:+4930901820;postd=pp22", "030901820，，12"),
        ],
    )
    def test_they_are_neither_dropped_nor_dialled(self, text: str) -> None:
        with refused(NumberInvalid, "keypad"):
            dialled(text)
        with refused(NumberInvalid, "cannot be sent"):
            dialled(text, telephone_keys="refuse")

    def test_words_after_it_are_no_digits(self) -> None:
        for text in ("030901820 ext", "030901820 (priv)", "030901820 доб. 12"):
            with refused(NumberInvalid, "number alone"):
                dialled(text)

    @pytest.mark.parametrize("text", ["030901820,", "030 901820;", "tel:030901820;phone-context=+49"])
    def test_what_asks_for_no_key_is_a_number(self, text: str) -> None:
        assert dialled(text) == "+4930901820"

    def test_nothing_stands_in_the_way_of_a_call_for_help(self) -> None:
        for text in ("112#", "112,,5", "１１２"):
            assert dialled(text, dial_emergency="allow") == "112"


class TestPrefixes:
    def test_one_allows_what_no_country_does(self) -> None:
        assert dialled(VIENNA, dial_prefixes="+33, +43 1") == "+431234567890"
        with pytest.raises(CountryNotAllowed):
            dialled("+43 662 123456", dial_prefixes="+431")

    def test_a_blocked_one_wins_over_everything(self) -> None:
        changes: dict[str, Any] = {"dial_countries": "*", "dial_prefixes": "+43,+49900", "dial_premium": "allow"}
        for text, blocked in ((VIENNA, "0043"), ("+49 900 1 123456", "+49900"), ("116117", "116")):
            with pytest.raises(NumberBlocked):
                dialled(text, dial_blocked_prefixes=blocked, **changes)

    @pytest.mark.parametrize("setting", ["dial_prefixes", "dial_blocked_prefixes"])
    @pytest.mark.parametrize("text", ["+", "Austria", "+43;+41"])
    def test_nonsense_is_said_at_the_start(self, setting: str, text: str) -> None:
        with pytest.raises(SettingsError, match=setting.upper()):
            dialled(BERLIN, PLAN, **{setting: text})

    @pytest.mark.parametrize("changes", [{"dial_countries": "Germany"}, {"phone_region": "EU"}])
    def test_so_is_a_country_that_does_not_exist(self, changes: dict[str, Any]) -> None:
        with pytest.raises(SettingsError, match="is no country"):
            dialled(BERLIN, **changes)


class TestEmergencies:
    WAYS = ("112", "110", "1 1 2", "1-1-0", "+49112", "+49 110", "0112", "0049112", "tel:112", "１１２")

    @pytest.mark.parametrize("text", WAYS)
    def test_refused_with_advice(self, text: str) -> None:
        with refused(EmergencyNotAllowed, "Use a telephone or a mobile"):
            dialled(text, dial_countries="*", dial_premium="allow", dial_prefixes="1,+1,+4911")

    @pytest.mark.parametrize("text", WAYS)
    def test_allowed_it_is_dialled_as_it_is(self, text: str) -> None:
        assert dialled(text, dial_emergency="allow", dial_blocked_prefixes="1,+4") in ("110", "112")

    @pytest.mark.parametrize(("region", "number"), [("US", "911"), ("GB", "999"), ("AU", "000"), ("FR", "15")])
    def test_each_country_has_its_own(self, region: str, number: str) -> None:
        assert dialled(number, phone_region=region, dial_emergency="allow") == number
        with pytest.raises(EmergencyNotAllowed):
            dialled(number, phone_region=region)

    def test_a_number_that_begins_like_one_is_none(self) -> None:
        assert dialled("1125551234", phone_region="IN") == "+911125551234"


class TestShortNumbers:
    @pytest.mark.parametrize("text", ["115", "116 117", "11833", "+49 116117", "0049116117"])
    def test_refused_unless_a_prefix_names_them(self, text: str) -> None:
        with refused(ShortNumberNotAllowed, "full number"):
            dialled(text)
        with pytest.raises(ShortNumberNotAllowed):
            dialled(text, dial_countries="*", dial_premium="allow")

    def test_named_they_are_dialled_as_they_were_typed(self) -> None:
        assert dialled("116 117", dial_prefixes="116,115") == "116117"
        assert dialled("+49 116117", dial_prefixes="+49116") == "+49116117"
        with pytest.raises(ShortNumberNotAllowed):
            dialled("11833", dial_prefixes="116,115")


class TestPremium:
    @pytest.mark.parametrize(
        "text",
        [
            "0900 1 123456",
            "+49 0900 1123456",
            "0180 5 123456",
            "0137 1234567",
            "0700 12345678",
        ],
    )
    def test_refused_however_it_is_written(self, text: str) -> None:
        with refused(PremiumNotAllowed, "price of their own"):
            dialled(text)
        assert dialled(text, dial_premium="allow")

    def test_digits_that_follow_do_not_hide_one(self) -> None:
        with pytest.raises(PremiumNotAllowed):
            dialled("0900 1 123456 99")

    def test_other_countries_have_them_too(self) -> None:
        for text in ("+44 70 1234 5678", "+1 900 555 1234", "+43 900 123456"):
            with pytest.raises(PremiumNotAllowed):
                dialled(text, dial_countries="*")

    def test_a_prefix_of_a_country_does_not_allow_them_and_one_of_their_range_does(self) -> None:
        with pytest.raises(PremiumNotAllowed):
            dialled("+43 900 123456", dial_prefixes="+43")
        assert dialled("0180 5 123456", dial_prefixes="+49180") == "+491805123456"
        with pytest.raises(PremiumNotAllowed):
            dialled("0900 1 123456", dial_prefixes="+49180")

    def test_numbers_of_companies_are_ordinary(self) -> None:
        assert dialled("+41 58 123 45 67", dial_countries="CH") == "+41581234567"
        assert dialled("0800 1234567") == "+498001234567"


class TestDisguises:
    @pytest.mark.parametrize("text", ["+49 00 1 473 440 1234", "+49 00 43 1 234567", "00 49 00 1 473 4401234"])
    def test_a_call_abroad_behind_the_own_country_code(self, text: str) -> None:
        with refused(NumberInvalid, "a zero too many"):
            dialled(text)

    @pytest.mark.parametrize("text", ["010 33 0043 1 234567890", "+49 010 33 0043 123456", "+49 1 0330043123456"])
    def test_a_code_that_chooses_a_carrier(self, text: str) -> None:
        with pytest.raises(NumberInvalid):
            dialled(text)

    def test_what_nobody_can_have_is_no_number_unless_a_prefix_knows_better(self) -> None:
        with refused(NumberInvalid, "no range of numbers"):
            dialled("+49 112345678")
        assert dialled("+49 112345678", dial_prefixes="+49112") == "+49112345678"


class TestOwnNumbers:
    def test_no_call_comes_back_to_the_centre(self) -> None:
        for text in ("030 901820", "+49 30 90 18 21"):
            with pytest.raises(OwnNumber):
                dialled(text, PLAN)
        with pytest.raises(OwnNumber):
            dialled("030 901899", outbound_caller_id="+49 30 901899")

    def test_the_number_shown_is_a_declared_one(self) -> None:
        assert dialled(BERLIN, PLAN)
        assert dialled(BERLIN, PLAN, outbound_caller_id="030 901821")
        assert dialled(BERLIN, outbound_caller_id="030 901821"), "nothing is declared: nothing to compare"
        with pytest.raises(CallerIdNotOwned):
            dialled(BERLIN, PLAN, outbound_caller_id="+49 30 5555555")
        with pytest.raises(CallerIdNotOwned):
            dialled(BERLIN, TelephonyPlan(PLAN.numbers, outbound=OutboundLine(caller_id="+4930555555")))


async def log(centre: Centre) -> list[AuditEntry]:
    return await centre.services.audit.list(SYSTEM)


async def dial_and_hang_up(centre: Centre, actor: Actor, number: str = BERLIN) -> None:
    grant = await centre.services.calls.dial(actor, number)
    await centre.services.calls.hang_up(actor, grant.call_id)


class TestLimits:
    @pytest.fixture
    def settings(self, make_settings: MakeSettings) -> Settings:
        return make_settings(dials_per_minute=3, max_outbound_calls=2)

    async def test_an_agent_dials_so_often_within_a_minute(self, centre: Centre) -> None:
        anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
        for _ in range(3):
            await dial_and_hang_up(centre, anna)
        for _ in range(5):
            with pytest.raises(TooManyDials):
                await dial_and_hang_up(centre, anna)
        await dial_and_hang_up(centre, ben)
        assert [one.detail["rule"] for one in await log(centre)] == ["too_many_dials"], "once a minute is enough"
        centre.clock.advance(61)
        await dial_and_hang_up(centre, anna)

    async def test_numbers_cannot_be_tried_out(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        for number in ("+43 1 234561", "+43 1 234562", "+43 1 234563"):
            with pytest.raises(CountryNotAllowed):
                await dial_and_hang_up(centre, anna, number)
        for number in ("+43 1 234564", BERLIN):
            with pytest.raises(TooManyDials):
                await dial_and_hang_up(centre, anna, number)

    async def test_mistyping_is_no_attempt(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        for _ in range(5):
            with pytest.raises(NumberInvalid):
                await dial_and_hang_up(centre, anna, "hello")
        await dial_and_hang_up(centre, anna)
        assert await log(centre) == []

    async def test_so_many_calls_at_once_even_when_dialled_at_the_same_moment(self, centre: Centre) -> None:
        agents = [await centre.agent(name) for name in ("Anna", "Ben", "Chloe", "Dora")]
        results = await asyncio.gather(
            *(centre.services.calls.dial(actor, BERLIN) for actor in agents), return_exceptions=True
        )
        assert sum(isinstance(one, LinesBusy) for one in results) == 2
        free = next(actor for actor, one in zip(agents, results, strict=True) if not isinstance(one, LinesBusy))
        call_id = (await centre.desk(free)).call.id
        await centre.services.calls.hang_up(free, call_id)
        turned_away = next(actor for actor, one in zip(agents, results, strict=True) if isinstance(one, LinesBusy))
        await centre.services.calls.dial(turned_away, BERLIN)

    async def test_a_refusal_leaves_the_agent_as_they_were_and_is_on_record(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        call_id = await centre.talk(anna)
        await centre.services.calls.hang_up(anna, call_id)
        with pytest.raises(PremiumNotAllowed):
            await centre.services.calls.dial(anna, "0900 1 123456")
        assert (await centre.desk(anna)).work == "wrapup"
        (entry,) = await log(centre)
        assert (entry.by, entry.action, entry.subject) == ("anna", "dial.refused", "+499001123456")
        assert entry.detail == {"rule": "premium_not_allowed", "reason": "", "parameters": {}}


class TestCallsForHelp:
    @pytest.fixture
    def settings(self, make_settings: MakeSettings) -> Settings:
        return make_settings(dials_per_minute=1, max_outbound_calls=1, dial_emergency="allow")

    async def test_no_limit_stands_in_their_way(self, centre: Centre) -> None:
        anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
        await dial_and_hang_up(centre, anna)
        await centre.services.calls.dial(ben, BERLIN)
        grant = await centre.services.calls.dial(anna, "1 1 2")
        assert (await centre.call(grant.call_id)).dialed_number == "112"
