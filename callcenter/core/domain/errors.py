"""One class for each refusal about a call. Its words are in ``callcenter.platform.words.refusals``."""

from callcenter.platform.errors import NotAllowed, Refusal


class NotAdmitted(NotAllowed):
    """The way to LiveKit is closed to whom the record does not expect in a room."""

    code = "not_admitted"


class OfferGone(Refusal):
    """The call was withdrawn between the offer and the answer."""

    code = "offer_gone"


class CallTaken(Refusal):
    code = "call_taken"


class CallerGone(Refusal):
    code = "caller_gone"


class CallOver(Refusal):
    code = "call_over"


class AgentBusy(Refusal):
    code = "agent_busy"


class MediaElsewhere(Refusal):
    code = "media_elsewhere"


class NumberInvalid(Refusal):
    code, status = "number_invalid", 422
