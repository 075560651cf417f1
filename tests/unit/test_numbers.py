"""Phone numbers as people type and paste them."""

import pytest

from callcenter.core.domain.errors import NumberInvalid
from callcenter.core.phone_numbers import display, from_address, normalise
from tests.support.refusals import refused


@pytest.mark.parametrize(
    "text",
    [
        "+49301234567",
        "0049 30 1234567",
        "030 1234567",
        "030/1234567",
        "(030) 123 45 67",
        "tel:+49-30-1234567",
        "  +49 30 1234567\t",
        "+49 (0)30 1234567",
    ],
)
def test_many_ways_to_write_one_number(text: str) -> None:
    assert normalise(text, "DE") == "+49301234567"


def test_the_country_is_a_setting() -> None:
    assert normalise("020 7946 0018", "GB") == "+442079460018"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Enter"),
        ("   ", "Enter"),
        ("hello", "not a phone number"),
        ("+49", "not a phone number"),
        ("+1202555", "too short"),
        ("+1" + "2" * 12, "wrong length"),
        ("1" * 65, "too long"),
        ("+999123456789", "not a phone number"),
        ("sip:anna@example.com", "not a phone number"),
        ("*31#030901820", "begin with"),
        ("030 901820 (private)", "number alone"),
        ("030 901820 Durchwahl 12", "number alone"),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason(text: str, reason: str) -> None:
    with refused(NumberInvalid, reason):
        normalise(text, "DE")


def test_numbers_are_shown_in_groups_and_anything_else_as_it_is() -> None:
    assert display("+49301234567") == "+49 30 1234567"
    assert display("anonymous") == "anonymous"
    assert display("") == "Unknown number"


@pytest.mark.parametrize(
    "text", ["030 1234567", "+49 30 1234567", "٠٣٠١٢٣٤٥٦٧", "۰۳۰۱۲۳۴۵۶۷", "०३०१२३४५६७", "＋４９３０１２３４５６７"]
)
def test_digits_of_every_script(text: str) -> None:
    assert normalise(text, "DE") == "+49301234567"


def test_letters_that_are_keys_of_a_telephone() -> None:
    assert normalise("0800-FLOWERS", "DE") == "+498003569377"
    assert normalise("1-800-FLOWERS", "US") == "+18003569377"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (" 43 1 234567", "+43 1 234567"),
        (" 431234567", "+431234567"),
        ("tel: 431234567", "tel:+431234567"),
        ("+431234567", "+431234567"),
        ("030 1234567", "030 1234567"),
        (" 030 1234567", " 030 1234567"),
        (" anna", " anna"),
        ("", ""),
    ],
)
def test_a_plus_in_an_address_arrives_as_a_space(said: str, meant: str) -> None:
    assert from_address(said) == meant
