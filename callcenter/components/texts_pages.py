"""Every word of the team, history and accounts pages, ready for translation."""

from callcenter.components import texts

# Shared
LOADING = "Loading"
UNREACHABLE_TITLE = "This could not be read"
UNREACHABLE_TEXT = "The server had trouble answering. It is tried again by itself, or try now."
UNREACHABLE_ONCE = "The server had trouble answering. Try again in a moment."
RETRY = "Try again"
CANCEL = "Cancel"
CLEAR = "Clear the filter"
CLEAR_SHORT = "Clear"
NOT_ALLOWED_TITLE = "Only administrators manage accounts"
NOT_ALLOWED_TEXT = "Ask an administrator of your team if somebody needs an account or a new password."
TO_THE_DESK = "Back to the desk"

# Team
TEAM = "Team"
TEAM_SEARCH = "Search people"
TEAM_SEARCH_HINT = "Name, or caller's number"
SHOW_ONLY = "Show only"
STATUS = {"Available": "Available", "Busy": "Busy", "Offline": "Offline"}
WAITING_CALLERS = "Callers waiting"
LONGEST_WAIT = "Longest wait"
DOING = {
    "ringing": "Ringing",
    "connecting": "Connecting",
    "talking": "In a call",
    "dialing": "Dialling",
    "wrapup": "After-call work",
    "not_ready": texts.NOT_READY,
    **texts.REASONS,
    "missed": "Missed a call",
    "rejected": "Short pause",
    "device_error": "Microphone trouble",
    "ready": "Ready for calls",
    "away": "Connection lost",
    "signed_off": "Offline",
}
ROLES = {"agent": "Agent", "supervisor": "Supervisor", "admin": "Administrator"}
SHOW_ALL = "Show all"
NOBODY_SO_TITLE = "Nobody matches"
NOBODY_SO_TEXT = "No colleague has this name and status right now."
NOBODY_TITLE = "No colleagues yet"
NOBODY_TEXT = "Everybody with an account appears here, with what they are doing and since when."
GROUP_EMPTY = {
    "Available": "Nobody is free at the moment.",
    "Busy": "Nobody is in a call or away.",
    "Offline": "Everybody is here.",
}
SHOW_EVERYBODY = "Show everybody"
OPEN_CALL_WITH = "Open the call with"

STALE = "This is how things stood a moment ago: the server has trouble answering and is asked again."

# History
HISTORY = "History"
PERIOD = "Period"
PERIODS = {"today": "Today", "7d": "7 days", "30d": "30 days", "all": "Any time", "dates": "Dates…"}
FROM = "From"
TO = "To"
SHOW = "Show"
LEFT_OUT = "Not a filter, so it was left out of this address: "
DATES_PROBLEM = {"order": "The first day is after the last one.", "none": "Choose at least one day."}
DIRECTION = "Direction"
DIRECTIONS = {"Inbound": "Inbound", "Outbound": "Outbound"}
ANY_DIRECTION = "Both directions"
RESULT = "Result"
ANY_RESULT = "Every result"
RESULTS = {
    "Completed": "Completed",
    "Missed": "Missed",
    "Abandoned": "Abandoned",
    "Rejected": "Rejected",
    "Canceled": "Cancelled",
    "Failed": "Failed",
    "In_Progress": "In progress",
}
NUMBER = "Number"
NUMBER_HINT = "Phone number"
ONLY_PARTY = "Only"
EVERY_PARTY = "Show the calls of every number"
FIND = "Find"
AGENT = "Agent"
ANY_AGENT = "Everybody"
NO_AGENT = "Nobody"
STARTED = "Started"
WAITED = "Waited"
RANG = "Rang"
DURATION = "Talked"
CSV = "Export CSV"
CSV_TITLE = "All calls of this filter as a CSV file"
NEWER = "Show the newer calls"
OLDER = "Older"
NEWEST = "Newest"
PAGES = "Pages"
MINE = "Your calls, newest first"
EVERYBODYS = "Everybody's calls, newest first"
NO_CALLS_TITLE = "No calls in this time"
NO_CALLS_TEXT = "Calls appear here as they come in or go out: who it was, how it ended, and how long it took."
NOT_SHOWN_TITLE = "This cannot be shown"
NO_MATCH_TITLE = "No call matches"
NO_MATCH_TEXT = "Nothing in this time fits the filter. Widen it, or clear it."
CALL_BACK = "Call back"
KEYS_HINT = "In the list: ↑ ↓ to move, Enter to open"
REASONS = {
    "caller_gave_up": "gave up waiting",
    "turned_away": "nobody took it",
    "busy": "line busy",
    "declined": "declined",
    "no_answer": "no answer",
    "canceled": "ended before an answer",
    "unavailable": "unreachable at the moment",
    "not_in_service": "not in service",
    "unreachable": "unreachable",
    "line_down": "line down",
    "line_silent": "line did not react",
    "no_trunk": "no line set up",
    "agent_lost": "desk lost the call",
    "line_lost": "line lost",
}
SENTENCES = {
    "hung_up": "Hung up",
    "caller_gave_up": "The caller gave up waiting",
    "turned_away": "Nobody could take it in time",
    "busy": "The line was busy",
    "declined": "The other side declined",
    "no_answer": "Nobody answered",
    "canceled": "Ended before it was answered",
    "unavailable": "The phone could not be reached at that moment",
    "not_in_service": "The number is not in service",
    "unreachable": "The number could not be reached",
    "line_down": "The telephone line was down",
    "line_silent": "The telephone line did not react",
    "no_trunk": "No line is set up, so calls cannot go out",
    "agent_lost": "The agent's desk lost the call",
    "line_lost": "The line was lost",
}

