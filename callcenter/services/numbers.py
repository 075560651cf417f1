"""Phone numbers: what people type or paste, and how they are shown."""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from callcenter.domain.errors import NumberInvalid
from callcenter.services.telephony.sip import printable

LONGEST_INPUT = 64
WITHHELD = frozenset({"anonymous", "private", "restricted", "unavailable", "unknown", "withheld"})


def normalise(text: str, region: str) -> str:
    """Any way of writing a number to E.164 (``+49301234567``). Raises NumberInvalid saying what is wrong."""
    text = text.strip().removeprefix("tel:")
    if not text:
        raise NumberInvalid("Enter a phone number.")
    if len(text) > LONGEST_INPUT:
        raise NumberInvalid("That is too long for a phone number.")
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        raise NumberInvalid(f"“{text}” is not a phone number.") from None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason in (phonenumbers.ValidationResult.TOO_SHORT, phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
        raise NumberInvalid(f"“{text}” is too short for a phone number.")
    if reason in (phonenumbers.ValidationResult.TOO_LONG, phonenumbers.ValidationResult.INVALID_LENGTH):
        raise NumberInvalid(f"“{text}” has the wrong length for a phone number.")
    if not phonenumbers.is_possible_number(number):
        raise NumberInvalid(f"“{text}” is not a phone number that can be dialled.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def from_network(text: str, region: str) -> str:
    """What a carrier says of a caller, or of the number they dialled, as E.164 where it is a number.

    Empty when the caller withholds theirs (RFC 3323, and what carriers write in its place); an extension or a name
    stays as it is. What follows a semicolon is about the number and not part of it (RFC 3966): ``;cpc=ordinary``.
    """
    text = text.partition(";")[0]
    if text.lower() in WITHHELD:
        return ""
    # Carriers leave out the plus; who writes a number as in their own country begins it with 0, or is meant second.
    for written in (text,) if text.startswith("0") else (f"+{text.removeprefix('+')}", text):
        try:
            number = phonenumbers.parse(written, region)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return printable(text)


def pieces(text: str, region: str) -> tuple[str, ...]:
    """What a search for (a piece of) a number looks for in numbers on record; any of these will do.

    With + it is the beginning. Else it may stand anywhere; with 00, or the 0 (in some countries another digit) that
    people of this region put before a number at home, it may be a beginning as well. Without digits it is a name.
    """
    written = text.replace("(0)", "").strip()
    digits = "".join(c for c in written if c.isdigit())
    if not digits:
        # PostgreSQL takes no such character, and no name of a caller has one.
        name = text.replace("\0", "").strip()
        return (name,) if name else ()
    if written.startswith("+"):
        return ("+" + digits.removeprefix("00"),)
    found = [digits]
    known = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if digits.startswith("00"):
        found += [f"+{digits[2:]}"] if digits[2:] else []
    elif known and (trunk := known.national_prefix) and digits.startswith(trunk) and digits != trunk:
        found.append(f"+{known.country_code}{digits.removeprefix(trunk)}")
    return tuple(found)


@lru_cache(maxsize=4096)
def display(number: str) -> str:
    """International form for the eye; whatever is no number is shown as it is."""
    if not number:
        return "Unknown number"
    try:
        return phonenumbers.format_number(phonenumbers.parse(number, None), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return number
