"""Texts of sign-in, registration and accounts."""

from typing import Any

import reflex as rx

from callcenter.platform.reflex.messages import gettext as _
from callcenter.platform.reflex.messages import ngettext, pgettext, sentence

# Sign in
SIGN_IN_TITLE = _("Sign in")


SIGN_IN_TEXT = _("Sign in to your desk.")


USER_NAME = _("User name")


PASSWORD = _("Password")


SIGN_IN = _("Sign in")


SIGN_IN_ERRORS = {
    "wrong_credentials": _("User name or password is wrong."),
    "too_many_attempts": _("Too many attempts. Wait a few minutes and try again."),
    "overloaded": _("Very many people are signing in. Try again in a moment."),
    "not_signed_in": _("Please sign in."),
    "sign_in_ended": _("Your sign-in has ended. Please sign in again."),
    "agent_busy": _("Finish the current call before you sign out."),
}


SIGN_IN_FAILED = _("That did not work. Please try again.")


DEMO_TITLE = _("Demonstration accounts")


DEMO_TEXT = _(
    "anna, ben, chloe (agents), sam (supervisor), ada (administrator); password {password}",
    password="demo-callcenter",  # noqa: S106
)


UNREACHABLE_ONCE = _("The server had trouble answering. Try again in a moment.")


CANCEL = _("Cancel")


NOT_ALLOWED_TITLE = _("Only administrators manage accounts")


NOT_ALLOWED_TEXT = _("Ask an administrator of your team if somebody needs an account or a new password.")


STATUS = {"Available": _("Available"), "Busy": pgettext("status", "Busy"), "Offline": _("Offline")}


ROLES = {"agent": _("Agent"), "supervisor": _("Supervisor"), "admin": _("Administrator")}


# Accounts
ACCOUNTS = _("Accounts")


ACCOUNTS_SEARCH = _("Search accounts")


ACCOUNTS_SEARCH_HINT = _("Name, user name or role")


ADD = _("Add an account")


INVITE = _("Invite")


PERSON = _("Person")


ROLE = _("Role")


STATE = _("State")


ADDED_ON = pgettext("column", "Added")


ACTIONS = _("Actions")


DISABLED = pgettext("account", "Disabled")


DISABLE = _("Disable")


ENABLE = _("Enable")


RESET = _("New password")


NO_ACCOUNTS_TITLE = _("No accounts match")


NO_ACCOUNTS_TEXT = _("People who can sign in appear here.")


USER_NAME_RULE = _("2 to 64 letters, digits or . _ @ -, beginning with a letter or digit")


FULL_NAME = _("Full name")


FULL_NAME_RULE = _("As colleagues see it")


PASSWORD_RULE = _("10 characters or more; a few words that do not belong together are good")


PASSWORD_AGAIN = _("Password again")


ROLE_RULES = {
    "agent": _("takes and makes calls"),
    "supervisor": _("also sees everybody's calls"),
    "admin": _("also manages accounts"),
}


WRONG = {
    "full_name": _("Enter a full name of at most 120 characters."),
    "username": _("A user name has 2 to 64 letters, digits or . _ @ - and begins with a letter or digit."),
    "again": _("The two passwords differ."),
}


ADD_TITLE = _("Add an account")


ADD_TEXT = _("The person can sign in at once. Hand the password over in person; they cannot read it anywhere.")


ADD_DO = _("Add the account")


DISABLE_TEXT = _(
    "They are signed out everywhere at once and cannot sign in until you enable the account again. "
    "Their calls stay in the history."
)


RESET_TEXT = _("They are signed out everywhere and sign in with the new password.")


RESET_DO = _("Set the password")


INVITE_TITLE = _("Invite somebody")


INVITE_TEXT = _("The link lets one person create their own account with this role. It works once, for seven days.")


INVITE_DO = _("Create the link")


INVITE_READY = _("Copy the link now: it is shown only this once.")


INVITE_LINK = _("Invitation link")


COPY = _("Copy")


COPIED = _("Copied")


DONE = _("Done")


# Registration
REGISTER_TITLE = _("Create your account")


REGISTER_TEXT = _("You were invited to this contact centre.")


REGISTER_DO = _("Create the account")


REGISTERED_TITLE = _("Your account is ready")


REGISTERED_TEXT = _("Sign in with the user name and password you have just chosen.")


# One's own account
MY_ACCOUNT = _("My account")


LANGUAGE = _("Language")


LANGUAGE_TEXT = _("Dates and numbers follow it as well.")


BROWSER_LANGUAGE = _("As the browser says")


CHANGE_TITLE = _("Change your password")


CHANGE_TEXT = _("You stay signed in here and are signed out everywhere else.")


CHANGE_DO = _("Change the password")


OLD_PASSWORD = _("Current password")


NEW_PASSWORD = _("New password")


NEW_PASSWORD_AGAIN = _("New password again")


SIGN_INS_TITLE = _("Where you are signed in")


SIGN_INS_TEXT = _("If one of these is not you, change your password.")


SIGN_IN_KINDS = {"desk": _("Desk"), "api": pgettext("sign-in", "Program")}


SIGN_IN_HERE = {"desk": _("Desk (this one)"), "api": _("Program (this one)")}


WHAT = pgettext("column", "Kind of sign-in")


WHERE = pgettext("address", "From")


SIGNED_IN_SINCE = pgettext("column", "Since")


LAST_SEEN = _("Last used")


END_OTHERS_TEXT = _("Asks for your password, so that nobody does it at a desk you have left.")


END_OTHERS_DO = _("Sign out everywhere else")


OWN_DONE = {
    "password": _("Your password is changed. You are signed out everywhere else."),
    "others": _("You are signed out everywhere else."),
}


OWN_WRONG = {
    "wrong_credentials": _("The current password is wrong."),
    "too_many_attempts": _("Too many attempts. Wait a few minutes and try again."),
    "again": _("The two new passwords differ."),
    "weak_password": _("That password is easily guessed. Take several words that do not belong together."),
    "invalid_input": _("A new password has 10 to 128 characters and is not the one you have."),
    "agent_busy": _("Finish the current call first: your tabs will reconnect."),
}


OWN_FAILED = _("That did not work. Try again in a moment.")


def people(count: Any) -> Any:
    return ngettext("{count} person, disabled ones included", "{count} people, disabled ones included", count)


def you(name: Any) -> Any:
    return _("{name} (you)", name=name)


def enable(name: Any) -> Any:
    return _("Enable: {name}", name=name)


def disable(name: Any) -> Any:
    return _("Disable: {name}", name=name)


def reset(name: Any) -> Any:
    return _("New password: {name}", name=name)


def disable_title(name: Any) -> Any:
    return _("Disable {name}?", name=name)


def disable_do(name: Any) -> Any:
    return _("Disable {name}", name=name)


def reset_title(name: Any) -> Any:
    return _("New password for {name}", name=name)


def said(name: Any) -> dict[str, rx.Component]:
    """What was done last, to whom."""
    return {
        "added": sentence("{name} can sign in now.", name=name),
        "disabled": sentence("{name} is disabled and signed out everywhere.", name=name),
        "enabled": sentence("{name} can sign in again.", name=name),
        "reset": sentence("{name} has a new password.", name=name),
    }


def have_account(link: Any) -> rx.Component:
    return sentence("You already have an account? {link}", link=link)
