"""How large, how long and how far away what comes from outside may be."""

from datetime import UTC, datetime

LARGEST_ID = 2**31 - 1
LONGEST_NUMBER = 64
"""Characters of a telephone number, or a piece of one, as people write it."""
LONGEST_KEY = 200
"""Characters of the key of a page."""
LONGEST_WORD = 64
"""Characters of any other word in an address."""


def instant(value: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError without a time zone, or when UTC has no year for it (1 to 9999)."""
    if value.tzinfo is None:
        raise ValueError("a time needs a time zone")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("that time is too far away") from None


def whole_number(text: str, largest: int = LARGEST_ID) -> int | None:
    """The number from 0 to ``largest`` that ``text`` is, in plain digits; None for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(largest))):
        return None
    number = int(text)
    return number if number <= largest else None
