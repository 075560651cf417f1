"""Every word of the page about telephones, ready for translation."""

from callcenter.components import texts_pages

TELEPHONES = "Telephones"
PROVIDERS = {
    "livekit": "Calls come and go through livekit-sip",
    "webhook": "Calls come and go through a gateway of your own",
    "simulated": "Simulated phones; no call reaches a real one",
    "none": "No line is set up",
}
LOOKED_AT = "looked at"
LOOK_AGAIN = "Look again"
LOOKING = "Looking…"
STALE = "This is how things stood when they were last looked at: the server has trouble answering and is asked again."
NOT_ALLOWED_TITLE = "Only administrators see the telephone lines"
NOT_ALLOWED_TEXT = "Tell an administrator when calls do not come in or go out."

PARTS = {"inbound": "Calls in", "outbound": "Calls out", "service": "SIP service", "redis": "Redis"}
SERVERS = ("service", "redis")
CALLS_NOW = "Calls on the line"
STATES = {
    "ok": "Works",
    "missing": "Missing",
    "differs": "Differs",
    "down": "Down",
    "unknown": "Not known",
    "not_used": "Not used",
}
LINE_NOTES = {
    "ok": "as declared",
    "missing": "declared, not in LiveKit",
    "differs": "not as declared",
    "down": "does not answer",
    "unknown": "cannot be told",
    "not_used": "nothing is declared",
}
SERVER_NOTES = {
    "ok": "answers",
    "missing": "LiveKit works without it",
    "down": "does not answer",
    "unknown": "its address is not set",
    "not_used": "nothing needs it",
}
TO_DO = "To do"

NUMBERS = "Our numbers"
NUMBER = "Number"
LABEL = "Called"
LEADS_TO = "Leads to"
LEADS = {"queue": "The queue"}
NO_NUMBERS_TITLE = "No number is declared"
NO_NUMBERS_TEXT = "Write them into the telephony file, then run: python -m callcenter telephony apply"

REFUSED = "Turned away from outside"
REFUSED_SINCE = "Since the SIP service was started"
REFUSED_NONE = "No call was turned away."
REFUSED_UNKNOWN = "Not known: the SIP service gives no figures. SIP_METRICS_URL says where it gives them."

ERRORS = "Calls that failed on the line"
NO_ERRORS_TITLE = "None in thirty days"
NO_ERRORS_TEXT = "When a number is not in service or the line fails, the call stands here with the network's answer."
WHEN = "When"
AGENT = texts_pages.AGENT
NOBODY = texts_pages.NO_AGENT
WHAT = "What happened"
NETWORK_SAID = "The network said"
NO_ANSWER = "nothing"
REASONS = texts_pages.SENTENCES

REFUSALS = "Numbers agents were not let dial"
NO_REFUSALS_TITLE = "None so far"
NO_REFUSALS_TEXT = "Countries, premium and emergency numbers and too many calls at once are refused by the dial rules."
WHY = "What they were told"
