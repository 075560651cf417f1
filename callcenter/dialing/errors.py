"""Refusals of a dial."""

from callcenter.platform.errors import Refusal


class DialRefused(Refusal):
    """A rule against misuse of the telephone line. Each of its kinds goes into the audit log under its ``code``."""

    code, status = "dial_refused", 403


class CountryNotAllowed(DialRefused):
    code = "country_not_allowed"


class NetworkNotAllowed(DialRefused):
    """A network that belongs to no country, such as a satellite's."""

    code = "network_not_allowed"


class NumberBlocked(DialRefused):
    code = "number_blocked"


class PremiumNotAllowed(DialRefused):
    code = "premium_not_allowed"


class EmergencyNotAllowed(DialRefused):
    code = "emergency_not_allowed"


class ShortNumberNotAllowed(DialRefused):
    code = "short_number_not_allowed"


class OwnNumber(DialRefused):
    code = "own_number"


class TooManyDials(DialRefused):
    code, status = "too_many_dials", 429
    retry_after_seconds = 60


class LinesBusy(DialRefused):
    code, status = "lines_busy", 503
    retry_after_seconds = 30


class CallerIdNotOwned(DialRefused):
    code, status = "caller_id_not_owned", 503
