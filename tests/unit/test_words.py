"""What can happen has its words, and a number its name."""

import pytest

from callcenter.core.domain.call_outcomes import DIAL_ENDINGS
from callcenter.core.domain.calls import CallEventKind, EndReason
from callcenter.desk.ui import texts as desk_texts
from callcenter.history.ui import texts as history_texts
from callcenter.telephony import line_health
from callcenter.telephony.plan import CentreNumber, TelephonyPlan, label_of
from callcenter.telephony.ui import texts as telephony_texts

PLAN = TelephonyPlan((CentreNumber("+4930901820", "Support"), CentreNumber("+4930901821")))


@pytest.mark.parametrize("reason", EndReason)
def test_every_end_has_its_words(reason: EndReason) -> None:
    assert reason in telephony_texts.SENTENCES
    if reason is not EndReason.HUNG_UP:
        assert reason in history_texts.REASONS
        assert reason in desk_texts.ENDED_REASON


def test_no_two_ends_of_a_dial_sound_alike() -> None:
    said = {desk_texts.ENDED_REASON[reason] for reason in DIAL_ENDINGS}
    assert len(said) == len(DIAL_ENDINGS)


@pytest.mark.parametrize("kind", CallEventKind)
def test_every_step_of_a_call_has_its_words(kind: CallEventKind) -> None:
    assert kind in desk_texts.EVENTS
    assert kind in history_texts.EVENTS


def test_every_state_of_a_line_has_its_words() -> None:
    known = {
        line_health.OK,
        line_health.MISSING,
        line_health.DIFFERS,
        line_health.DOWN,
        line_health.UNKNOWN,
        line_health.NOT_USED,
    }
    assert set(telephony_texts.STATES) == set(telephony_texts.LINE_NOTES) == known
    assert set(telephony_texts.SERVER_NOTES) == known - {line_health.DIFFERS}


@pytest.mark.parametrize(("number", "name"), [("+4930901820", "Support"), ("+4930901821", ""), ("+4930", ""), ("", "")])
def test_a_number_of_the_centre_has_its_name(number: str, name: str) -> None:
    assert label_of(PLAN, number) == name
