"""Which numbers may be dialled: the rules against misuse of the line (toll fraud). See docs/dial-rules.md."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from callcenter.core.domain.errors import NumberInvalid
from callcenter.core.phone_numbers import LONGEST_INPUT, display, has_keys, normalise, plain
from callcenter.dialing.errors import (
    CallerIdNotOwned,
    CountryNotAllowed,
    EmergencyNotAllowed,
    NetworkNotAllowed,
    NumberBlocked,
    OwnNumber,
    PremiumNotAllowed,
    ShortNumberNotAllowed,
)
from callcenter.settings import Settings, SettingsError
from callcenter.telephony.caller_id import shown_number
from callcenter.telephony.plan import TelephonyPlan, keys_allowed

ALL = "*"
NO_COUNTRY = "001"
"""What phonenumbers calls the region of numbers that belong to none."""
PRICED = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.PAGER,
    }
)
"""Whoever calls them pays a price that the called party has a part in, or may have."""
NAMES_A_RANGE = 3
"""A prefix with so many digits after the country code speaks of the range itself, not of a country."""


class NumberKind(StrEnum):
    ORDINARY = "ordinary"
    EMERGENCY = "emergency"
    SHORT = "short"
    """Understood in one country only, and not part of its numbering: enquiries, hotlines of public offices."""


@dataclass(frozen=True)
class Wanted:
    """A number somebody wants to call, as it would be dialled."""

    number: str
    """E.164, or the bare digits of an emergency or short number."""
    kind: NumberKind = NumberKind.ORDINARY


class DialRules:
    """Made once from the settings. Raises SettingsError for what cannot be meant."""

    def __init__(self, settings: Settings, plan: TelephonyPlan) -> None:
        self._region = _country(settings.phone_region, "PHONE_REGION")
        listed = [part.strip() for part in settings.dial_countries.split(",") if part.strip()]
        self._everywhere = ALL in listed
        self._countries = {_country(code, "DIAL_COUNTRIES") for code in listed if code != ALL} or {self._region}
        self._allowed = _prefixes(settings.dial_prefixes, "DIAL_PREFIXES")
        self._blocked = _prefixes(settings.dial_blocked_prefixes, "DIAL_BLOCKED_PREFIXES")
        self._emergency = settings.dial_emergency == "allow"
        self._premium = settings.dial_premium == "allow"
        self._declared = frozenset(one.number for one in plan.numbers)
        self._shown = shown_number(settings, plan)
        self._own = self._declared | {self._shown}
        self._about_keys = "keys_later" if keys_allowed(settings.telephone_keys, plan) else "keys_never"

    def read(self, text: str) -> Wanted:
        """What somebody typed or pasted. Raises NumberInvalid saying what is wrong."""
        text = plain(text).removeprefix("tel:")
        urgent = self._urgent(text)
        if urgent is not None:
            return urgent
        if has_keys(text):
            raise NumberInvalid(self._about_keys)
        short = self._short(text)
        if short is not None:
            return short
        number = normalise(text, self._region)
        if phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.E164) != number:
            # A carrier that puts the country code aside would take +49 00 … for a call abroad.
            raise NumberInvalid("leading_zero", number=text.strip())
        return Wanted(number)

    def check(self, wanted: Wanted) -> None:
        """Raises the refusal of the first rule that forbids it, or NumberInvalid for one that nobody can have."""
        number = wanted.number
        if wanted.kind is NumberKind.EMERGENCY:
            if not self._emergency:
                raise EmergencyNotAllowed()
            return
        self.check_caller_id()
        if number.startswith(self._blocked):
            raise NumberBlocked()
        if number in self._own:
            raise OwnNumber()
        named = _longest(number, self._allowed)
        if wanted.kind is NumberKind.SHORT:
            if not named:
                raise ShortNumberNotAllowed()
            return
        parsed = phonenumbers.parse(number)
        if not named:
            self._check_country(parsed)
        names_the_range = len(named) - len(f"+{parsed.country_code}") >= NAMES_A_RANGE
        if not (self._premium or names_the_range) and _priced(parsed):
            raise PremiumNotAllowed()
        if not (names_the_range or phonenumbers.is_valid_number(parsed)):
            # Codes that choose a carrier, and numbers with more digits after them, hide behind such.
            raise NumberInvalid("unused_range", number=display(number))

    def check_caller_id(self) -> None:
        """Where numbers are declared, the one that is shown must be among them. Raises CallerIdNotOwned."""
        if self._declared and self._shown not in self._declared:
            raise CallerIdNotOwned()

    def _check_country(self, parsed: PhoneNumber) -> None:
        region = phonenumbers.region_code_for_number(parsed)
        if region == NO_COUNTRY:
            raise NetworkNotAllowed()
        if self._everywhere or region in self._countries:
            return
        # Some numbers belong to several countries at once, such as +1 800.
        if any(phonenumbers.is_valid_number_for_region(parsed, country) for country in self._countries):
            return
        if region is None:
            raise CountryNotAllowed("unknown")
        raise CountryNotAllowed("named", country=region)

    def _urgent(self, text: str) -> Wanted | None:
        """An emergency number however it is written (112, 1-1-2, +49 112, 0112)."""
        digits = phonenumbers.normalize_digits_only(text)
        if not text.startswith("+") and phonenumbers.is_emergency_number(digits, self._region):
            return Wanted(digits, NumberKind.EMERGENCY)
        parsed = self._parsed(text)
        if parsed is None or parsed.country_code != phonenumbers.country_code_for_region(self._region):
            return None
        national = phonenumbers.national_significant_number(parsed).lstrip("0")
        emergency = phonenumbers.is_emergency_number(national, self._region)
        return Wanted(national, NumberKind.EMERGENCY) if emergency else None

    def _short(self, text: str) -> Wanted | None:
        """Another number that is understood in one country only."""
        parsed = self._parsed(text)
        if parsed is None or not phonenumbers.is_valid_short_number(parsed) or phonenumbers.is_valid_number(parsed):
            return None
        national = phonenumbers.national_significant_number(parsed)
        international = phonenumbers.normalize_digits_only(text) != national
        return Wanted(f"+{parsed.country_code}{national}" if international else national, NumberKind.SHORT)

    def _parsed(self, text: str) -> PhoneNumber | None:
        try:
            return phonenumbers.parse(text, self._region) if len(text) <= LONGEST_INPUT else None
        except NumberParseException:
            return None


def _priced(parsed: PhoneNumber) -> bool:
    """More digits than belong to a number do not hide what it is: the network stops listening and connects."""
    shorter = PhoneNumber()
    shorter.merge_from(parsed)
    while not phonenumbers.is_valid_number(shorter) and (shorter.national_number or 0) >= 10**3:
        shorter.national_number = (shorter.national_number or 0) // 10
    return phonenumbers.number_type(shorter) in PRICED


def _longest(number: str, prefixes: Iterable[str]) -> str:
    return max((prefix for prefix in prefixes if number.startswith(prefix)), key=len, default="")


def _country(code: str, setting: str) -> str:
    code = code.strip().upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise SettingsError(f"{setting}: “{code}” is no country. Use two-letter codes (ISO 3166), such as DE.")
    return code


def _prefixes(text: str, setting: str) -> tuple[str, ...]:
    """``+49`` and ``0049`` begin a number; without either it is a short number."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        digits = phonenumbers.normalize_digits_only(part)
        if not digits or set(part) - set("+0123456789 -/()"):
            raise SettingsError(f"{setting}: “{part}” does not begin a number. Write it like +4930 or 116117.")
        international = part.startswith(("+", "00"))
        found.append(f"+{digits.removeprefix('00')}" if international else digits)
    return tuple(found)
