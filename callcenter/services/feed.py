"""Events for programs: what an agent may know, in order, each with an id.

``status_update``, ``incoming_call``, ``call_ended`` and ``room_update`` are made from the two append-only logs,
so a program that was away can be told where things stand and then goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from callcenter.domain.agents import Actor
from callcenter.domain.calls import CallEventKind
from callcenter.services.desk import iso
from callcenter.services.numbers import display
from callcenter.services.unit import Units
from callcenter.storage import agents, board, calls
from callcenter.storage.models import Call, CallEvent


@dataclass(frozen=True)
class FeedEvent:
    id: str
    type: str
    at: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Position:
    """How far a program has been told."""

    call_event: int
    statuses: dict[int, str]


class Feed:
    def __init__(self, units: Units) -> None:
        self._units = units

    async def position(self, actor: Actor) -> Position:
        """Where a new listener begins. Take it before the snapshot that is sent first."""
        async with self._units.reading() as (session, now):
            everyone = await board.everyone(session, now)
            return Position(
                await calls.last_event_id(session), {one.agent.id or 0: one.status.value for one in everyone}
            )

    async def since(self, actor: Actor, position: Position) -> tuple[list[FeedEvent], Position]:
        """What happened after ``position`` that concerns this agent (a supervisor: everybody)."""
        async with self._units.reading() as (session, now):
            scope = None if actor.supervises else actor.id
            logged = await calls.events_after(session, position.call_event, scope)
            found = {event.call_id: await calls.by_id(session, event.call_id) for event in logged}
            everyone = await board.everyone(session, now)
            last_agent_event = await agents.last_event_id(session)
        statuses = {one.agent.id or 0: one.status.value for one in everyone}
        events = [
            FeedEvent(
                id=f"a{last_agent_event}.{agent_id}.{position.call_event}",
                type="status_update",
                at=iso(now),
                data={"agent_id": agent_id, "status": status},
            )
            for agent_id, status in statuses.items()
            if position.statuses.get(agent_id) != status
        ]
        events += _call_events(logged, found, actor)
        last = logged[-1].id if logged else None
        return events, Position(last or position.call_event, statuses)


def _call_events(logged: Sequence[CallEvent], found: dict[int, Call | None], actor: Actor) -> list[FeedEvent]:
    events: list[FeedEvent] = []
    for entry in logged:
        call = found.get(entry.call_id)
        if call is None:
            continue
        data = {
            "call_id": call.id,
            "direction": call.direction.value,
            "caller_id": call.caller_id,
            "caller_display": display(call.caller_id),
            "room_name": call.livekit_room_name,
            "state": call.state.value,
        }
        kind = "room_update"
        if entry.kind is CallEventKind.OFFERED and entry.agent_id == actor.id:
            kind = "incoming_call"
        elif entry.kind is CallEventKind.ENDED:
            kind = "call_ended"
            data |= {"duration": call.duration, **entry.detail}
        events.append(FeedEvent(f"c{entry.id}", kind, iso(entry.at), data | {"event": entry.kind.value}))
    return events
