"""Who is offered which call: the pure function."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter.core.domain.agent_state import AgentState, Excluded
from callcenter.core.domain.agents import Presence, Routable, Session, Work
from callcenter.core.domain.calls import CallState, OfferState
from callcenter.routing.domain import Decision, RoutingSnapshot, WaitingCall, route

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
AGAIN = timedelta(seconds=30)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


DOES: dict[Work, dict[str, Any]] = {
    Work.IDLE: {},
    Work.RINGING: {"offer_state": OfferState.PENDING},
    Work.CONNECTING: {"call_state": CallState.CONNECTING, "offer_state": OfferState.ACCEPTING},
    Work.TALKING: {"call_state": CallState.CONNECTED},
    Work.DIALING: {"call_state": CallState.RINGING},
    Work.WRAPUP: {"wrapup_until": ago(-1)},
}
IS: dict[Session, dict[str, Any]] = {
    Session.CONNECTED: {"open_until": ago(-1)},
    Session.GRACE: {"open_until": ago(0), "grace_until": ago(-1)},
    Session.LOST: {"open_until": ago(0)},
}


def free(
    agent_id: int, idle: float = 10, work: Work = Work.IDLE, session: Session = Session.CONNECTED, **facts: Any
) -> AgentState:
    known: dict[str, Any] = {"presence": Presence.AVAILABLE, "routable": Routable.OK}
    state = AgentState(id=agent_id, idle_since=ago(idle), **(known | DOES[work] | IS[session] | facts))
    assert (state.work(NOW)[0], state.session(NOW)) == (work, session)
    return state


def waits(call_id: int, waited: float = 5, patience: float | None = 120, **facts: Any) -> WaitingCall:
    late = None if patience is None else ago(waited) + timedelta(seconds=patience)
    return WaitingCall(call_id, ago(waited), late, **facts)


def decide(calls: list[WaitingCall], agents: list[AgentState]) -> list[Decision]:
    return route(RoutingSnapshot(calls, agents), NOW, AGAIN)


def test_the_longest_idle_agent_is_asked_first() -> None:
    (decision,) = decide([waits(1)], [free(1, idle=10), free(2, idle=40), free(3, idle=20)])
    assert decision.agent_id == 2
    assert decision.candidates == (2, 3, 1)


def test_the_lower_id_decides_between_equals() -> None:
    (decision,) = decide([waits(1)], [free(3), free(2)])
    assert decision.agent_id == 2


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"presence": Presence.OFFLINE}, Excluded.NOT_AVAILABLE),
        ({"presence": Presence.NOT_READY}, Excluded.NOT_AVAILABLE),
        ({"session": Session.GRACE}, Excluded.AWAY),
        ({"session": Session.LOST}, Excluded.AWAY),
        *(({"work": work}, Excluded.WORKING) for work in Work if work is not Work.IDLE),
        ({"disabled_at": ago(1)}, Excluded.DISABLED),
        ({"may_begin": False}, Excluded.LEAVING),
        *(({"routable": why}, Excluded.NOT_ROUTABLE) for why in Routable if why is not Routable.OK),
    ],
)
def test_whoever_is_left_out_is_told_why(facts: dict[str, Any], reason: Excluded) -> None:
    (decision,) = decide([waits(1)], [free(7, **facts)])
    assert decision.agent_id is None
    assert decision.excluded == {7: reason}
    assert not decision.turn_away


def test_who_let_it_pass_is_not_asked_again_at_once() -> None:
    (decision,) = decide([waits(1, let_pass={1: ago(29.9)})], [free(1)])
    assert decision.agent_id is None
    assert decision.excluded == {1: Excluded.LET_IT_GO}


def test_who_let_it_pass_stands_behind_everybody_else() -> None:
    (decision,) = decide([waits(1, let_pass={1: ago(30)})], [free(1, idle=500), free(2, idle=1)])
    assert decision.candidates == (2, 1)


def test_two_callers_and_two_agents() -> None:
    older, newer = decide([waits(2, waited=5), waits(1, waited=9)], [free(1, idle=1), free(2, idle=8)])
    assert (older.call_id, older.agent_id) == (1, 2)
    assert (newer.call_id, newer.agent_id) == (2, 1)
    assert newer.excluded == {2: Excluded.CHOSEN_FOR_ANOTHER}


def test_callers_are_served_in_order_of_arrival() -> None:
    decisions = decide([waits(3, waited=1), waits(1, waited=2), waits(2, waited=3)], [free(1)])
    assert [(one.call_id, one.agent_id) for one in decisions] == [(2, 1), (1, None), (3, None)]


def test_a_call_that_rings_already_is_left_alone() -> None:
    assert decide([waits(1, offered=True)], [free(1)]) == []


def test_patience_that_is_over_turns_the_caller_away_and_takes_no_agent() -> None:
    late, next_one = decide([waits(1, waited=120), waits(2)], [free(1)])
    assert late.turn_away
    assert late.agent_id is None
    assert next_one.agent_id == 1


def test_a_caller_who_has_talked_already_is_never_turned_away() -> None:
    (decision,) = decide([waits(1, waited=9999, patience=None)], [])
    assert not decision.turn_away


def random_snapshot(chance: random.Random) -> RoutingSnapshot:
    agents = [
        free(
            agent_id,
            idle=chance.choice([0, 5, 5, 60]),
            presence=chance.choice([Presence.AVAILABLE] * 3 + list(Presence)),
            work=chance.choice([Work.IDLE] * 6 + list(Work)),
            routable=chance.choice([Routable.OK] * 4 + list(Routable)),
            session=chance.choice([Session.CONNECTED] * 3 + list(Session)),
        )
        for agent_id in range(1, chance.randint(1, 8))
    ]
    calls = [
        waits(
            call_id,
            waited=chance.choice([1, 1, 30, 119, 121]),
            patience=chance.choice([120, None]),
            offered=chance.random() < 0.2,
            let_pass={one.id: ago(chance.choice([1, 29, 31])) for one in agents if chance.random() < 0.3},
        )
        for call_id in range(1, chance.randint(1, 8))
    ]
    return RoutingSnapshot(calls, agents)


@pytest.mark.parametrize("seed", range(200))
def test_what_holds_for_any_snapshot(seed: int) -> None:
    chance = random.Random(seed)
    snapshot = random_snapshot(chance)
    decisions = route(snapshot, NOW, AGAIN)
    chosen = [one.agent_id for one in decisions if one.agent_id is not None]
    assert len(chosen) == len(set(chosen)), "an agent is chosen twice"
    assert [one.call_id for one in decisions] == [
        call.id for call in sorted(snapshot.calls, key=lambda call: (call.joined_at, call.id)) if not call.offered
    ]
    for one in decisions:
        assert one.agent_id not in one.excluded
        assert set(one.candidates) | set(one.excluded) == {agent.id for agent in snapshot.agents}
        assert not (one.turn_away and one.agent_id), "turned away and offered at once"
        assert one.turn_away or one.agent_id == next(iter(one.candidates), None), "a free agent and nothing happens"
    shuffled = RoutingSnapshot(
        chance.sample(list(snapshot.calls), len(snapshot.calls)),
        chance.sample(list(snapshot.agents), len(snapshot.agents)),
    )
    again = route(shuffled, NOW, AGAIN)
    assert [(one.call_id, one.agent_id, one.turn_away, one.candidates) for one in again] == [
        (one.call_id, one.agent_id, one.turn_away, one.candidates) for one in decisions
    ]
