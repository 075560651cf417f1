"""Events for programs: what an agent may know, in order, each with an id.

``status_update``, ``incoming_call``, ``call_ended`` and ``room_update`` are read once for all who listen, however
many they are. A listener keeps a position; one that is slow reads more at once and delays nobody.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callcenter.domain.agents import Actor, AgentStatus
from callcenter.domain.calls import CallEventKind, call_status
from callcenter.services.desk import iso
from callcenter.services.hub import BOARD, CALLS
from callcenter.services.numbers import display
from callcenter.services.unit import Units
from callcenter.storage import board, calls
from callcenter.storage.models import Call, CallEvent

KEPT = 2000
"""Events held for listeners; one that is further behind begins anew with a snapshot."""
OUT_OF_ORDER = 64
"""Entries of the log may become visible later than ones with a higher id: look so far back."""
STALE_SECONDS = 1.0
"""Other processes write to the database too, and wake nobody here."""


@dataclass(frozen=True)
class FeedEvent:
    id: str
    type: str
    at: str
    data: dict[str, Any]


@dataclass(frozen=True)
class _Entry:
    order: int
    event: FeedEvent
    concerns: frozenset[int] | None = None
    """The agents who may know; None: everybody."""
    rings_at: int | None = None

    def seen_by(self, actor: Actor) -> FeedEvent | None:
        if self.concerns is not None and not actor.supervises and actor.id not in self.concerns:
            return None
        if self.rings_at == actor.id:
            return FeedEvent(self.event.id, "incoming_call", self.event.at, self.event.data)
        return self.event


class Feed:
    def __init__(self, units: Units) -> None:
        self._units = units
        self._entries: deque[_Entry] = deque(maxlen=KEPT)
        self._order = 0
        self._statuses: dict[int, AgentStatus] = {}
        self._status_number = 0
        self._last_logged = -1
        self._told: set[int] = set()
        self._seen_version = -1
        self._seen_at = 0.0
        self._reading = asyncio.Lock()

    async def position(self) -> int:
        """Where a new listener begins. Take it before the snapshot that is sent first."""
        await self._refresh()
        return self._order

    async def since(self, actor: Actor, position: int) -> tuple[list[FeedEvent] | None, int]:
        """What happened after ``position`` that concerns this agent (a supervisor: everybody), and the new position.

        None instead of events when the listener is too far behind and needs a new snapshot.
        """
        await self._refresh()
        first = self._entries[0].order if self._entries else self._order + 1
        if position < first - 1:
            return None, self._order
        seen = (entry.seen_by(actor) for entry in self._entries if entry.order > position)
        return [event for event in seen if event is not None], self._order

    async def _refresh(self) -> None:
        """Read once what is new for everybody; nothing when nothing has been published since."""
        async with self._reading:
            version = self._units.hub.published(BOARD) + self._units.hub.published(CALLS)
            if version == self._seen_version and time.monotonic() - self._seen_at < STALE_SECONDS:
                return
            async with self._units.reading() as (session, now):
                newest = await calls.last_event_id(session)
                begins = self._last_logged < 0 or newest - self._last_logged > KEPT
                after = (newest if begins else self._last_logged) - OUT_OF_ORDER
                logged = await calls.log_after(session, after)
                everyone = await board.everyone(session, now)
            if begins:
                self._order += 1
                self._entries.clear()
            self._add_calls(logged, newest, silently=begins)
            self._add_statuses({one.agent.id or 0: one.status for one in everyone}, now)
            self._seen_version, self._seen_at = version, time.monotonic()

    def _add_calls(self, logged: Sequence[tuple[CallEvent, Call]], newest: int, *, silently: bool) -> None:
        fresh = [] if silently else [(entry, call) for entry, call in logged if entry.id not in self._told]
        self._last_logged = max([newest, *(entry.id or 0 for entry, _ in logged)])
        self._told = {entry.id or 0 for entry, _ in logged}
        for entry, call in fresh:
            concerned = frozenset(agent_id for agent_id in (entry.agent_id, call.agent_id) if agent_id)
            rings_at = entry.agent_id if entry.kind is CallEventKind.OFFERED else None
            self._append(_call_event(entry, call), concerned, rings_at)

    def _add_statuses(self, statuses: dict[int, AgentStatus], now: datetime) -> None:
        if self._statuses:
            gone = dict.fromkeys(self._statuses.keys() - statuses.keys(), AgentStatus.OFFLINE)
            for agent_id, status in (statuses | gone).items():
                if self._statuses.get(agent_id) is not status:
                    self._status_number = max(self._status_number + 1, int(now.timestamp() * 1000))
                    data = {"agent_id": agent_id, "status": status.value}
                    self._append(FeedEvent(f"s{self._status_number}", "status_update", iso(now), data))
            statuses = statuses | gone
        self._statuses = statuses

    def _append(self, event: FeedEvent, concerns: frozenset[int] | None = None, rings_at: int | None = None) -> None:
        self._order += 1
        self._entries.append(_Entry(self._order, event, concerns, rings_at))


def _call_event(entry: CallEvent, call: Call) -> FeedEvent:
    data = {
        "event": entry.kind.value,
        "call_id": call.id,
        "agent_id": call.agent_id,
        "caller_id": call.caller_id,
        "caller_display": display(call.caller_id),
        "direction": call.direction.value,
        "start_time": iso(call.start_time),
        "status": call_status(call.state).value,
        "state": call.state.value,
        "livekit_room_name": call.livekit_room_name,
    }
    if entry.kind is not CallEventKind.ENDED:
        return FeedEvent(f"c{entry.id}", "room_update", iso(entry.at), data)
    data |= {"duration": call.duration, "reason": call.end_reason, "ended_by": call.ended_by}
    data |= {"sip_code": entry.detail.get("sip_code"), "sip_phrase": entry.detail.get("sip_phrase")}
    return FeedEvent(f"c{entry.id}", "call_ended", iso(entry.at), data)
