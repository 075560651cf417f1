"""Every word the desk shows, in one place, ready for translation.

Refusals come in words from the domain; all other text of the pages is here.
"""

from callcenter.components.words import gettext as _

BRAND = "callcenter"

NAV_DESK = _("Desk")
NAV_HISTORY = _("History")
NAV_TEAM = _("Team")
NAV_ACCOUNTS = _("Accounts")
NAV_TELEPHONES = _("Phones")
NAV_LABEL = "Main"
SKIP = "Skip to the desk"

# Status
AVAILABLE = _("Available")
NOT_READY = _("Not ready")
OFFLINE = "Offline"
STATUS_LABEL = "Your status"
STATUS_GROUP_NOT_READY = "Not ready, because of"
NEXT = "next"
NEXT_NONE = "–"
NEXT_KEEP = "Stay as I am after this call"
AFTER_CALL = "applies after this call"
REASONS = {
    "break": "Break",
    "lunch": "Lunch",
    "meeting": "Meeting",
    "training": "Training",
    "back_office": "Back office",
}
WORK = {
    "idle": "",
    "ringing": "Ringing",
    "connecting": "Connecting",
    "talking": "In a call",
    "dialing": "Dialling",
    "wrapup": "After-call work",
}
ROUTABLE = {"missed": "Missed a call", "rejected": "Short pause", "device_error": "Microphone trouble"}

# Bar
WAITING = "waiting"
NOBODY_WAITS = "Nobody waits"
SERVER = "Server"
SERVER_OK = "connected"
SERVER_LOST = "lost"
MEDIA = "Sound"
QUALITY = {"excellent": "excellent", "good": "good", "poor": "poor", "lost": "lost", "unknown": "on", "idle": "idle"}
MENU_LABEL = "Account and settings"
MENU_ACCOUNT = "Your account"
MENU_DEVICES = "Microphone and speaker"
MENU_KEYS = "Keys"
MENU_THEME = "Light or dark"
MENU_SIGN_OUT = "Sign out"

# Banners
SIGN_IN_ENDS = "Your sign-in ends in"
SIGN_IN_OVER = "Your sign-in ends when this call ends."
RENEW = "Renew"
RENEW_TITLE = "Renew your sign-in"
RENEW_TEXT = "Your call goes on. Enter your password to stay signed in."
RENEW_DO = "Stay signed in"
RENEW_CANCEL = "Not now"
LOST_TITLE = "The server cannot be reached."
LOST_TEXT = "A running call goes on, and so does Mute. Other buttons come back by themselves."
TROUBLE_TITLE = "The server has trouble answering."
TROUBLE_TEXT = "What you see may be out of date. It is tried again by itself."
MEDIA_LOST = "The caller cannot hear you."
MEDIA_LOST_SINCE = "Reconnecting for"
REJOIN = "Rejoin now"
ELSEWHERE = "Another tab has the sound of this call."
TAKE_OVER = "Take over here"
BLOCKED = "Your browser waits for a click before it plays sound."
PLAY = "Hear the caller"
MIC_GONE = "The microphone is gone. Plug it in again or choose another."
MIC_FAILED = "The microphone could not be opened."
MIC_DENIED = "The browser does not let this page use the microphone. Allow it beside the address, then try again."
MIC_CHOOSE = "Choose a microphone"
MIC_RETRY = "Try again"

# Check
CHECK_TITLE = "First, a quick sound check"
CHECK_TEXT = "Callers hear you through this microphone. Say something and watch the meter move."
CHECK_START = "Check my microphone"
CHECK_SPEAKER = "Play a sound"
CHECK_DONE = "Sounds good: go available"
CHECK_LATER = "Done"
CHECK_LEVEL = "Level of your microphone"
MICROPHONE = "Microphone"
SPEAKER = "Speaker"
RING_DEVICE = "Ring on"
RING_VOLUME = "Ring volume"
ECHO = "Echo cancelling"
NOISE = "Noise suppression"
GAIN = "Automatic level"
DEFAULT_DEVICE = "System default"
TEST_RING = "Test the ring"

# Softphone
SOFTPHONE = "Softphone"
NUMBER = "Phone number"
NUMBER_HINT = "Number, any format"
DIAL = "Dial"
RUB_OUT = "Delete the last digit"
RECENT = "Recent numbers"
RECENT_EMPTY = "Numbers you spoke with appear here."
WAITING_CALLS = "Waiting calls"
WAITING_EMPTY = "No caller waits."
OFFERED_TO = "rings at"
DIAL_BUSY = "Finish the current call before you dial."

# Call
INCOMING = "Incoming call"
WAITED = "waited"
WAITING_FOR = "waiting for"
CALLED = "called"
ANSWER = "Answer"
DECLINE = "Decline"
RING_LEFT = "Seconds left to answer"
CONNECTING = "Connecting…"
CONNECTING_LONG = {
    "opening": "Waiting for the microphone. Allow it if the browser asks.",
    "closed": "Waiting for the media server to let you in.",
    "open": "Waiting for the caller's line.",
}
DIALING = "Dialling…"
RINGING_OUT = "Ringing…"
CONNECTED = "Connected"
MUTE = "Mute"
UNMUTE = "Unmute"
MUTED = "Muted"
MUTED_TEXT = "The caller cannot hear you."
HANG_UP = "Hang up"
HANG_UP_ON = "Hang up on"
YOU = "You"
CALLER = "Caller"
TALK_TIME = "Talk time"
KEYPAD = "Keypad"
KEYPAD_HINT = "Press keys, type or paste. Esc closes."
SENT = "Sent"
NOT_SENT = "The last key could not be sent."
PRESSED = "Pressed on the phone"
LETTERS = {"2": "ABC", "3": "DEF", "4": "GHI", "5": "JKL", "6": "MNO", "7": "PQRS", "8": "TUV", "9": "WXYZ"}
KEY_NAMES = {"*": "star", "#": "hash"}
"""How a key is read out that is no digit."""

