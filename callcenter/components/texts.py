"""Every text of the frame and the desk. See docs/languages.md."""

from typing import Any

import reflex as rx

from callcenter.components.words import gettext as _
from callcenter.components.words import ngettext, pgettext, sentence

BRAND = "callcenter"

NAV_DESK = _("Desk")
NAV_HISTORY = _("History")
NAV_TEAM = _("Team")
NAV_ACCOUNTS = _("Accounts")
NAV_TELEPHONES = _("Phones")
NAV_LABEL = _("Main navigation")
SKIP = _("Skip to main content")

# Status
AVAILABLE = _("Available")
NOT_READY = _("Not ready")
OFFLINE = _("Offline")
STATUS_GROUP_NOT_READY = NOT_READY
STATUS_LABEL = _("Your status (Alt S)")
NEXT_NONE = "–"
NEXT_KEEP = _("Keep the current status after this call")
AFTER_CALL = _("Applies after this call")
REASONS = {
    "break": _("Break"),
    "lunch": _("Lunch"),
    "meeting": _("Meeting"),
    "training": _("Training"),
    "back_office": _("Back office"),
}
WORK = {
    "idle": "",
    "ringing": _("Ringing"),
    "connecting": _("Connecting"),
    "talking": _("In a call"),
    "dialing": _("Dialling"),
    "wrapup": _("After-call work"),
}
ROUTABLE = {"missed": _("Missed call"), "rejected": _("Short pause"), "device_error": _("Microphone problem")}

# Bar
NO_CALLERS_WAITING = _("No callers waiting")
SERVER_OK = _("Server connected")
SERVER_LOST = _("Server connection lost")
QUALITY = {
    "excellent": _("Audio excellent"),
    "good": _("Audio good"),
    "poor": _("Audio poor"),
    "lost": _("Audio lost"),
    "unknown": _("Audio on"),
    "idle": _("Audio idle"),
}
MENU_ACCOUNT = _("My account")
MENU_DEVICES = _("Microphone and speaker")
MENU_KEYS = _("Keyboard shortcuts")
MENU_THEME = _("Light or dark mode")
MENU_SIGN_OUT = _("Sign out")

# Banners
SIGN_IN_OVER = _("Your sign-in ends with this call.")
RENEW = _("Renew")
RENEW_TITLE = _("Renew your sign-in")
RENEW_TEXT = _("Your call continues. Enter your password to stay signed in.")
RENEW_DO = _("Stay signed in")
RENEW_CANCEL = _("Not now")
LOST_TITLE = _("The server cannot be reached.")
LOST_TEXT = _("A call in progress continues, and Mute still works. Other buttons work again once the server is back.")
TROUBLE_TITLE = _("The server is having trouble answering.")
TROUBLE_TEXT = _("What you see may be out of date. It will be retried automatically.")
MEDIA_LOST = _("The caller cannot hear you.")
REJOIN = _("Rejoin now")
ELSEWHERE = _("The audio of this call is in another tab.")
TAKE_OVER = _("Take over here")
BLOCKED = _("Your browser needs a click before it plays sound.")
PLAY = _("Hear the caller")
MIC_GONE = _("The microphone is gone. Plug it in again or choose another.")
MIC_FAILED = _("The microphone could not be opened.")
MIC_DENIED = _(
    "The browser does not let this page use the microphone. Allow it next to the address bar, then try again."
)
MIC_CHOOSE = _("Choose a microphone")
MIC_RETRY = _("Try again")

# Check
CHECK_TITLE = _("First, a quick sound check")
CHECK_TEXT = _("Callers hear you through this microphone. Say something and watch the meter move.")
CHECK_START = _("Check my microphone")
CHECK_SPEAKER = _("Play a sound")
CHECK_DONE = _("Sounds good: go available")
CHECK_LATER = _("Done")
CHECK_LEVEL = _("Level of your microphone")
MICROPHONE = _("Microphone")
SPEAKER = _("Speaker")
RING_DEVICE = _("Ring on")
RING_VOLUME = _("Ring volume")
ECHO = _("Echo cancellation")
NOISE = _("Noise suppression")
GAIN = _("Automatic level")
DEFAULT_DEVICE = _("System default")
TEST_RING = _("Test the ring")

