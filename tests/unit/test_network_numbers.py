"""Numbers of callers as carriers write them: what becomes of each, and that nobody becomes somebody else."""

import string
from collections.abc import Iterable

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from callcenter.bootstrap import network_numbers
from callcenter.core.phone_numbers import display, is_e164
from callcenter.core.ports.media_server import SIP_NUMBER, SIP_PRIVACY, ParticipantSeen
from callcenter.room_events.network_numbers import ANONYMOUS, from_network
from callcenter.telephony.plan import CentreNumber, InboundLine, TelephonyPlan
from tests.builders import Centre
from tests.support.fuzz import effort

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("+493023125001", "+493023125001"),
        ("493023125001", "+493023125001"),
        ("4915123456789", "+4915123456789"),
        ("492112345678", "+492112345678"),
        ("15123456789", "+4915123456789"),
        ("03023125001", "+493023125001"),
        ("030/231-250 01", "+493023125001"),
        ("(030) 231.25001", "+493023125001"),
        ("00493023125001", "+493023125001"),
        ("0043664123456", "+43664123456"),
        ("+43 664 123456", "+43664123456"),
        ("+12125550100", "+12125550100"),
        ("217", "217"),
        ("+493023125001;cpc=ordinary", "+493023125001"),
        ("tel:+493023125001", "+493023125001"),
        ("sip:+493023125001@carrier.example", "+493023125001"),
    ],
)
def test_what_a_carrier_says_of_a_caller(said: str, number: str) -> None:
    assert from_network(said, "DE") == number


@pytest.mark.parametrize(
    ("said", "region", "number"),
    [
        ("2125550100", "US", "+12125550100"),
        ("12125550100", "US", "+12125550100"),
        ("2015550123", "US", "+12015550123"),
        ("4795550123", "US", "+14795550123"),
        ("4165550123", "US", "+14165550123"),
        ("01149301234567", "US", "+49301234567"),
        ("0049301234567", "US", "+49301234567"),
        ("22334455", "NO", "+4722334455"),
        ("0612345678", "IT", "+390612345678"),
        ("84951234567", "RU", "+74951234567"),
    ],
)
def test_a_caller_as_written_in_their_own_country(said: str, region: str, number: str) -> None:
    assert from_network(said, region) == number


@pytest.mark.parametrize(
    ("said", "region"), [("12125550100", "DE"), ("2005550123", "US"), ("4930123456", "US"), ("5550123", "US")]
)
def test_what_may_be_a_number_of_any_country_stays_as_it_came(said: str, region: str) -> None:
    assert from_network(said, region) == said
    assert display(said) == said
    assert not is_e164(said)


def written(number: phonenumbers.PhoneNumber, region: str) -> dict[str, str]:
    """The ways in which a network may write a number of ``region``."""
    plus = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    national = phonenumbers.national_significant_number(number)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    return {
        "plus": plus,
        "plus left out": plus[1:],
        "00": f"00{plus[1:]}",
        "national": national,
        "national with its trunk digit": f"{(metadata and metadata.national_prefix) or ''}{national}",
        "as printed": phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
    }


def examples() -> Iterable[tuple[str, phonenumbers.PhoneNumber]]:
    for region in REGIONS:
        for kind in PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None and phonenumbers.is_valid_number(number):
                yield region, number


def test_every_way_to_write_a_number_at_home_in_every_country() -> None:
    found = list(examples())
    assert len(found) > 1000
    wrong = [
        (region, way, text, from_network(text, region))
        for region, number in found
        for way, text in written(number, region).items()
        if from_network(text, region) != phonenumbers.format_number(number, PhoneNumberFormat.E164)
    ]
    # Mobile phones in Colombia are dialled without the 0; with it the next digit chooses a carrier.
    assert wrong == [("CO", "national with its trunk digit", "03211234567", "03211234567")]


