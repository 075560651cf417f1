"""Refusals about accounts and sign-ins."""

from callcenter.platform.errors import InvalidInput, Refusal


class WrongCredentials(Refusal):
    code, status = "wrong_credentials", 401


class TooManyAttempts(Refusal):
    code, status = "too_many_attempts", 429
    retry_after_seconds = 300


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
