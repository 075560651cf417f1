"""What administrators read of the telephone lines, in words."""

from dataclasses import replace

from callcenter.platform.words.catalogues import SOURCE, translatable, translated
from callcenter.platform.words.refusals import words_of
from callcenter.telephony.views import LinesView, RefusalView

REFUSED = {
    "password": translatable("The password was wrong, or none came (each try counts)"),
    "no_trunk": translatable("The number is not ours, or the call came from an address that is not allowed"),
    "no_rule": translatable("No dispatch rule takes the call"),
    "codec": translatable("The phone supports none of our codecs"),
    "encryption": translatable("The phone and our side do not agree on encryption"),
    "full": translatable("livekit-sip was full"),
    "internal": translatable("livekit-sip could not reach LiveKit, or failed"),
}
"""Why calls from outside were not let in."""


def lines_in_words(view: LinesView, language: str = SOURCE) -> LinesView:
    """The same with the texts that its codes stand for."""
    return replace(
        view,
        refused=[replace(one, text=translated(language, REFUSED.get(one.reason, one.reason))) for one in view.refused],
        refusals=[replace(one, text=_told(one, language)) for one in view.refusals],
    )


def _told(refusal: RefusalView, language: str) -> str:
    """What the agent was told. Of earlier versions there is the English text itself on record."""
    return refusal.text or words_of(refusal.rule, refusal.reason, refusal.parameters, language)
