"""Every text of the team, history and accounts pages. See docs/languages.md."""

from typing import Any

import reflex as rx

from callcenter.components import texts
from callcenter.components.words import gettext as _
from callcenter.components.words import ngettext, pgettext, sentence

# Shared
LOADING = _("Loading")
UNREACHABLE_TITLE = _("This could not be read")
UNREACHABLE_TEXT = _("The server had trouble answering. It will be retried automatically, or try now.")
UNREACHABLE_ONCE = _("The server had trouble answering. Try again in a moment.")
RETRY = _("Try again")
CANCEL = _("Cancel")
CLEAR = _("Clear the filter")
CLEAR_SHORT = pgettext("filter", "Clear")
NOT_ALLOWED_TITLE = _("Only administrators manage accounts")
NOT_ALLOWED_TEXT = _("Ask an administrator of your team if somebody needs an account or a new password.")
TO_THE_DESK = _("Back to the desk")
UNKNOWN_NUMBER = texts.UNKNOWN_NUMBER

# Team
TEAM = _("Team")
TEAM_SEARCH = _("Search people")
TEAM_SEARCH_HINT = _("Name, or caller's number")
STATUS = {"Available": _("Available"), "Busy": pgettext("status", "Busy"), "Offline": _("Offline")}
SHOW_ONLY = {
    "Available": _("Show only available people"),
    "Busy": _("Show only busy people"),
    "Offline": _("Show only offline people"),
}
WAITING_CALLERS = _("Callers waiting")
LONGEST_WAIT = _("Longest wait")
DOING = {
    "ringing": _("Ringing"),
    "connecting": _("Connecting"),
    "talking": _("In a call"),
    "dialing": _("Dialling"),
    "wrapup": _("After-call work"),
    "not_ready": texts.NOT_READY,
    **texts.REASONS,
    "missed": _("Missed call"),
    "rejected": _("Short pause"),
    "device_error": _("Microphone problem"),
    "ready": _("Ready for calls"),
    "away": _("Connection lost"),
    "signed_off": _("Offline"),
}
ROLES = {"agent": _("Agent"), "supervisor": _("Supervisor"), "admin": _("Administrator")}
NO_MATCHES_TITLE = _("No matches")
NO_MATCHES_TEXT = _("No colleague has this name and status right now.")
NOBODY_TITLE = _("No colleagues yet")
NOBODY_TEXT = _("Everybody with an account appears here, with their status and since when.")
GROUP_EMPTY = {
    "Available": _("No agents are available."),
    "Busy": _("No agents are in a call or away."),
    "Offline": _("No agents are offline."),
}
SHOW_EVERYBODY = _("Show everybody")
STALE = _("This may be out of date: the server is having trouble answering. It will be retried automatically.")

# History
HISTORY = _("History")
PERIOD = _("Period")
PERIODS = {
    "today": _("Today"),
    "7d": _("7 days"),
    "30d": _("30 days"),
    "all": _("Any time"),
    "dates": _("Dates…"),
}
FROM = pgettext("date", "From")
TO = pgettext("date", "To")
SHOW = pgettext("button", "Show")
DATES_PROBLEM = {"order": _("The first day is after the last one."), "none": _("Choose at least one day.")}
DIRECTION = _("Direction")
DIRECTIONS = {"Inbound": texts.INBOUND, "Outbound": texts.OUTBOUND}
ANY_DIRECTION = _("Both directions")
RESULT = _("Result")
ANY_RESULT = _("Every result")
RESULTS = {
    "Completed": _("Completed"),
    "Missed": pgettext("call", "Missed"),
    "Abandoned": _("Abandoned"),
    "Rejected": _("Rejected"),
    "Canceled": _("Cancelled"),
    "Failed": _("Failed"),
    "In_Progress": _("In progress"),
}
NUMBER = _("Number")
NUMBER_HINT = _("Phone number")
EVERY_PARTY = _("Show the calls of every number")
FIND = _("Find")
AGENT = _("Agent")
ANY_AGENT = _("Everybody")
NO_AGENT = _("No agent")
STARTED = pgettext("column", "Started")
WAITED = pgettext("column", "Waited")
RANG = pgettext("column", "Rang")
DURATION = pgettext("column", "Talked")
CSV = _("Export CSV")
CSV_TITLE = _("All calls of this filter as a CSV file")
NEWER = _("Show the newer calls")
OLDER = pgettext("page", "Older")
NEWEST = pgettext("page", "Newest")
PAGES = _("Pages")
MINE = _("Your calls, newest first")
EVERYBODYS = _("Everybody's calls, newest first")
NO_CALLS_TITLE = _("No calls in this period")
NO_CALLS_TEXT = _("Calls appear here as they come in or go out: with whom, how they ended, and how long they took.")
NOT_SHOWN_TITLE = _("This cannot be shown")
NO_MATCH_TITLE = _("No calls match")
NO_MATCH_TEXT = _("No calls in this period match the filter. Widen it, or clear it.")
CALL_BACK = _("Call back")
KEYS_HINT = _("In the list: ↑ ↓ to move, Enter to open")
REASONS = {
    "caller_gave_up": _("gave up waiting"),
    "turned_away": _("no agent took it"),
    "busy": _("line busy"),
    "declined": pgettext("reason", "declined"),
    "no_answer": _("no answer"),
    "canceled": _("ended before an answer"),
    "unavailable": _("unreachable at the moment"),
    "not_in_service": _("not in service"),
    "unreachable": _("unreachable"),
    "line_down": _("line down"),
    "line_silent": _("line did not respond"),
    "no_trunk": _("no line set up"),
    "agent_lost": _("desk lost the call"),
    "line_lost": _("line lost"),
}
SENTENCES = {
    "hung_up": _("Hung up"),
    "caller_gave_up": _("The caller gave up waiting"),
    "turned_away": _("No agent could take it in time"),
    "busy": _("The line was busy"),
    "declined": _("The other side declined"),
    "no_answer": _("No answer"),
    "canceled": _("Ended before it was answered"),
    "unavailable": _("The phone could not be reached at that moment"),
    "not_in_service": _("The number is not in service"),
    "unreachable": _("The number could not be reached"),
    "line_down": _("The telephone line was down"),
    "line_silent": _("The telephone line did not respond"),
    "no_trunk": _("No line is set up, so calls cannot go out"),
    "agent_lost": _("The agent's desk lost the call"),
    "line_lost": _("The line was lost"),
}

