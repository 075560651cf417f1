"""Texts of the page about telephone lines."""

from typing import Any

import reflex as rx

from callcenter.platform.reflex.messages import gettext as _
from callcenter.platform.reflex.messages import pgettext, sentence

AGENT = _("Agent")


NO_AGENT = _("No agent")


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


TELEPHONES = _("Telephones")


PROVIDERS = {
    "livekit": _("Calls come and go through livekit-sip"),
    "webhook": _("Calls come and go through a gateway of your own"),
    "simulated": _("Simulated phones; no call reaches a real one"),
    "none": _("No line is set up"),
}


REFRESH = _("Refresh")


REFRESHING = _("Refreshing…")


STALE = _("This may be out of date: the server is having trouble answering. It will be retried automatically.")


NOT_ALLOWED_TITLE = _("Only administrators see the telephone lines")


NOT_ALLOWED_TEXT = _("Tell an administrator when calls do not come in or go out.")


PARTS = {
    "inbound": _("Inbound calls"),
    "outbound": _("Outbound calls"),
    "service": _("SIP service"),
    "redis": "Redis",
}


SERVERS = ("service", "redis")


CALLS_NOW = _("Calls on the line")


STATES = {
    "ok": _("Works"),
    "missing": pgettext("line", "Missing"),
    "differs": _("Differs"),
    "down": pgettext("line", "Down"),
    "unknown": pgettext("line", "Unknown"),
    "not_used": _("Not used"),
}


LINE_NOTES = {
    "ok": _("as declared"),
    "missing": _("declared, not in LiveKit"),
    "differs": _("not as declared"),
    "down": _("does not answer"),
    "unknown": _("cannot be determined"),
    "not_used": _("nothing is declared"),
}


SERVER_NOTES = {
    "ok": _("answers"),
    "missing": _("LiveKit works without it"),
    "down": _("does not answer"),
    "unknown": _("its address is not set"),
    "not_used": _("nothing needs it"),
}


TO_DO = _("To do")


NUMBERS = _("Our numbers")


NUMBER = _("Number")


LABEL = pgettext("column", "Name")


LEADS_TO = _("Leads to")


LEADS = {"queue": _("The queue")}


NO_NUMBERS_TITLE = _("No number is declared")


NO_NUMBERS_TEXT = _("Write them into the telephony file, then run: python -m callcenter telephony apply")


REFUSED = _("Rejected by the SIP trunk")


REFUSED_SINCE = _("Since the SIP service was started")


REFUSED_NONE = _("No calls were rejected.")


REFUSED_UNKNOWN = _("Unknown: the SIP service gives no figures. SIP_METRICS_URL says where it gives them.")


ERRORS = _("Calls that failed on the line")


NO_ERRORS_TITLE = _("None in the last seven days")


NO_ERRORS_TEXT = _("When a number is not in service or the line fails, it appears here with the network's answer.")


WHEN = pgettext("column", "Time")


NOBODY = NO_AGENT


WHAT = _("What happened")


NETWORK_SAID = _("Answer of the network")


NO_ANSWER = pgettext("network", "none")


REASONS = SENTENCES


REFUSALS = _("Blocked dial attempts")


NO_REFUSALS_TITLE = _("None so far")


NO_REFUSALS_TEXT = _(
    "The dial rules block certain countries, premium and emergency numbers, and too many calls at once."
)


WHY = pgettext("column", "Reason shown to the agent")


def checked(time: Any) -> rx.Component:
    return sentence("checked {time}", time=time)
