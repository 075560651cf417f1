"""Texts of the desk."""

from typing import Any

import reflex as rx

from callcenter.platform.reflex.messages import gettext as _
from callcenter.platform.reflex.messages import pgettext, sentence

NAV_DESK = _("Desk")


MIC_CHOOSE = _("Choose a microphone")


MIC_RETRY = _("Try again")


# Check
CHECK_TITLE = _("First, a quick sound check")


CHECK_TEXT = _("Callers hear you through this microphone. Say something and watch the meter move.")


CHECK_START = _("Check my microphone")


CHECK_DONE = _("Sounds good: go available")


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
