"""Texts of the history and of the page of one call."""

from typing import Any

import reflex as rx

from callcenter.platform.reflex.messages import gettext as _
from callcenter.platform.reflex.messages import pgettext, sentence

INBOUND = _("Inbound")


OUTBOUND = _("Outbound")


CLEAR = _("Clear the filter")


CLEAR_SHORT = pgettext("filter", "Clear")


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


DIRECTIONS = {"Inbound": INBOUND, "Outbound": OUTBOUND}


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


ANY_AGENT = _("Everybody")


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
