"""The transition tables, the derived words, and how calls end."""

import itertools

import pytest

from callcenter.core.domain.agents import AgentStatus, Presence, Routable, Session, Work, agent_status
from callcenter.core.domain.call_outcomes import (
    DIAL_ENDINGS,
    Ending,
    agent_hung_up,
    other_party_left,
    room_lost,
    turned_away,
)
from callcenter.core.domain.calls import (
    CLOSED,
    ENGAGED,
    LIVE_OFFER,
    OFFER_TRANSITIONS,
    OPEN,
    TRANSITIONS,
    WAITING,
    CallDirection,
    CallState,
    CallStatus,
    EndedBy,
    EndReason,
    OfferState,
    call_status,
    may_become,
)


def reachable(first: CallState) -> set[CallState]:
    found, todo = {first}, [first]
    while todo:
        new = TRANSITIONS.get(todo.pop(), frozenset()) - found
        found |= new
        todo += new
    return found


INBOUND = reachable(CallState.QUEUED) & OPEN
OUTBOUND = {CallState.DIALING, CallState.RINGING, CallState.CONNECTED}


def test_every_state_can_be_reached() -> None:
    assert reachable(CallState.QUEUED) | reachable(CallState.DIALING) == set(CallState)


def test_an_end_is_never_left() -> None:
    assert set(TRANSITIONS) == OPEN
    for state in CallState:
        assert not may_become(state) & CLOSED


def test_every_open_call_can_end() -> None:
    for state in OPEN:
        assert TRANSITIONS[state] & CLOSED, f"{state} has no end"


def test_a_call_is_waiting_engaged_or_closed() -> None:
    assert set(CallState) == WAITING | ENGAGED | CLOSED
    assert not WAITING & ENGAGED


def test_only_open_calls_are_in_progress() -> None:
    assert {state for state in CallState if call_status(state) is CallStatus.IN_PROGRESS} == OPEN
    assert {call_status(state) for state in CallState} == set(CallStatus)


def test_only_live_offers_change() -> None:
    assert set(OFFER_TRANSITIONS) == LIVE_OFFER
    assert set().union(*OFFER_TRANSITIONS.values()) == set(OfferState) - {OfferState.PENDING}


def test_an_answered_offer_cannot_be_declined() -> None:
    assert OfferState.DECLINED not in OFFER_TRANSITIONS[OfferState.ACCEPTING]


@pytest.mark.parametrize("state", sorted(INBOUND))
def test_every_ending_of_an_inbound_call_is_allowed(state: CallState) -> None:
    inbound = CallDirection.INBOUND
    assert other_party_left(state).state in TRANSITIONS[state]
    assert room_lost(inbound, state).state in TRANSITIONS[state]
    if state in WAITING:
        assert turned_away(0, 1).state in TRANSITIONS[state]
    else:
        assert agent_hung_up(inbound, state).state in TRANSITIONS[state]


@pytest.mark.parametrize("state", sorted(OUTBOUND))
def test_every_ending_of_an_outbound_call_is_allowed(state: CallState) -> None:
    outbound = CallDirection.OUTBOUND
    for ending in (room_lost(outbound, state), agent_hung_up(outbound, state)):
        assert ending.state in TRANSITIONS[state]
    if state is CallState.CONNECTED:
        assert other_party_left(state).state in TRANSITIONS[state]
    else:
        assert {one.state for one in DIAL_ENDINGS.values()} <= TRANSITIONS[state]


def test_who_asked_everybody_and_was_declined_is_rejected() -> None:
    assert turned_away(declined=2, missed=0).state is CallState.REJECTED
    assert turned_away(declined=1, missed=1).state is CallState.MISSED
    assert turned_away(declined=0, missed=0).state is CallState.MISSED


def test_how_calls_end() -> None:
    inbound, outbound = CallDirection.INBOUND, CallDirection.OUTBOUND
    hung_up = Ending(CallState.COMPLETED, EndedBy.CALLER, EndReason.HUNG_UP)
    assert other_party_left(CallState.CONNECTED) == hung_up
    assert other_party_left(CallState.OFFERED).state is CallState.ABANDONED
    assert other_party_left(CallState.CONNECTING).state is CallState.ABANDONED
    assert agent_hung_up(outbound, CallState.RINGING).state is CallState.CANCELED
    assert agent_hung_up(outbound, CallState.CONNECTED).ended_by is EndedBy.AGENT
    assert room_lost(inbound, CallState.CONNECTED).reason is EndReason.LINE_LOST
    assert set(DIAL_ENDINGS) >= {EndReason.BUSY, EndReason.DECLINED, EndReason.NO_ANSWER, EndReason.UNREACHABLE}


@pytest.mark.parametrize("combination", list(itertools.product(Presence, Work, Routable, Session)), ids=str)
def test_the_word_others_see(combination: tuple[Presence, Work, Routable, Session]) -> None:
    presence, work, routable, session = combination
    status = agent_status(presence, work, routable, session)
    if work is not Work.IDLE:
        assert status is AgentStatus.BUSY, "someone in a call is Busy whatever they chose"
    elif presence is Presence.OFFLINE or session is Session.LOST:
        assert status is AgentStatus.OFFLINE
    else:
        ready = (Presence.AVAILABLE, Routable.OK, Session.CONNECTED)
        assert (status is AgentStatus.AVAILABLE) == ((presence, routable, session) == ready)
