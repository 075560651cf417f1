"""How far away, how large and how long what comes from outside may be."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.audit.cli import _instant
from callcenter.platform.bounds import LARGEST_ID, instant, whole_number
from callcenter.platform.errors import Problem


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-22T08:00:00"])
def test_an_instant_that_utc_does_not_have_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        instant(datetime.fromisoformat(text))


def test_an_instant_is_the_same_in_utc() -> None:
    there = datetime.fromisoformat("2026-11-22T08:00:00+01:00")
    assert (instant(there), instant(there).utcoffset()) == (there, timedelta(0))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("007", 7),
        (str(LARGEST_ID), LARGEST_ID),
        *((text, None) for text in (str(LARGEST_ID + 1), "9" * 5000, "-1", "", " 1", "٣", "1e3", "²", "1.0")),
    ],
)
def test_a_whole_number_is_plain_digits_within_its_bound(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text", ["soon", "999999d", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9" * 5000]
)
def test_the_audit_command_names_a_time_that_is_none(text: str) -> None:
    with pytest.raises(Problem, match="is no time"):
        _instant(text, datetime(2026, 11, 22, tzinfo=UTC))
