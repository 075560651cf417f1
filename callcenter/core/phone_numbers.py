"""Phone numbers: what people type or paste, and how they are shown."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from callcenter.core.domain.calls import CallDirection
from callcenter.core.domain.errors import NumberInvalid

LONGEST_INPUT = 64
UNKNOWN = "Unknown number"
"""Stands for a withheld number; pages say it in their own language."""
_SPACE_FOR_PLUS = re.compile(r"^(tel:)?\s+(?=[1-9])")
_KEYS_AFTER = re.compile(r"\d[\s).-]*(?:[,;#*~][\s,;#*~wp]*\d|;(?:ext|postd)=|(?:extension|extn?|x|[wp]+)[\s.:=]*\d)")


def plain(text: str) -> str:
    """The digits of every script as 0 to 9, full-width signs as plain ones; without marks that only turn text."""
    shown = (one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) != "Cf")
    return "".join(f"{unicodedata.decimal(one, one)}" for one in shown).strip()


def from_address(text: str) -> str:
    """A number from an address (URL), where a + that was not written as %2B arrives as a space."""
    return _SPACE_FOR_PLUS.sub(r"\1+", text)


def has_keys(text: str) -> bool:
    """Whether more follows the number, to be pressed after the answer: ``030901820,,12``, ``w12``, ``ext. 12``."""
    written = plain(text).lower()
    return not written.startswith(("*", "#")) and bool(_KEYS_AFTER.search(written))


def normalise(text: str, region: str) -> str:
    """Any way of writing a number to E.164 (``+49301234567``). Raises NumberInvalid saying what is wrong."""
    text = text.strip().removeprefix("tel:")
    if not text:
        raise NumberInvalid("empty")
    if len(text) > LONGEST_INPUT:
        raise NumberInvalid("too_long")
    if has_keys(text) or _says_more(text, region):
        raise NumberInvalid("alone")
    if text.startswith(("*", "#")):
        raise NumberInvalid("network_code")
    try:
        number = phonenumbers.parse(plain(text), region)
    except NumberParseException:
        raise NumberInvalid("not_a_number", number=text) from None
    if number.extension:
        raise NumberInvalid("alone")
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason in (phonenumbers.ValidationResult.TOO_SHORT, phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
        raise NumberInvalid("too_short", number=text)
    if reason in (phonenumbers.ValidationResult.TOO_LONG, phonenumbers.ValidationResult.INVALID_LENGTH):
        raise NumberInvalid("wrong_length", number=text)
    if not phonenumbers.is_possible_number(number):
        raise NumberInvalid("not_dialable", number=text)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _says_more(text: str, region: str) -> bool:
    """Whether words stand after a whole number. Letters that are part of one (0800-FLOWERS) are keys to press."""
    before = re.split(r"[^\W\d_]", plain(text).partition(";")[0], maxsplit=1)
    try:
        return len(before) > 1 and phonenumbers.is_valid_number(phonenumbers.parse(before[0], region))
    except NumberParseException:
        return False


def pieces(text: str, region: str) -> tuple[str, ...]:
    """What a search for (a piece of) a number looks for in numbers on record; any of these will do.

    With + it is the beginning. Else it may stand anywhere; with 00, or the 0 (in some countries another digit) that
    people of this region put before a number at home, it may be a beginning as well. With letters it is a name.
    """
    written = plain(text).removeprefix("tel:").replace("(0)", "")
    digits = "".join(filter(str.isdecimal, written))
    if not digits or any(one.isalpha() or one in "@_" for one in written):
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


def is_e164(number: str) -> bool:
    """Whether a number on record has its country code: a call back then reaches its owner and nobody else."""
    return number[:1] == "+" and number[1:].isascii() and number[1:].isdigit()


def call_back(number: str, direction: CallDirection) -> str:
    """The number that calls the other party of a call back; empty where it could reach somebody else."""
    return number if direction is CallDirection.OUTBOUND or is_e164(number) else ""


@lru_cache(maxsize=4096)
def display(number: str) -> str:
    """International form for the eye; whatever is no number is shown as it is."""
    if not number:
        return UNKNOWN
    if not is_e164(number):
        return number
    try:
        return phonenumbers.format_number(phonenumbers.parse(number, None), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return number