# One call
CALL = "Call"
BACK_TO_HISTORY = "History"
FACTS = "Facts"
TIMELINE = "Timeline"
INBOUND_CALL = "Inbound call"
OUTBOUND_CALL = "Outbound call"
ENDED_BY = "Ended by"
CALLED = "Called"
SIP = "SIP"
ENDERS = {"caller": "The other side", "agent": "The agent", "system": "The system"}
REASON = "Reason"
CALL_NUMBER = "Call number"
EVENTS = {
    "created": "The call came in",
    "queued": "Joined the queue",
    "offered": "Rang at",
    "declined": "Declined by",
    "missed": "Not answered in time by",
    "offer_withdrawn": "The offer was withdrawn from",
    "answered": "Answered by",
    "connected": "Connected with",
    "dialing": "Dialled by",
    "ringing": "The other side rings",
    "agent_left": "Dropped out:",
    "agent_returned": "Came back:",
    "requeued": "Back in the queue",
    "not_connected": "The microphone did not open in time:",
    "adopted": "The call was found in its room",
    "taken_over": "Moved to another tab by",
    "ended": "The call ended",
}
EVENTS_ALONE = {
    "offered": "Rang at a desk",
    "declined": "Declined",
    "missed": "Not answered in time",
    "offer_withdrawn": "The offer was withdrawn",
    "answered": "Answered",
    "connected": "Connected",
    "dialing": "Dialled",
    "agent_left": "The desk dropped out",
    "agent_returned": "The desk came back",
    "not_connected": "The microphone did not open in time",
    "taken_over": "Moved to another tab",
}
"""The same without a name."""
NO_EVENTS_TITLE = "Nothing was recorded"
NO_EVENTS_TEXT = "What happens to a call, from the first ring to the end, appears here."
MISSING_TITLE = "There is no such call, or it is not yours"
MISSING_TEXT = "The link may be old. Your own calls are in the history."
TO_THE_HISTORY = "Open the history"
SAME_NUMBER = "All calls with this number"

