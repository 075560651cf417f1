"""Texts of the team page."""

from typing import Any

from callcenter.platform.reflex.messages import gettext as _
from callcenter.platform.reflex.messages import ngettext

NOT_READY = _("Not ready")


REASONS = {
    "break": _("Break"),
    "lunch": _("Lunch"),
    "meeting": _("Meeting"),
    "training": _("Training"),
    "back_office": _("Back office"),
}


# Team
TEAM = _("Team")


TEAM_SEARCH = _("Search people")


TEAM_SEARCH_HINT = _("Name, or caller's number")


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
    "not_ready": NOT_READY,
    **REASONS,
    "missed": _("Missed call"),
    "rejected": _("Short pause"),
    "device_error": _("Microphone problem"),
    "ready": _("Ready for calls"),
    "away": _("Connection lost"),
    "signed_off": _("Offline"),
}


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


def open_call_with(party: Any) -> Any:
    return _("Open the call with {party}", party=party)


def show_all(count: Any) -> Any:
    return ngettext("Show {count} person", "Show all {count}", count)
