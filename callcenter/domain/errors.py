"""One class per refusal. The text is written for the person who was refused."""


class Refusal(Exception):
    """A request that the rules do not allow. ``code`` is stable and machine readable."""

    code = "refused"
    status = 409
    retry_after_seconds = 0
    """When it is worth trying again; 0 where waiting does not help, or nobody knows."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.default)

    default = "That is not possible right now."


class NotSignedIn(Refusal):
    code, status, default = "not_signed_in", 401, "Please sign in."


class WrongCredentials(Refusal):
    code, status, default = "wrong_credentials", 401, "User name or password is wrong."


class TooManyAttempts(Refusal):
    code, status, default = "too_many_attempts", 429, "Too many attempts. Wait a few minutes and try again."
    retry_after_seconds = 300


class NotAllowed(Refusal):
    code, status, default = "not_allowed", 403, "Your role does not allow this."


class NotAdmitted(NotAllowed):
    """The way to LiveKit is closed to whom the record does not expect in a room."""

    code, default = "not_admitted", "You are not expected in that room now."


class NotFound(Refusal):
    code, status, default = "not_found", 404, "There is no such thing, or it is not yours."


class InvalidInput(Refusal):
    code, status, default = "invalid_input", 422, "Something in the form needs another look."


class WeakPassword(InvalidInput):
    """It is one of the first that anybody would try."""

    code, default = (
        "weak_password",
        "That password is easily guessed. Take several words that do not belong together, or a password manager's.",
    )


class UsernameTaken(Refusal):
    code, default = "username_taken", "That user name is taken. Choose another."


class LastAdministrator(Refusal):
    """Nobody would be left who can manage accounts."""

    code, default = "last_administrator", "This is the last administrator. Add another administrator first."


class InvitationInvalid(Refusal):
    code, status, default = "invitation_invalid", 403, "Registration needs a valid invitation."


class OfferGone(Refusal):
    """The call was withdrawn between the offer and the answer."""

    code, default = "offer_gone", "This call is no longer offered to you."


class CallTaken(Refusal):
    code, default = "call_taken", "Another agent has taken this call."


class CallerGone(Refusal):
    code, default = "caller_gone", "The caller has hung up."


class CallOver(Refusal):
    code, default = "call_over", "This call is already over."


class AgentBusy(Refusal):
    code, default = "agent_busy", "Finish the current call first."


class MediaElsewhere(Refusal):
    code, default = "media_elsewhere", "Another tab has the call. Take over here first."


class NumberInvalid(Refusal):
    code, status, default = "number_invalid", 422, "That is not a phone number that can be dialled."


class DialRefused(Refusal):
    """A rule against misuse of the telephone line. Each of its kinds goes into the audit log under its ``code``."""

    code, status, default = "dial_refused", 403, "This number may not be called here."


class CountryNotAllowed(DialRefused):
    code, default = "country_not_allowed", "Calls to that country are not allowed here. Ask an administrator."


class NetworkNotAllowed(DialRefused):
    """A network that belongs to no country, such as a satellite's."""

    code, default = (
        "network_not_allowed",
        "Satellite and other international networks may not be called here. Ask an administrator.",
    )


class NumberBlocked(DialRefused):
    code, default = "number_blocked", "This number is blocked here. Ask an administrator if that is wrong."


class PremiumNotAllowed(DialRefused):
    code, default = (
        "premium_not_allowed",
        "Numbers with a price of their own may not be called here. Ask an administrator.",
    )


class EmergencyNotAllowed(DialRefused):
    code, default = (
        "emergency_not_allowed",
        "Emergency services cannot be reached from here: nobody would know where you are. Use a telephone or a mobile.",
    )


class ShortNumberNotAllowed(DialRefused):
    code, default = (
        "short_number_not_allowed",
        "Short numbers do not work on this line. Dial the full number with its area code, or ask an administrator.",
    )


class OwnNumber(DialRefused):
    code, default = "own_number", "That is a number of this centre: the call would come back to you."


class TooManyDials(DialRefused):
    code, status, default = "too_many_dials", 429, "You have dialled very often. Wait a minute and try again."
    retry_after_seconds = 60


class LinesBusy(DialRefused):
    code, status, default = "lines_busy", 503, "All lines for outgoing calls are in use. Try again in a moment."
    retry_after_seconds = 30


class CallerIdNotOwned(DialRefused):
    code, status, default = (
        "caller_id_not_owned",
        503,
        "Calls cannot go out: the number to be shown is none of this centre's. "
        "An administrator corrects OUTBOUND_CALLER_ID or the telephony file.",
    )


class NumberUnknown(Refusal):
    code, status, default = "number_unknown", 404, "That number is none of this centre's."


class SeenBefore(Refusal):
    code, default = "seen_before", "This very request has come before. Sign each attempt anew."


class NoTrunk(Refusal):
    code, status, default = (
        "no_trunk",
        503,
        "No trunk is set up, so calls cannot go out. An administrator declares one in the telephony file.",
    )


class MediaUnavailable(Refusal):
    code, status, default = "media_unavailable", 503, "The media server does not answer. Try again in a moment."


class DatabaseUnavailable(Refusal):
    """It does not answer, or not in time."""

    code, status, default = "database_unavailable", 503, "The system is restarting or very busy. Try again in a moment."
    retry_after_seconds = 2


class Overloaded(Refusal):
    """More is asked for than can be done in time. Nothing has been done; the same may be asked again."""

    code, status, default = "overloaded", 503, "The system is very busy. Try again in a moment."
    retry_after_seconds = 2


class TooManyAtOnce(Refusal):
    """One's own limit is reached, not the house's."""

    code, status, default = "too_many_at_once", 429, "Too many requests at the same time. Wait for some of them first."
    retry_after_seconds = 1
