"""What people are told when a request is refused: words for each code of ``callcenter.core.domain.errors``.

A key is the code of a refusal, or the code and the reason: ``number_invalid.too_short``.
"""

from collections.abc import Mapping
from typing import Any

from babel import Locale

from callcenter.platform.errors import Refusal
from callcenter.platform.words.catalogues import SOURCE, filled_in, translatable, translated

WORDS = {
    "refused": translatable("That is not possible right now."),
    "not_signed_in": translatable("Please sign in."),
    "not_signed_in.signature_missing": translatable("{header} is missing or not of the form t=…,v1=…."),
    "not_signed_in.signature_old": translatable("The signature is too old, or one of the two clocks is wrong."),
    "not_signed_in.signature_wrong": translatable(
        "The signature is not made with this system's TELEPHONY_WEBHOOK_SECRET."
    ),
    "not_signed_in.notification_not_signed": translatable(
        "The notification is not signed with this system's LiveKit key."
    ),
    "not_signed_in.notification_changed": translatable("The notification is not the one that was signed."),
    "not_signed_in.notification_unreadable": translatable("The notification cannot be read."),
    "not_signed_in.no_room_token": translatable("There is no room token."),
    "not_signed_in.room_token_of_others": translatable("That is no room token of this system."),
    "wrong_credentials": translatable("User name or password is wrong."),
    "too_many_attempts": translatable("Too many attempts. Wait a few minutes and try again."),
    "not_allowed": translatable("Your role does not allow this."),
    "not_allowed.sign_in_over": translatable("Your sign-in is over. Renew it, then dial."),
    "not_allowed.other_site": translatable("This form was sent by another site."),
    "not_admitted": translatable("You are not expected in that room now."),
    "not_found": translatable("There is no such thing, or it is not yours."),
    "not_found.tab_not_connected": translatable("This tab is not connected yet. Try again in a moment."),
    "not_found.no_gateway": translatable("No gateway is used here. An administrator sets TELEPHONY=webhook."),
    "not_found.no_call": translatable("There is no such call."),
    "invalid_input": translatable("Something in the form needs another look."),
    "invalid_input.full_name": translatable("Enter a full name of at most {longest} characters."),
    "invalid_input.username": translatable(
        "A user name has 2 to 64 letters, digits or . _ @ - and begins with a letter or digit."
    ),
    "invalid_input.own_account": translatable("You cannot disable your own account."),
    "invalid_input.password_too_short": translatable("A password needs {shortest} characters or more."),
    "invalid_input.password_too_long": translatable("A password may have {longest} characters at most."),
    "invalid_input.same_password": translatable("The new password is the one you have."),
    "invalid_input.needless_reason": translatable("A reason belongs to “not ready” only."),
    "invalid_input.unknown_filter": translatable("Unknown filter: {problem}."),
    "invalid_input.no_such_page": translatable("That page does not exist. Start again from the first one."),
    "weak_password": translatable(
        "That password is easily guessed. Take several words that do not belong together, or a password manager's."
    ),
    "username_taken": translatable("That user name is taken. Choose another."),
    "last_administrator": translatable("This is the last administrator. Add another administrator first."),
    "invitation_invalid": translatable("Registration needs a valid invitation."),
    "offer_gone": translatable("This call is no longer offered to you."),
    "offer_gone.next_agent": translatable("This call went to the next agent just before you answered."),
    "offer_gone.answering": translatable("You are answering this call already."),
    "call_taken": translatable("Another agent has taken this call."),
    "caller_gone": translatable("The caller has hung up."),
    "call_over": translatable("This call is already over."),
    "agent_busy": translatable("Finish the current call first."),
    "agent_busy.other_agent": translatable("They are in a call. Try again when it is over."),
    "agent_busy.sign_out": translatable("Finish the current call before you sign out."),
    "agent_busy.tabs_reconnect": translatable("Finish the current call first: your tabs will reconnect."),
    "media_elsewhere": translatable("Another tab has the call. Take over here first."),
    "number_invalid": translatable("That is not a phone number that can be dialled."),
    "number_invalid.empty": translatable("Enter a phone number."),
    "number_invalid.too_long": translatable("That is too long for a phone number."),
    "number_invalid.alone": translatable("Enter the number alone, without the extension or other keys after it."),
    "number_invalid.keys_later": translatable(
        "Dial the number alone. After the answer, press the extension or the other keys on the keypad."
    ),
    "number_invalid.keys_never": translatable(
        "Dial the number alone. An extension or other keys cannot be sent here after the answer."
    ),
    "number_invalid.network_code": translatable(
        "Codes that begin with * or # cannot be dialled here. Enter the number alone."
    ),
    "number_invalid.not_a_number": translatable("“{number}” is not a phone number."),
    "number_invalid.too_short": translatable("“{number}” is too short for a phone number."),
    "number_invalid.wrong_length": translatable("“{number}” has the wrong length for a phone number."),
    "number_invalid.not_dialable": translatable("“{number}” is not a phone number that can be dialled."),
    "number_invalid.leading_zero": translatable("“{number}” has a zero too many at its beginning."),
    "number_invalid.unused_range": translatable(
        "{number} is in no range of numbers that is in use. Check it for a mistake."
    ),
    "dial_refused": translatable("This number may not be called here."),
    "country_not_allowed": translatable("Calls to that country are not allowed here. Ask an administrator."),
    "country_not_allowed.named": translatable("Calls to {country} are not allowed here. Ask an administrator."),
    "country_not_allowed.unknown": translatable(
        "It cannot be told which country this number belongs to. Check it for a mistake."
    ),
    "network_not_allowed": translatable(
        "Satellite and other international networks may not be called here. Ask an administrator."
    ),
    "number_blocked": translatable("This number is blocked here. Ask an administrator if that is wrong."),
    "premium_not_allowed": translatable(
        "Numbers with a price of their own may not be called here. Ask an administrator."
    ),
    "emergency_not_allowed": translatable(
        "Emergency services cannot be reached from here: nobody would know where you are. Use a telephone or a mobile."
    ),
    "short_number_not_allowed": translatable(
        "Short numbers do not work on this line. Dial the full number with its area code, or ask an administrator."
    ),
    "own_number": translatable("That is a number of this centre: the call would come back to you."),
    "too_many_dials": translatable("You have dialled very often. Wait a minute and try again."),
    "lines_busy": translatable("All lines for outgoing calls are in use. Try again in a moment."),
    "caller_id_not_owned": translatable(
        "Calls cannot go out: the number to be shown does not belong to this centre. "
        "An administrator corrects OUTBOUND_CALLER_ID or the telephony file."
    ),
    "number_unknown": translatable("That number does not belong to this centre."),
    "seen_before": translatable("This very request has come before. Sign each attempt anew."),
    "no_trunk": translatable(
        "No trunk is set up, so calls cannot go out. An administrator declares one in the telephony file."
    ),
    "media_unavailable": translatable("The media server does not answer. Try again in a moment."),
    "database_unavailable": translatable("The system is restarting or very busy. Try again in a moment."),
    "overloaded": translatable("The system is very busy. Try again in a moment."),
    "too_many_at_once": translatable("Too many requests at the same time. Wait for some of them first."),
    **{f"{code}.operator": "{text}" for code in ("lines_unavailable", "no_redis", "wrong_key", "not_applied")},
}
"""What is said to operators comes from their commands, in English."""


def said(refusal: Refusal, language: str = SOURCE) -> str:
    """A refusal in words."""
    return words_of(refusal.code, refusal.reason, refusal.parameters, language)


def words_of(code: str, reason: str, parameters: Mapping[str, Any], language: str = SOURCE) -> str:
    """The same of what is on record. A code without words of its own is said as any refusal."""
    words = WORDS.get(f"{code}.{reason}") or WORDS.get(code) or WORDS["refused"]
    return filled_in(language, translated(language, words), _named(parameters, language))


def _named(parameters: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A country by its name: its code (ISO 3166) is all that a refusal knows of it."""
    named = dict(parameters)
    if country := named.get("country"):
        named["country"] = Locale.parse(language).territories.get(country, country)
    return named