# Softphone
SOFTPHONE = _("Softphone")
NUMBER = _("Phone number")
NUMBER_HINT = _("Number, any format")
DIAL = _("Dial")
RUB_OUT = _("Delete the last digit")
RECENT = _("Recent numbers")
RECENT_EMPTY = _("Numbers you spoke with appear here.")
WAITING_CALLS = _("Waiting calls")
WAITING_EMPTY = _("No callers waiting.")
DIAL_BUSY = _("Finish the current call before you dial.")
UNKNOWN_NUMBER = _("Unknown number")

# Call
INCOMING = _("Incoming call")
ANSWER = _("Answer")
DECLINE = _("Decline")
RING_LEFT = _("Seconds left to answer")
CONNECTING = _("Connecting…")
CONNECTING_LONG = {
    "opening": _("Waiting for the microphone. Allow it if the browser asks."),
    "closed": _("Waiting for the media server to let you in."),
    "open": _("Waiting for the caller's line."),
}
DIALING = _("Dialling…")
RINGING_OUT = _("Ringing…")
CONNECTED = _("Connected")
MUTE = _("Mute")
UNMUTE = _("Unmute")
MUTED = _("Muted")
MUTED_TEXT = _("The caller cannot hear you.")
HANG_UP = _("Hang up")
YOU = _("You")
CALLER = _("Caller")
TALK_TIME = _("Talk time")
KEYPAD = _("Keypad")
KEYPAD_HINT = _("Press keys, type or paste. Esc closes.")
NOT_SENT = _("The last key could not be sent.")
PRESSED = _("Pressed on the phone")
LETTERS = {"2": "ABC", "3": "DEF", "4": "GHI", "5": "JKL", "6": "MNO", "7": "PQRS", "8": "TUV", "9": "WXYZ"}
KEY_NAMES = {"*": _("star"), "#": _("hash")}
"""How a key is read out that is no digit."""

# Ended
ENDED_BY = {"caller": _("The other side hung up"), "agent": _("You hung up"), "system": _("The call ended")}
ENDED_REASON = {
    "caller_gave_up": _("The caller gave up waiting."),
    "busy": _("The line is busy."),
    "declined": _("The call was declined."),
    "no_answer": _("No answer."),
    "canceled": _("You ended it before it was answered."),
    "unavailable": _("The phone cannot be reached at the moment."),
    "not_in_service": _("This number is not in service."),
    "unreachable": _("The number cannot be reached."),
    "line_down": _("The telephone line is down. Try again in a moment."),
    "line_silent": _("The telephone line did not respond. Try again in a moment."),
    "no_trunk": _("No line is set up, so calls cannot go out. Tell an administrator."),
    "agent_lost": _("Your desk lost the call."),
    "line_lost": _("The line was lost."),
    "turned_away": _("No agent could take it in time."),
}
TRY_AGAIN = _("Try again")
CALL_BACK = _("Call back")
READY_NOW = _("Ready now")

# Offer withdrawn
WITHDRAWN = {
    "rescinded": _("The caller hung up."),
    "taken": _("Another agent took the call."),
    "timeout": _("The call went to the next agent."),
    "canceled": _("The offer was withdrawn."),
}

# Quiet
TODAY = _("Today")
CALLS = _("Calls")
AVERAGE_TALK = _("Average talk time")
MISSED = pgettext("calls", "Missed")
QUIET_AVAILABLE = _("You are available.")
QUIET_AVAILABLE_TEXT = _("The next caller rings here.")
QUIET_NOT_READY = _("You are not ready.")
QUIET_OFFLINE = _("You are offline.")
QUIET_NO_CALLS = _("No calls are offered to you.")
GO_AVAILABLE = _("Go available")
MISSED_TITLE = _("You missed a call.")
MISSED_TEXT = _("No further calls are offered to you until you are back.")
PAUSED_TITLE = _("A short pause after declining.")
PAUSED_TEXT = _("The next call is offered in a moment.")
DEVICE_TITLE = _("Your microphone does not work.")
DEVICE_TEXT = _("No calls are offered to you until it does.")
BACK = _("I am back")

