"""What must hold in the record at every moment, whatever happened before."""

from collections import Counter

from sqlalchemy import select

from callcenter.bootstrap import Services
from callcenter.core.domain.calls import (
    CLOSED,
    DIALLED,
    ENGAGED,
    LIVE_OFFER,
    WAITING,
    CallEventKind,
    CallState,
    OfferState,
)
from callcenter.core.tables import Agent, Call, CallEvent, Leg, Offer


async def assert_consistent(services: Services, *, steady_clock: bool = True) -> None:
    """Raises AssertionError naming what contradicts what. Without a steady clock nothing is asked of the times."""
    async with services.units.reading() as (session, _):
        calls = {call.id: call for call in (await session.execute(select(Call))).scalars()}
        offers = list((await session.execute(select(Offer))).scalars())
        events = sorted((await session.execute(select(CallEvent))).scalars(), key=lambda event: event.id or 0)
        legs = list((await session.execute(select(Leg))).scalars())
        agents = list((await session.execute(select(Agent))).scalars())
    live = [offer for offer in offers if offer.state in LIVE_OFFER]
    _offers(calls, offers, live)
    for call in calls.values():
        own = [event for event in events if event.call_id == call.id]
        _call(call, own, legs)
        if steady_clock:
            _times(call, own)
    _agents(agents, list(calls.values()), live)


def _offers(calls: dict[int | None, Call], offers: list[Offer], live: list[Offer]) -> None:
    for column in ("call_id", "agent_id"):
        twice = [key for key, count in Counter(getattr(offer, column) for offer in live).items() if count > 1]
        assert not twice, f"two live offers of {column} {twice}"
    for offer in live:
        call = calls[offer.call_id]
        if offer.state is OfferState.PENDING:
            assert call.state is CallState.OFFERED, f"a live offer of a call that is {call.state}"
        else:
            assert call.state is CallState.CONNECTING, f"an answered offer of a call that is {call.state}"
            assert call.agent_id == offer.agent_id, "answered by one, connecting to another"
    for offer in offers:
        assert offer in live or offer.decided_at is not None, f"nobody knows when offer {offer.id} was decided"
    offered = {offer.call_id for offer in live}
    for call in calls.values():
        if call.state in (CallState.OFFERED, CallState.CONNECTING):
            assert call.id in offered, f"call {call.id} is {call.state} without a live offer"


def _call(call: Call, events: list[CallEvent], legs: list[Leg]) -> None:
    ends = [event for event in events if event.kind is CallEventKind.ENDED]
    if call.state in CLOSED:
        assert call.ended_at, f"call {call.id} is {call.state} without an end"
        assert call.ended_by, f"nobody ended call {call.id}"
        assert call.end_reason, f"call {call.id} ended without a reason"
        assert len(ends) == 1, f"call {call.id} has {len(ends)} endings in its log"
        assert call.duration >= 0, f"call {call.id} lasted {call.duration} s"
        inside = [leg.identity for leg in legs if leg.call_id == call.id and leg.left_at is None]
        assert not inside, f"still in the room of the ended call {call.id}: {inside}"
        return
    has_end = (call.ended_at, call.ended_by, call.end_reason, ends)
    assert has_end == (None, None, None, []), f"open call {call.id} has an end: {has_end}"
    if call.state in WAITING:
        assert call.agent_id is None, f"waiting call {call.id} has an agent"
    if call.state in ENGAGED:
        assert call.agent_id is not None, f"call {call.id} is {call.state} with nobody"
    if call.agent_deadline is not None:
        waits = call.state in DIALLED | {CallState.CONNECTED}
        assert waits, f"{call.state} call {call.id} waits for an agent to come back"
    if call.state is CallState.CONNECTED:
        assert call.answered_at is not None, f"call {call.id} is connected and was never answered"


def _times(call: Call, events: list[CallEvent]) -> None:
    assert [event.at for event in events] == sorted(event.at for event in events), f"times run backwards: {call.id}"
    if call.ended_at:
        talked = call.ended_at - call.answered_at if call.answered_at else None
        assert call.duration == (int(talked.total_seconds()) if talked else 0), f"duration of call {call.id}"


def _agents(agents: list[Agent], calls: list[Call], live: list[Offer]) -> None:
    engaged = Counter(call.agent_id for call in calls if call.state in ENGAGED)
    for agent in agents:
        assert engaged[agent.id] <= 1, f"{agent.full_name} has {engaged[agent.id]} calls"
        pending = [one for one in live if one.agent_id == agent.id and one.state is OfferState.PENDING]
        assert not (engaged[agent.id] and pending), f"it rings at {agent.full_name}, who is in a call"
        if agent.next_presence is not None:
            assert engaged[agent.id] or pending, f"{agent.full_name} waits for a call to end, and has none"
