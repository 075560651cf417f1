"""Everybody's state and the waiting callers, as this process knows them: a copy of the database for all who look.

It is read anew when a topic says that something changed, once for all listeners, and then only what is named: these
agents, or the queue. What time alone changes (a lease or a wrap-up that runs out) is seen without being told. Others
may write without waking anybody here (the command line does), so all of it is read again every few seconds.

For showing only: whoever decides (routing) reads what it needs in its own transaction.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic

from callcenter.core.domain.agent_state import AgentState, Queue
from callcenter.core.store import agent_facts
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.platform.pubsub.change_bus import BOARD, EVERYTHING, QUEUE, account_topic, agent_topic

ALL_SECONDS = 5.0
"""All is read again when what is known is older, and somebody looks."""
SHOWN = 20
"""Waiting callers a desk lists."""
AGENT = "agent:"


@dataclass(frozen=True)
class Board:
    """One moment. Never changed: who holds one may compare it with the next."""

    number: int = 0
    at: datetime | None = None
    facts: Mapping[int, AgentState] = field(default_factory=dict)
    """By agent, in the order in which they are listed; without disabled accounts."""
    queue: Queue = field(default_factory=Queue)
    changed: frozenset[int] | None = None
    """The agents who may stand otherwise than in the board before this one; None: anybody."""

    def may_have_changed(self, agent_id: int) -> bool:
        return self.changed is None or agent_id in self.changed


class BoardNow:
    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units
        self._changes = units.hub.everything()
        self._turn = asyncio.Lock()
        self._board = Board()
        self._agents: set[int] = set()
        self._queue_changed = False
        self._all_read_at = float("-inf")
        self._next_turn: datetime | None = None

    async def read(self) -> Board:
        """How things are: no older than the last change that was published here before this was called.

        A reading that is under way may have taken up that change, and is waited for.
        """
        if not (self._due() or self._turn.locked()):
            return self._board
        async with self._turn:
            if self._due():
                await self._read()
            return self._board

    def _due(self) -> bool:
        for topic in self._changes.take():
            if topic == EVERYTHING:
                self._all_read_at = float("-inf")
            elif topic == QUEUE:
                self._queue_changed = True
            elif topic.startswith(AGENT):
                self._agents.add(int(topic.removeprefix(AGENT)))
        return bool(self._agents) or self._queue_changed or self._is_old() or self._turned()

    def _is_old(self) -> bool:
        return monotonic() - self._all_read_at >= ALL_SECONDS

    def _turned(self) -> bool:
        return self._next_turn is not None and self._next_turn <= self._units.clock()

    async def _read(self) -> None:
        everybody, began = self._is_old(), monotonic()
        agents, self._agents = self._agents, set()
        queue_changed, self._queue_changed = self._queue_changed or everybody, False
        try:
            agents |= self._run_out(self._units.clock())
            once = not everybody and not (agents and queue_changed)
            async with self._units.reading(once=once) as (session, now):
                if everybody:
                    facts = await agent_facts.facts(session, now)
                else:
                    facts = dict(self._board.facts)
                    found = await agent_facts.facts(session, now, agents) if agents else {}
                    facts = {**facts, **found}
                    for gone in agents - found.keys():
                        facts.pop(gone, None)
                queue = await agent_facts.queue(session, SHOWN) if queue_changed else self._board.queue
        except BaseException:
            self._agents |= agents
            self._queue_changed |= queue_changed
            raise
        before = self._board
        self._show(facts, queue, now, None if everybody else frozenset(agents))
        if everybody:
            self._all_read_at = began
            if before.number:
                self._wake_unheard(before, agents, now)

    def _wake_unheard(self, before: Board, told: set[int], now: datetime) -> None:
        """What was changed by somebody who told nobody: a command line, or a process that died after its commit."""
        facts = self._board.facts
        unheard = [
            agent_id
            for agent_id in facts.keys() | before.facts.keys()
            if agent_id not in told and not _same(facts.get(agent_id), before.facts.get(agent_id), now)
        ]
        if unheard:
            self._units.hub.wake(BOARD, *map(agent_topic, unheard), *map(account_topic, unheard))
        if self._board.queue != before.queue:
            self._units.hub.wake(QUEUE)

    def _run_out(self, now: datetime) -> set[int]:
        """Whose lease may have been renewed since it was read here."""
        if not self._turned():
            return set()
        return {one.id for one in self._board.facts.values() if (turn := _turn(one, self._board.at)) and turn <= now}

    def _show(
        self, facts: Mapping[int, AgentState], queue: Queue, now: datetime, changed: frozenset[int] | None
    ) -> None:
        if changed is None or self._turned() or not self._same_places(facts, changed):
            listed = sorted((one for one in facts.values() if one.disabled_at is None), key=_by_name)
            facts = {one.id: one for one in listed}
            turns = [one.next_turn(now) for one in listed]
        else:
            turns = [self._next_turn, *(facts[agent_id].next_turn(now) for agent_id in changed)]
        self._next_turn = min((turn for turn in turns if turn is not None), default=None)
        self._board = Board(self._board.number + 1, now, facts, queue, changed)

    def _same_places(self, facts: Mapping[int, AgentState], changed: frozenset[int]) -> bool:
        """Nobody has come, gone, or got another name."""
        before = self._board.facts
        return len(facts) == len(before) and all(
            agent_id in facts
            and agent_id in before
            and facts[agent_id].disabled_at is None
            and facts[agent_id].full_name == before[agent_id].full_name
            for agent_id in changed
        )


def _turn(one: AgentState, at: datetime | None) -> datetime | None:
    return one.next_turn(at) if at is not None else None


def _same(one: AgentState | None, other: AgentState | None, now: datetime) -> bool:
    """A lease that was renewed is no change."""
    if one is None or other is None:
        return one is other
    renewed = replace(other, open_until=one.open_until, grace_until=one.grace_until)
    return one == renewed and one.session(now) is other.session(now)


def _by_name(one: AgentState) -> tuple[str, int]:
    return one.full_name, one.id