@st.composite
def valid_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A region, and the digits of a valid number of it without anything before them."""
    region = draw(st.sampled_from(REGIONS))
    code = phonenumbers.country_code_for_region(region)
    kinds = [kind for kind in PhoneNumberType.values() if phonenumbers.example_number_for_type(region, kind)]
    sample = phonenumbers.example_number_for_type(region, draw(st.sampled_from(kinds)))
    assert sample is not None
    digits = phonenumbers.national_significant_number(sample)
    keep = draw(st.integers(0, len(digits)))
    rest = draw(st.text(string.digits, min_size=len(digits) - keep, max_size=len(digits) - keep))
    number = phonenumbers.parse(f"+{code}{digits[:keep]}{rest}", None)
    withheld = phonenumbers.national_significant_number(number) == ANONYMOUS
    if withheld or not phonenumbers.is_valid_number(number):
        number = sample
    return region, phonenumbers.national_significant_number(number)


@effort(100)
@given(valid_numbers())
def test_no_number_at_home_is_shown_as_one_of_another_country(number: tuple[str, str]) -> None:
    region, digits = number
    code = phonenumbers.country_code_for_region(region)
    assert from_network(digits, region).startswith(f"+{code}")


@effort(100)
@given(st.sampled_from(REGIONS), valid_numbers())
def test_a_number_with_a_plus_is_itself_everywhere(region: str, number: tuple[str, str]) -> None:
    home, digits = number
    e164 = f"+{phonenumbers.country_code_for_region(home)}{digits}"
    assert from_network(e164, region) == e164


@effort(100)
@given(st.sampled_from(REGIONS), st.text(string.digits, min_size=1, max_size=15))
def test_digits_without_a_plus_never_become_a_number_of_another_country(region: str, digits: str) -> None:
    digits = f"1{digits}"  # in no country a call abroad begins so
    found = from_network(digits, region)
    code = phonenumbers.country_code_for_region(region)
    assert found == digits or found.startswith(f"+{code}")


def test_a_carrier_that_leaves_the_plus_out_says_so_in_the_plan() -> None:
    plan = TelephonyPlan((CentreNumber("+431234567"),), InboundLine(numbers_without_plus="e164"))
    told, untold = network_numbers(plan, "DE"), network_numbers(TelephonyPlan(plan.numbers), "DE")
    assert told.caller("12125550100") == "+12125550100"
    assert told.caller("43664123456") == "+43664123456"
    assert told.caller("015123456789") == "+4915123456789"
    assert untold.caller("12125550100") == "12125550100"
    assert untold.dialed("431234567") == "+431234567"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "alice",
            "device_1701234567",
            "sip:anna.b",
            "1001abc",
            "door-5",
            "0800-FLOWERS",
            "anna+4930123456@pbx.example",
        ),
        *("x+493012345678", "+1800FLOWERS", "sip:device_1701234567@pbx.example", "٠٣٠١٢٣٤٥٦"),
    ],
)
def test_a_name_stays_a_name(name: str) -> None:
    assert from_network(name, "DE") == name
    assert display(name) == name
    assert not is_e164(name)


def test_a_name_loses_what_hides_or_turns_text() -> None:
    assert from_network("ali\u202ece\r\n\x9b", "DE") == "alice"


WITHHELD = (
    *("", "0", "+", "-", "000", "+0", "anonymous", "Anonymous", "ANONYMOUS", "anonymous;rn=1", "Unavailable"),
    *("anonymous@anonymous.invalid", "sip:anonymous@anonymous.invalid", "sip:x17@anonymous.invalid", "nobody"),
    *("blocked", "unknown", "private", "Private Number", "restricted", "withheld", "No Caller ID", "out-of-area"),
    *("+266696687", "266696687", "00266696687", "0266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"),
)


@pytest.mark.parametrize("region", ["DE", "US", "NO"])
@pytest.mark.parametrize("said", WITHHELD)
def test_a_withheld_number_is_no_number(said: str, region: str) -> None:
    assert from_network(said, region) == ""
    assert display("") == "Unknown number"


def test_what_spells_a_word_on_a_keypad_may_be_a_number_at_home() -> None:
    assert from_network("7378742833", "US") == "+17378742833"


@pytest.mark.parametrize(
    ("privacy", "number"), [("id", ""), ("header; ID", ""), ("none", "+4930123456"), ("critical", "+4930123456")]
)
def test_a_caller_who_asks_not_to_be_shown_is_not(privacy: str, number: str) -> None:
    attributes = {SIP_NUMBER: "+4930123456", SIP_PRIVACY: privacy}
    assert ParticipantSeen("sip_1", "PA_1", phone=True, attributes=attributes).number == number


async def test_two_withheld_callers_are_not_one_person(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    for said in ("+266696687", "anonymous@anonymous.invalid"):
        call_id = await centre.call_in(said)
        offer = (await centre.services.desk.view(anna)).offer
        assert (offer.call_id, offer.caller_id, offer.caller_display) == (call_id, "", "Unknown number")
        await centre.caller_hangs_up(call_id)
