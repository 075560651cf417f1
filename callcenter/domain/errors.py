"""One class per refusal. What is said about it to whom it is refused stands in ``callcenter.words.refusals``."""

from typing import Any


class Refusal(Exception):
    """A request that the rules do not allow. ``code`` is stable and machine readable."""

    code = "refused"
    status = 409
    retry_after_seconds = 0
    """When it is worth trying again; 0 where waiting does not help, or nobody knows."""

    def __init__(self, reason: str = "", **parameters: Any) -> None:
        """``reason`` tells apart refusals of one code that need different words; the parameters are filled in."""
        super().__init__(f"{self.code}.{reason}" if reason else self.code)
        self.reason = reason
        self.parameters = parameters


class NotSignedIn(Refusal):
    code, status = "not_signed_in", 401


class WrongCredentials(Refusal):
    code, status = "wrong_credentials", 401


class TooManyAttempts(Refusal):
    code, status = "too_many_attempts", 429
    retry_after_seconds = 300


class NotAllowed(Refusal):
    code, status = "not_allowed", 403


class NotAdmitted(NotAllowed):
    """The way to LiveKit is closed to whom the record does not expect in a room."""

    code = "not_admitted"


class NotFound(Refusal):
    code, status = "not_found", 404


class InvalidInput(Refusal):
    code, status = "invalid_input", 422


class WeakPassword(InvalidInput):
    """It is one of the first that anybody would try."""

    code = "weak_password"


class UsernameTaken(Refusal):
    code = "username_taken"


class LastAdministrator(Refusal):
    """Nobody would be left who can manage accounts."""

    code = "last_administrator"


class InvitationInvalid(Refusal):
    code, status = "invitation_invalid", 403


class OfferGone(Refusal):
    """The call was withdrawn between the offer and the answer."""

    code = "offer_gone"


class CallTaken(Refusal):
    code = "call_taken"


class CallerGone(Refusal):
    code = "caller_gone"


class CallOver(Refusal):
    code = "call_over"


class AgentBusy(Refusal):
    code = "agent_busy"


class MediaElsewhere(Refusal):
    code = "media_elsewhere"


class NumberInvalid(Refusal):
    code, status = "number_invalid", 422


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


class NumberUnknown(Refusal):
    code, status = "number_unknown", 404


class SeenBefore(Refusal):
    code = "seen_before"


class NoTrunk(Refusal):
    code, status = "no_trunk", 503


class MediaUnavailable(Refusal):
    code, status = "media_unavailable", 503


class DatabaseUnavailable(Refusal):
    """It does not answer, or not in time."""

    code, status = "database_unavailable", 503
    retry_after_seconds = 2


class Overloaded(Refusal):
    """More is asked for than can be done in time. Nothing has been done; the same may be asked again."""

    code, status = "overloaded", 503
    retry_after_seconds = 2


class TooManyAtOnce(Refusal):
    """One's own limit is reached, not the house's."""

    code, status = "too_many_at_once", 429
    retry_after_seconds = 1