# One call
CALL = _("Call")
BACK_TO_HISTORY = _("History")
FACTS = _("Facts")
TIMELINE = _("Timeline")
INBOUND_CALL = _("Inbound call")
OUTBOUND_CALL = _("Outbound call")
ENDED_BY = _("Ended by")
CALLED = pgettext("number", "Called")
SIP = "SIP"
ENDERS = {"caller": _("The other side"), "agent": _("The agent"), "system": _("The system")}
REASON = _("Reason")
CALL_NUMBER = _("Call number")
EVENTS = {
    "created": _("The call came in"),
    "queued": _("Entered the queue"),
    "offered": _("Rang at a desk"),
    "declined": pgettext("event", "Declined"),
    "missed": _("Not answered in time"),
    "offer_withdrawn": _("The offer was withdrawn"),
    "answered": pgettext("event", "Answered"),
    "connected": _("Connected"),
    "dialing": pgettext("event", "Dialled"),
    "ringing": _("The other side is ringing"),
    "agent_left": _("The desk disconnected"),
    "agent_returned": _("The desk reconnected"),
    "requeued": _("Back in the queue"),
    "not_connected": _("The microphone did not open in time"),
    "adopted": _("The call was found in its room"),
    "taken_over": _("Moved to another tab"),
    "ended": _("The call ended"),
}
NO_EVENTS_TITLE = _("Nothing was recorded")
NO_EVENTS_TEXT = _("The events of a call, from the first ring to the end, appear here.")
MISSING_TITLE = _("There is no such call, or it is not yours")
MISSING_TEXT = _("The link may be old. Your own calls are in the history.")
TO_THE_HISTORY = _("Open the history")
SAME_NUMBER = _("All calls with this number")

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
USER_NAME = _("User name")
USER_NAME_RULE = _("2 to 64 letters, digits or . _ @ -, beginning with a letter or digit")
FULL_NAME = _("Full name")
FULL_NAME_RULE = _("As colleagues see it")
PASSWORD = _("Password")
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


def open_call_with(party: Any) -> Any:
    return _("Open the call with {party}", party=party)


def show_all(count: Any) -> Any:
    return ngettext("Show {count} person", "Show all {count}", count)


def left_out(words: Any) -> rx.Component:
    return sentence("Not a filter, so it was left out of this address: {words}", words=words)


def only_party(number: Any) -> rx.Component:
    return sentence("Only {number}", number=number)


def call_back(number: Any) -> Any:
    return _("Call back: {number}", number=number)


def events_with(agent: Any) -> dict[str, rx.Component]:
    """The events of a call that somebody took part in, with their name."""
    return {
        "offered": sentence("Rang at {agent}", agent=agent),
        "declined": sentence("Declined by {agent}", agent=agent),
        "missed": sentence("Not answered in time by {agent}", agent=agent),
        "offer_withdrawn": sentence("The offer was withdrawn from {agent}", agent=agent),
        "answered": sentence("Answered by {agent}", agent=agent),
        "connected": sentence("Connected with {agent}", agent=agent),
        "dialing": sentence("Dialled by {agent}", agent=agent),
        "agent_left": sentence("Disconnected: {agent}", agent=agent),
        "agent_returned": sentence("Reconnected: {agent}", agent=agent),
        "not_connected": sentence("The microphone did not open in time: {agent}", agent=agent),
        "taken_over": sentence("Moved to another tab by {agent}", agent=agent),
    }


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
