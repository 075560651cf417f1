"""One class per refusal. The text is written for the person who was refused."""


class Refusal(Exception):
    """A request that the rules do not allow. ``code`` is stable and machine readable."""

    code = "refused"
    status = 409

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.default)

    default = "That is not possible right now."


class NotSignedIn(Refusal):
    code, status, default = "not_signed_in", 401, "Please sign in."


class WrongCredentials(Refusal):
    code, status, default = "wrong_credentials", 401, "User name or password is wrong."


class TooManyAttempts(Refusal):
    code, status, default = "too_many_attempts", 429, "Too many attempts. Wait a few minutes and try again."


class NotAllowed(Refusal):
    code, status, default = "not_allowed", 403, "Your role does not allow this."


class NotFound(Refusal):
    code, status, default = "not_found", 404, "There is no such thing, or it is not yours."


class InvalidInput(Refusal):
    code, status, default = "invalid_input", 422, "Something in the form needs another look."


class UsernameTaken(Refusal):
    code, default = "username_taken", "That user name is taken. Choose another."


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


class NoTrunk(Refusal):
    code, status, default = (
        "no_trunk",
        503,
        "No trunk is set up, so calls cannot go out. An administrator sets LIVEKIT_SIP_TRUNK_ID.",
    )


class MediaUnavailable(Refusal):
    code, status, default = "media_unavailable", 503, "The media server does not answer. Try again in a moment."
