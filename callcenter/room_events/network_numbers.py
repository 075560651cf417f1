"""Numbers as the telephone network writes them: of callers, and of the numbers they dialled."""

import re
from collections.abc import Iterable

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from callcenter.platform.formatting import printable

WITHHELD = frozenset(
    {
        *("anonymous", "anonymouscaller", "anonymoususer", "blocked", "callerunknown", "hidden", "nobody"),
        *("nocallerid", "none", "nonumber", "notavailable", "null", "outofarea", "private", "privatecaller"),
        *("privatenumber", "restricted", "suppressed", "unavailable", "unidentified", "unknown", "unknowncaller"),
        *("unknownnumber", "withheld", "withheldnumber"),
    }
)
"""What stands in the place of a withheld number (RFC 3323 names the first), in letters and digits alone."""
ANONYMOUS = "266696687"
ON_A_KEYPAD = frozenset({ANONYMOUS, "2562533", "7378742833", "8656696", "86282452253"})
"""Anonymous, blocked, restricted, unknown and unavailable as the keys of a telephone spell them."""
_WRITTEN = re.compile(r"\+?[0-9 \t.()/-]+")


class NetworkNumbers:
    """Reads numbers for one centre: its country, its own numbers, and how its carrier writes those of others."""

    def __init__(self, own: Iterable[str], region: str, *, plus_left_out: bool = False) -> None:
        self._region = region
        self._plus_left_out = plus_left_out
        self._own = {number.removeprefix("+"): number for number in own}

    def caller(self, text: str) -> str:
        """A caller's number, as ``from_network`` says."""
        return from_network(text, self._region, plus_left_out=self._plus_left_out)

    def dialed(self, text: str) -> str:
        """A number of ours, also one in another country without its plus; any other as ``from_network`` says."""
        return self._own.get(text.partition(";")[0].strip()) or self.caller(text)


def from_network(text: str, region: str, *, plus_left_out: bool = False) -> str:
    """What a carrier says of a caller as E.164 where it is a number, and only one. Empty for a withheld one.

    Names, extensions and numbers that are of no use in ``region`` stay as they came. A number without a plus never
    becomes one of another country (a call back would reach a stranger), unless it begins with the digits for calls
    abroad or the carrier is known to leave the plus out of E.164 (``plus_left_out``). What follows a semicolon is
    about the number and not part of it (RFC 3966): ``;cpc=ordinary``.
    """
    text = text.partition(";")[0].strip()
    user, _, host = re.sub(r"(?i)^(sips?|tel):", "", text).partition("@")
    if not _WRITTEN.fullmatch(user):
        name = "".join(filter(str.isalnum, user.lower()))
        return "" if not name or name in WITHHELD or host.lower() == "anonymous.invalid" else printable(text)
    digits = "".join(filter(str.isdigit, user))
    abroad = digits if user.startswith("+") else digits[2:] if digits.startswith("00") else ""
    if digits.lstrip("0") in ("", ANONYMOUS) or abroad in ON_A_KEYPAD:
        return ""
    if user.startswith("+"):
        return _valid(f"+{abroad}") or printable(text)
    if plus_left_out and not digits.startswith("0") and (number := _valid(f"+{digits}")):
        return number
    number = _of(digits, region) or (abroad and _valid(f"+{abroad}"))
    return number or ("" if digits in ON_A_KEYPAD else printable(text))


def _of(digits: str, region: str) -> str:
    """The valid number of ``region`` that is meant, or one abroad by the digits that begin calls abroad there.

    Of 95,000 valid numbers 1,300 with their country code can also be read as national ones of a greater length, and
    three the other way round: so the country's own code comes first.
    """
    code = phonenumbers.country_code_for_region(region)
    with_code = _valid(f"+{digits}") if digits.startswith(f"{code}") else ""
    return with_code or _valid(f"+{code}{digits}") or _valid(digits, region)


def _valid(written: str, region: str | None = None) -> str:
    try:
        number: PhoneNumber = phonenumbers.parse(written, region)
    except NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
