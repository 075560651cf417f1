"""Who is offered which call: a pure function of a snapshot and the time.

Longest idle first among the available; a caller is offered in order of arrival. The same function
can be replayed on a virtual clock, and its answer says of every agent who was left out why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.core.domain.agent_state import AgentState, Excluded


@dataclass(frozen=True)
class WaitingCall:
    id: int
    joined_at: datetime
    turn_away_at: datetime | None
    """None for a caller who has been talking already: such a call is never turned away."""
    offered: bool = False
    """An offer of it is live: nothing to decide until that is settled."""
    let_pass: Mapping[int, datetime] = field(default_factory=dict)
    """Agents who declined or missed it, and when."""


@dataclass(frozen=True)
class RoutingSnapshot:
    calls: Sequence[WaitingCall]
    agents: Sequence[AgentState]


@dataclass(frozen=True)
class Decision:
    """What happens to one waiting call now."""

    call_id: int
    agent_id: int | None
    turn_away: bool
    candidates: tuple[int, ...]
    """Everyone who could have had it, best first."""
    excluded: Mapping[int, Excluded]


def route(snapshot: RoutingSnapshot, now: datetime, reoffer_after: timedelta) -> list[Decision]:
    """Decide for every waiting call without a live offer, oldest first.

    ``reoffer_after``: an agent who let a call pass is a candidate for it again after this long,
    and stands behind everyone who has not been asked yet.
    """
    decisions: list[Decision] = []
    chosen: set[int] = set()
    for call in sorted(snapshot.calls, key=lambda call: (call.joined_at, call.id)):
        if call.offered:
            continue
        excluded: dict[int, Excluded] = {}
        candidates: list[AgentState] = []
        for agent in snapshot.agents:
            reason = _why_not(agent, call, chosen, now, reoffer_after)
            if reason:
                excluded[agent.id] = reason
            else:
                candidates.append(agent)
        candidates.sort(key=lambda agent: (agent.id in call.let_pass, agent.idle_since, agent.id))
        late = call.turn_away_at is not None and call.turn_away_at <= now
        agent_id = candidates[0].id if candidates and not late else None
        if agent_id is not None:
            chosen.add(agent_id)
        decisions.append(Decision(call.id, agent_id, late, tuple(agent.id for agent in candidates), excluded))
    return decisions


def _why_not(
    agent: AgentState, call: WaitingCall, chosen: set[int], now: datetime, reoffer_after: timedelta
) -> Excluded | None:
    reason = agent.excluded(now)
    if reason is not None:
        return reason
    passed_at = call.let_pass.get(agent.id)
    if passed_at is not None and passed_at + reoffer_after > now:
        return Excluded.LET_IT_GO
    if agent.id in chosen:
        return Excluded.CHOSEN_FOR_ANOTHER
    return None
