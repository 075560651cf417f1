"""Phone numbers as people type and paste them."""

import pytest

from callcenter.domain.errors import NumberInvalid
from callcenter.services.numbers import display, from_network, normalise


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
    ],
)
def test_what_is_no_number_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(NumberInvalid, match=reason):
        normalise(text, "DE")


def test_numbers_are_shown_in_groups_and_anything_else_as_it_is() -> None:
    assert display("+49301234567") == "+49 30 1234567"
    assert display("anonymous") == "anonymous"
    assert display("") == "Unknown number"


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("+493023125001", "+493023125001"),
        ("493023125001", "+493023125001"),
        ("12125550100", "+12125550100"),
        ("03023125001", "+493023125001"),
        ("00493023125001", "+493023125001"),
        ("anonymous", ""),
        ("Unavailable", ""),
        ("", ""),
        ("217", "217"),
        ("alice", "alice"),
        ("+493023125001;cpc=ordinary", "+493023125001"),
        ("anonymous;rn=1", ""),
        ("ali\u202ece\r\n\x9b", "alice"),
    ],
)
def test_what_a_carrier_says_of_a_caller(said: str, number: str) -> None:
    assert from_network(said, "DE") == number


def test_a_caller_as_written_in_their_own_country() -> None:
    assert from_network("2125550100", "US") == "+12125550100"
