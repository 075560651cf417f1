"""Events for programs: what an agent may know, in order, each with an id.

``status_update``, ``incoming_call``, ``call_ended`` and ``room_update`` are read once for all who listen, however
many they are. A listener keeps a position; one that is slow reads more at once and delays nobody.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from callcenter.core.agent_state_cache import Board, BoardNow
from callcenter.core.domain.agents import Actor, AgentStatus
from callcenter.core.domain.calls import CallDirection, CallEventKind, CallState, call_status
from callcenter.core.domain.events import CallEvent, CallOffered, CallStarted
from callcenter.core.phone_numbers import display
from callcenter.core.store import call_events
from callcenter.core.store.call_events import LogEntry
from callcenter.core.unit_of_work import Committed, UnitOfWorkFactory
from callcenter.platform.pubsub.change_bus import CALLS

KEPT = 5000
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

    @cached_property
    def text(self) -> str:
        """As it is sent; made once for all who are told."""
        told = {"type": self.type, "id": self.id, "at": self.at, **self.data}
        return json.dumps(told, ensure_ascii=False)


@dataclass(frozen=True)
class _Entry:
    order: int
    event: FeedEvent
    concerns: frozenset[int] | None = None
    """The agents who may know; None: everybody."""
    rings_at: int | None = None
    ringing: FeedEvent | None = None
    """The same, as that agent is told."""

    def seen_by(self, actor: Actor) -> FeedEvent | None:
        if self.concerns is not None and not actor.supervises and actor.id not in self.concerns:
            return None
        if self.rings_at == actor.id:
            return self.ringing
        return self.event


class Feed:
    def __init__(self, units: UnitOfWorkFactory, board: BoardNow) -> None:
        self._units = units
        self._board = board
        self._entries: deque[_Entry] = deque(maxlen=KEPT)
        self._order = 0
        self._statuses: dict[int, AgentStatus] = {}
        self._status_number = 0
        self.statuses_told = 0
        """How many status updates there have been: unchanged means that nothing concerns everybody."""
        self._last_logged = -1
        self._told: set[int] = set()
        self._seen = -1
        self._seen_board = -1
        self._seen_at = 0.0
        self._reading = asyncio.Lock()

    def take(self, done: Committed) -> None:
        """Calls that this process has just begun and is about to publish. Only when nothing else is to be read or being
        read: then they are read with the rest, in their order."""
        if not done.numbers:
            return
        if self._last_logged < 0 or self._reading.locked() or self._units.hub.published(CALLS) != self._seen:
            return
        entries = _entries(done)
        self._tell(entries)
        self._remember(entries)
        self._seen += 1

    async def position(self) -> int:
        """Where a new listener begins. Take it before the snapshot that is sent first."""
        await self._refresh()
        return self._order

    async def since(self, actor: Actor, position: int, *, statuses: bool = True) -> tuple[list[FeedEvent] | None, int]:
        """What happened after ``position`` that concerns this agent (a supervisor: everybody), and the new position.

        Without ``statuses`` what happened to calls comes sooner, and everybody's status with the next look.
        None instead of events when the listener is too far behind and needs a new snapshot.
        """
        await self._refresh(statuses=statuses)
        return self.known_since(actor, position)

    def known_since(self, actor: Actor, position: int) -> tuple[list[FeedEvent] | None, int]:
        """The same of what has been read so far."""
        first = self._entries[0].order if self._entries else self._order + 1
        if position < first - 1:
            return None, self._order
        seen = (entry.seen_by(actor) for entry in self._after(position))
        return [event for event in seen if event is not None], self._order

    def _after(self, position: int) -> list[_Entry]:
        """From the newest back: a listener is seldom far behind."""
        fresh = []
        for entry in reversed(self._entries):
            if entry.order <= position:
                break
            fresh.append(entry)
        return fresh[::-1]

    async def _refresh(self, *, statuses: bool = True) -> None:
        """Read once what is new for everybody; nothing when nothing has been published since."""
        async with self._reading:
            logged = self._units.hub.published(CALLS)
            if logged != self._seen or (statuses and time.monotonic() - self._seen_at >= STALE_SECONDS):
                await self._read_log()
                self._seen, self._seen_at = logged, time.monotonic()
        if statuses:
            self._add_statuses(await self._board.read())

    async def _read_log(self) -> None:
        """In one statement, unless this is the first time or others have been read for far too long."""
        if self._last_logged >= 0:
            logged = await self._logged(*self._unread())
            if len(logged) <= KEPT:
                self._tell(logged)
                return
        async with self._units.reading(once=True) as (session, _):
            self._last_logged = await call_events.last_event_id(session)
        self._order += 1
        self._entries.clear()
        self._told.clear()
        await self._logged(self._last_logged - OUT_OF_ORDER, ())

    def _tell(self, logged: Sequence[LogEntry]) -> None:
        for entry in logged:
            concerned = frozenset(agent_id for agent_id in (entry.agent_id, entry.call_agent_id) if agent_id)
            rings_at = entry.agent_id if entry.kind is CallEventKind.OFFERED else None
            self._append(_call_event(entry), concerned, rings_at)

    def _unread(self) -> tuple[int, Collection[int]]:
        """After which entry to read, and what of that is known: from the first one that was not there in its order."""
        window = range(max(0, self._last_logged - OUT_OF_ORDER) + 1, self._last_logged + 1)
        missing = next((number for number in window if number not in self._told), self._last_logged + 1)
        return missing - 1, sorted(told for told in self._told if told >= missing)

    async def _logged(self, after: int, but: Collection[int]) -> Sequence[LogEntry]:
        async with self._units.reading(once=True) as (session, _):
            logged = await call_events.after(session, after, but, KEPT + 1)
        self._remember(logged)
        return logged

    def _remember(self, logged: Sequence[LogEntry]) -> None:
        self._told |= {entry.id for entry in logged}
        self._last_logged = max(self._last_logged, *self._told, 0)
        self._told = {told for told in self._told if told > self._last_logged - 2 * OUT_OF_ORDER}

    def _add_statuses(self, board: Board) -> None:
        """Of those whose facts are others than at the last look."""
        if board.number <= self._seen_board or board.at is None:
            return
        changed = board.changed if board.number == self._seen_board + 1 else None
        concerned = board.facts.keys() | self._statuses if changed is None else changed
        first, self._seen_board = not self._statuses, board.number
        for agent_id in concerned:
            facts, before = board.facts.get(agent_id), self._statuses.get(agent_id)
            if facts is None and before is None:
                continue
            status = facts.status(board.at) if facts else AgentStatus.OFFLINE
            self._statuses[agent_id] = status
            if status is not before and not first:
                self._status_number = max(self._status_number + 1, int(board.at.timestamp() * 1000))
                self.statuses_told += 1
                data = {"agent_id": agent_id, "status": status.value}
                self._append(FeedEvent(f"s{self._status_number}", "status_update", board.at.isoformat(), data))

    def _append(self, event: FeedEvent, concerns: frozenset[int] | None = None, rings_at: int | None = None) -> None:
        self._order += 1
        rings = replace(event, type="incoming_call") if rings_at else None
        self._entries.append(_Entry(self._order, event, concerns, rings_at, rings))


def _entries(done: Committed) -> list[LogEntry]:
    """The entries of a transaction that did nothing to calls but begin them."""
    events = [one.event for one in done.calls]
    begun = {event.call_id: event for event in events if isinstance(event, CallStarted)}
    offered = {event.call_id for event in events if isinstance(event, CallOffered)}
    return [_entry(event, begun[event.call_id], event.call_id in offered, done) for event in events]


def _entry(event: CallEvent, begun: CallStarted, offered: bool, done: Committed) -> LogEntry:
    """An entry of a call that has just begun, as it would be read."""
    call, waiting = begun.call, CallState.OFFERED if offered else CallState.QUEUED
    return LogEntry(
        id=done.numbers[event.call_id, event.kind],
        at=done.at,
        kind=event.kind,
        agent_id=event.agent_id,
        detail=event.detail(),
        call_id=event.call_id,
        call_agent_id=begun.agent_id,
        caller_id=call.caller_id,
        direction=call.direction,
        start_time=call.start_time,
        state=waiting if call.direction is CallDirection.INBOUND else CallState.DIALING,
        room_name=call.room_name,
        duration=0,
        end_reason=None,
        ended_by=None,
    )


def _call_event(entry: LogEntry) -> FeedEvent:
    data = {
        "event": entry.kind.value,
        "call_id": entry.call_id,
        "agent_id": entry.call_agent_id,
        "caller_id": entry.caller_id,
        "caller_display": display(entry.caller_id),
        "direction": entry.direction.value,
        "start_time": entry.start_time.isoformat(),
        "status": call_status(entry.state).value,
        "state": entry.state.value,
        "livekit_room_name": entry.room_name,
    }
    if entry.kind is not CallEventKind.ENDED:
        return FeedEvent(f"c{entry.id}", "room_update", entry.at.isoformat(), data)
    data |= {"duration": entry.duration, "reason": entry.end_reason, "ended_by": entry.ended_by}
    data |= {"sip_code": entry.detail.get("sip_code"), "sip_phrase": entry.detail.get("sip_phrase")}
    return FeedEvent(f"c{entry.id}", "call_ended", entry.at.isoformat(), data)
