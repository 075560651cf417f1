"""Texts of what every signed-in tab shows."""

from typing import Any

import reflex as rx

from callcenter.platform.reflex.messages import gettext as _
from callcenter.platform.reflex.messages import ngettext, sentence
from callcenter.team.ui.texts import NOT_READY

# Status
AVAILABLE = _("Available")


OFFLINE = _("Offline")


STATUS_GROUP_NOT_READY = NOT_READY


STATUS_LABEL = _("Your status (Alt S)")


NEXT_NONE = "–"


NEXT_KEEP = _("Keep the current status after this call")


AFTER_CALL = _("Applies after this call")


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


CHECK_SPEAKER = _("Play a sound")


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


# Call
INCOMING = _("Incoming call")


ANSWER = _("Answer")


DECLINE = _("Decline")


HANG_UP = _("Hang up")


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


def say_offer(caller: Any) -> Any:
    return _("Incoming call from {caller}", caller=caller)


def tab_offer(caller: Any) -> Any:
    return _("☎ Incoming: {caller}", caller=caller)


def tab_call(time: Any) -> Any:
    return _("{time} · in call", time=time)