# Accounts
ACCOUNTS = "Accounts"
PEOPLE = "people, disabled ones included"
ACCOUNTS_SEARCH = "Search accounts"
ACCOUNTS_SEARCH_HINT = "Name, user name or role"
ADD = "Add an account"
INVITE = "Invite"
PERSON = "Person"
ROLE = "Role"
STATE = "State"
ADDED_ON = "Added"
ACTIONS = "Actions"
DISABLED = "Disabled"
DISABLE = "Disable"
ENABLE = "Enable"
RESET = "New password"
YOU = "you"
NO_ACCOUNTS_TITLE = "No account matches"
NO_ACCOUNTS_TEXT = "People who can sign in appear here."
USER_NAME = "User name"
USER_NAME_RULE = "2 to 64 letters, digits or . _ @ -, beginning with a letter or digit"
FULL_NAME = "Full name"
FULL_NAME_RULE = "As colleagues see it"
PASSWORD = "Password"  # noqa: S105
PASSWORD_RULE = "10 characters or more; a few words that do not belong together are good"  # noqa: S105
PASSWORD_AGAIN = "Password again"  # noqa: S105
ROLE_RULES = {
    "agent": "takes and makes calls",
    "supervisor": "also sees everybody's calls",
    "admin": "also manages accounts",
}
WRONG = {
    "full_name": "Enter a full name of at most 120 characters.",
    "username": "A user name has 2 to 64 letters, digits or . _ @ - and begins with a letter or digit.",
    "again": "The two passwords differ.",
}
ADD_TITLE = "Add an account"
ADD_TEXT = "The person can sign in at once. Hand the password over in person; they cannot read it anywhere."
ADD_DO = "Add the account"
DISABLE_TITLE = "Disable"
DISABLE_TEXT = "They are signed out everywhere at once and cannot sign in until you enable the account again. Their calls stay in the history."  # noqa: E501
RESET_TITLE = "New password for"
RESET_TEXT = "They are signed out everywhere and sign in with the new password."
RESET_DO = "Set the password"
INVITE_TITLE = "Invite somebody"
INVITE_TEXT = "The link lets one person make their own account with this role. It works once, for seven days."
INVITE_DO = "Create the link"
INVITE_READY = "Copy the link now: it is shown only this once."
INVITE_LINK = "Invitation link"
COPY = "Copy"
COPIED = "Copied"
DONE = "Done"
SAID = {
    "added": "can sign in now.",
    "disabled": "is disabled and signed out everywhere.",
    "enabled": "can sign in again.",
    "reset": "has a new password.",
}

# Registration
REGISTER_TITLE = "Make your account"
REGISTER_TEXT = "You were invited to this call centre."
REGISTER_DO = "Make the account"
REGISTERED_TITLE = "Your account is ready"
REGISTERED_TEXT = "Sign in with the user name and password you have just chosen."
HAVE_ACCOUNT = "You have an account already?"

# One's own account
MY_ACCOUNT = "Your account"
CHANGE_TITLE = "Change your password"
CHANGE_TEXT = "You stay signed in here and are signed out everywhere else."
CHANGE_DO = "Change the password"
OLD_PASSWORD = "Current password"  # noqa: S105
NEW_PASSWORD = "New password"  # noqa: S105
NEW_PASSWORD_AGAIN = "New password again"  # noqa: S105
SIGN_INS_TITLE = "Where you are signed in"
SIGN_INS_TEXT = "If one of these is not you, change your password."
SIGN_IN_KINDS = {"desk": "Desk", "api": "Program"}
SIGN_IN_HERE = "this one"
WHAT = "What"
WHERE = "From"
SIGNED_IN_SINCE = "Since"
LAST_SEEN = "Last used"
END_OTHERS_TEXT = "Asks for your password, so that nobody does it at a desk you have left."
END_OTHERS_DO = "Sign out everywhere else"
OWN_DONE = {
    "password": "Your password is changed. You are signed out everywhere else.",
    "others": "You are signed out everywhere else.",
}
OWN_WRONG = {
    "wrong_credentials": "The current password is wrong.",
    "too_many_attempts": "Too many attempts. Wait a few minutes and try again.",
    "again": "The two new passwords differ.",
    "weak_password": "That password is easily guessed. Take several words that do not belong together.",
    "invalid_input": "A new password has 10 to 128 characters and is not the one you have.",
    "agent_busy": "Finish the current call first: your tabs connect anew.",
}
OWN_FAILED = "That did not work. Try again in a moment."
