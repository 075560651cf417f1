"""What can happen has its words, and a number its name."""

import pytest

from callcenter.components import texts, texts_pages, texts_telephones
from callcenter.domain.calls import CallEventKind, EndReason
from callcenter.domain.outcomes import DIAL_ENDINGS
from callcenter.services.desk import label_of
from callcenter.services.telephony import states
from callcenter.services.telephony.plan import CentreNumber, TelephonyPlan

PLAN = TelephonyPlan((CentreNumber("+4930901820", "Support"), CentreNumber("+4930901821")))


@pytest.mark.parametrize("reason", EndReason)
def test_every_end_has_its_words(reason: EndReason) -> None:
    assert reason in texts_pages.SENTENCES
    if reason is not EndReason.HUNG_UP:
        assert reason in texts_pages.REASONS
        assert reason in texts.ENDED_REASON


def test_no_two_ends_of_a_dial_sound_alike() -> None:
    said = {texts.ENDED_REASON[reason] for reason in DIAL_ENDINGS}
    assert len(said) == len(DIAL_ENDINGS)


@pytest.mark.parametrize("kind", CallEventKind)
def test_every_step_of_a_call_has_its_words(kind: CallEventKind) -> None:
    assert kind in texts.EVENTS
    assert kind in texts_pages.EVENTS


def test_every_state_of_a_line_has_its_words() -> None:
    known = {states.OK, states.MISSING, states.DIFFERS, states.DOWN, states.UNKNOWN, states.NOT_USED}
    assert set(texts_telephones.STATES) == set(texts_telephones.LINE_NOTES) == known
    assert set(texts_telephones.SERVER_NOTES) == known - {states.DIFFERS}


@pytest.mark.parametrize(("number", "name"), [("+4930901820", "Support"), ("+4930901821", ""), ("+4930", ""), ("", "")])
def test_a_number_of_the_centre_has_its_name(number: str, name: str) -> None:
    assert label_of(PLAN, number) == name