# Ended
ENDED_BY = {"caller": "The other side hung up", "agent": "You hung up", "system": "The call ended"}
ENDED_REASON = {
    "caller_gave_up": "The caller gave up waiting.",
    "busy": "The line is busy.",
    "declined": "The call was declined.",
    "no_answer": "Nobody answered.",
    "canceled": "You ended it before it was answered.",
    "unavailable": "The phone cannot be reached at the moment.",
    "not_in_service": "This number is not in service.",
    "unreachable": "The number cannot be reached.",
    "line_down": "The telephone line is down. Try again in a moment.",
    "line_silent": "The telephone line did not react. Try again in a moment.",
    "no_trunk": "No line is set up, so calls cannot go out. Tell an administrator.",
    "agent_lost": "Your desk lost the call.",
    "line_lost": "The line was lost.",
    "turned_away": "Nobody could take it in time.",
}
TRY_AGAIN = "Try again"
CALL_BACK = "Call back"
AFTER_CALL_WORK = "After-call work"
READY_NOW = "Ready now"
READY_IN = "ready in"

# Offer withdrawn
WITHDRAWN = {
    "rescinded": "The caller hung up.",
    "taken": "Another agent took it.",
    "timeout": "It went to the next agent.",
    "canceled": "The offer was taken back.",
}

# Quiet
TODAY = "Today"
CALLS = "Calls"
AVERAGE_TALK = "Average talk"
MISSED = "Missed"
QUIET_AVAILABLE = "You are available."
QUIET_AVAILABLE_TEXT = "The next caller rings here."
QUIET_NOT_READY = "You are not ready."
QUIET_OFFLINE = "You are offline."
QUIET_NO_CALLS = "No calls are offered to you."
SINCE = "since"
GO_AVAILABLE = "Go available"
MISSED_TITLE = "You missed a call."
MISSED_TEXT = "No further calls are offered to you until you are back."
PAUSED_TITLE = "A short pause after declining."
PAUSED_TEXT = "The next call is offered in a moment."
DEVICE_TITLE = "Your microphone does not work."
DEVICE_TEXT = "No calls are offered to you until it does."
BACK = "I am back"

# Aside
THE_CALLER = "The caller"
EARLIER = "Earlier calls"
EARLIER_EMPTY = "No earlier call with this number."
THIS_CALL = "This call"
SIP = "SIP"
NOBODY = "Nobody on the line"
NOBODY_TEXT = "Who is calling, and what went before, appears here."
EVENTS = {
    "created": "Call came in",
    "queued": "Put in the queue",
    "offered": "Offered",
    "declined": "Declined",
    "missed": "Not answered in time",
    "offer_withdrawn": "Offer withdrawn",
    "answered": "Answered",
    "connected": "Connected",
    "dialing": "Dialled",
    "ringing": "Rings",
    "agent_left": "Desk dropped out",
    "agent_returned": "Desk is back",
    "requeued": "Back in the queue",
    "not_connected": "Microphone did not open in time",
    "adopted": "Call noticed",
    "taken_over": "Moved to another tab",
    "ended": "Ended",
}
STATUSES = {
    "In_Progress": "In progress",
    "Completed": "Completed",
    "Rejected": "Rejected",
    "Failed": "Failed",
    "Abandoned": "Abandoned",
    "Missed": "Missed",
    "Canceled": "Cancelled",
}
INBOUND = "Inbound"
OUTBOUND = "Outbound"

# Keys
KEYS_TITLE = "Keys"
KEYS = (
    ("Alt + A", "Answer"),
    ("Alt + D", "Decline"),
    ("Alt + M", "Mute or unmute"),
    ("Alt + H", "Hang up"),
    ("Alt + K", "Number field, or keypad in a call"),
    ("Alt + S", "Status"),
    ("?", "This sheet"),
)
KEYS_NOTE = "On a Mac, Alt is the Option key, and types characters while the cursor is in a field."
CLOSE = "Close"

# Sign in
SIGN_IN_TITLE = _("Sign in")
SIGN_IN_TEXT = _("Your desk is waiting.")
USER_NAME = _("User name")
PASSWORD = "Password"  # noqa: S105
SIGN_IN = _("Sign in")
SIGN_IN_ERRORS = {
    "wrong_credentials": "User name or password is wrong.",
    "too_many_attempts": "Too many attempts. Wait a few minutes and try again.",
    "overloaded": "Very many people are signing in. Try again in a moment.",
    "not_signed_in": "Please sign in.",
    "sign_in_ended": "Your sign-in has ended. Please sign in again.",
    "agent_busy": "Finish the current call before you sign out.",
}
SIGN_IN_FAILED = "That did not work. Please try again."
DEMO_TITLE = "Demonstration accounts"
DEMO_TEXT = "anna, ben, chloe (agents), sam (supervisor), ada (admin); password demo-callcenter"

# Told to screen readers
SAY_OFFER = "Incoming call from"
SAY = {
    "connecting": "Connecting",
    "talking": "Connected",
    "dialing": "Dialling",
    "ringing": "Ringing",
    "wrapup": "Call ended. After-call work.",
    "ended": "Call ended",
    "available": "Available",
    "not_ready": "Not ready",
    "offline": "Offline",
    "missed": "You missed a call",
    "paused": "Short pause",
    "device_error": "Microphone trouble",
    "offered": "",
}

# Tab title
TITLE_OFFER = "☎ Incoming: "
TITLE_CALL = " · in call"
