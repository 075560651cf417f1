"""What is kept in the audit log: the acts that somebody may have to answer for."""

from enum import StrEnum


class AuditAction(StrEnum):
    """An act, as stored. Its subject is the name of an account, a number, or what the comment says."""

    ACCOUNT_ADDED = "account.added"
    ACCOUNT_REGISTERED = "account.registered"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    PASSWORD_RESET = "account.password_reset"  # noqa: S105
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105
    """By its owner."""
    LANGUAGE_CHOSEN = "account.language_chosen"
    """By its owner, for the pages they see."""
    SIGN_INS_ENDED = "account.sign_ins_ended"
    """All of an account's, or all but the one they were ended from."""
    INVITED = "account.invited"
    """The subject is the role that the invitation gives."""
    SIGN_IN_THROTTLED = "sign_in.throttled"
    """Too many wrong passwords, on the account or from the address that is the subject."""
    DIAL_REFUSED = "dial.refused"
    CALLER_REFUSED = "caller.refused"
    """A gateway brought a call for a number that is not ours."""
    CALLER_FORGOTTEN = "caller.forgotten"
    """The calls of a number were deleted; the number is not named."""
    TELEPHONY_APPLIED = "telephony.applied"
    """The subject is what was changed: a trunk or a dispatch rule."""