# Aside
THE_CALLER = _("The caller")
EARLIER = _("Earlier calls")
EARLIER_EMPTY = _("No earlier calls with this number.")
THIS_CALL = _("This call")
SIP = "SIP"
NOBODY = _("No caller on the line")
NOBODY_TEXT = _("The caller and their earlier calls appear here.")
EVENTS = {
    "created": _("Call came in"),
    "queued": _("Entered the queue"),
    "offered": pgettext("event", "Offered"),
    "declined": pgettext("event", "Declined"),
    "missed": _("Not answered in time"),
    "offer_withdrawn": _("Offer withdrawn"),
    "answered": pgettext("event", "Answered"),
    "connected": _("Connected"),
    "dialing": pgettext("event", "Dialled"),
    "ringing": pgettext("event", "Ringing"),
    "agent_left": _("Desk disconnected"),
    "agent_returned": _("Desk reconnected"),
    "requeued": _("Back in the queue"),
    "not_connected": _("Microphone did not open in time"),
    "adopted": _("Call found in its room"),
    "taken_over": _("Moved to another tab"),
    "ended": pgettext("event", "Ended"),
}
STATUSES = {
    "In_Progress": _("In progress"),
    "Completed": _("Completed"),
    "Rejected": _("Rejected"),
    "Failed": _("Failed"),
    "Abandoned": _("Abandoned"),
    "Missed": pgettext("call", "Missed"),
    "Canceled": _("Cancelled"),
}
INBOUND = _("Inbound")
OUTBOUND = _("Outbound")

# Keys
KEYS_TITLE = _("Keyboard shortcuts")
KEYS = (
    ("Alt + A", ANSWER),
    ("Alt + D", DECLINE),
    ("Alt + M", _("Mute or unmute")),
    ("Alt + H", HANG_UP),
    ("Alt + K", _("Number field, or keypad in a call")),
    ("Alt + S", _("Status")),
    ("?", _("This list")),
)
KEYS_NOTE = _("On a Mac, Alt is the Option key, and types characters while the cursor is in a field.")
CLOSE = _("Close")

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

# Announced by screen readers
SAY = {
    "connecting": _("Connecting"),
    "talking": _("Connected"),
    "dialing": _("Dialling"),
    "ringing": _("Ringing"),
    "wrapup": _("Call ended. After-call work."),
    "ended": _("Call ended"),
    "available": AVAILABLE,
    "not_ready": NOT_READY,
    "offline": OFFLINE,
    "missed": _("You missed a call"),
    "paused": _("Short pause"),
    "device_error": _("Microphone problem"),
    "offered": "",
}


def next_status(status: Any) -> Any:
    """The status that follows the call."""
    return _("Next: {status}", status=status)


def waiting(count: Any) -> Any:
    return ngettext("{count} waiting", "{count} waiting", count)


def account_menu(initials: Any) -> Any:
    return _("{initials}: account and settings", initials=initials)


def sign_in_ends(time: Any) -> rx.Component:
    return sentence("Your sign-in ends in {time}.", time=time)


def reconnecting(time: Any) -> rx.Component:
    return sentence("Reconnecting for {time}", time=time)


def dial(number: Any) -> Any:
    return _("Dial {number}", number=number)


def ringing_at(agent: Any) -> Any:
    return _("ringing at {agent}", agent=agent)


def hang_up_on(party: Any) -> Any:
    return _("Hang up on {party}", party=party)


def called(number: Any) -> rx.Component:
    """Which number of the centre the caller dialled."""
    return sentence("Called {number}", number=number)


def waiting_for(time: Any) -> rx.Component:
    return sentence("waiting for {time}", time=time)


def waited(time: Any) -> Any:
    return _("waited {time}", time=time)


def sent(keys: Any) -> rx.Component:
    return sentence("Sent {keys}", keys=keys)


def since(time: Any) -> rx.Component:
    return sentence("since {time}", time=time)


def talk_time(time: Any) -> rx.Component:
    return sentence("Talk time {time}", time=time)


def after_call_work(time: Any) -> rx.Component:
    return sentence("After-call work · ready in {time}", time=time)


def say_offer(caller: Any) -> Any:
    return _("Incoming call from {caller}", caller=caller)


def tab_offer(caller: Any) -> Any:
    return _("☎ Incoming: {caller}", caller=caller)


def tab_call(time: Any) -> Any:
    return _("{time} · in call", time=time)
