"""Refusals that know nothing of calls, and failures of other servers."""

from typing import Any


class Problem(Exception):
    """Something the person at the keyboard can mend; the text says what is wrong and what to do."""


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


class NotAllowed(Refusal):
    code, status = "not_allowed", 403


class NotFound(Refusal):
    code, status = "not_found", 404


class InvalidInput(Refusal):
    code, status = "invalid_input", 422


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


class MediaError(RuntimeError):
    """The media server, or whoever carries calls, did not do it.

    What was asked stays in the database and is tried again by the reconciler.
    """
