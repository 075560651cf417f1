"""Several processes on one database, all doing something at once: whoever wins, the record contradicts itself never."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from callcenter.bootstrap import Services, build
from callcenter.core.domain.agents import Actor, Presence
from callcenter.core.domain.calls import CallState
from callcenter.core.store import calls
from callcenter.platform.errors import Refusal
from tests.builders import LONG_LEASE, Centre, name_in
from tests.consistency import assert_consistent
from tests.support import fuzz

PROCESSES = 3
AGENTS = 6
ROOMS = 8
AT_ONCE = 12
ROUNDS = 6


@pytest.fixture
async def processes(centre: Centre) -> AsyncIterator[list[Services]]:
    """The services of this process and of others; they share the database, the rooms and the time, and nothing else."""
    known = centre.services
    others = [build(known.settings, known.media, known.telephony, known.clock) for _ in range(PROCESSES - 1)]
    yield [known, *others]
    for one in others:
        await one.stop()


class Bustle:
    """Whatever somebody may do, chosen by lot."""

    def __init__(self, centre: Centre, processes: list[Services], people: list[Actor], lot: random.Random) -> None:
        self._centre = centre
        self._media = centre.media
        self._processes = processes
        self._people = people
        self._lot = lot
        self._desks: list[str] = []

    def something(self) -> Awaitable[Any]:
        known, actor, call_id = (
            self._lot.choice(self._processes),
            self._lot.choice(self._people),
            self._lot.randint(1, 12),
        )
        acts: list[Callable[[], Awaitable[Any]]] = [
            lambda: known.calls.answer(actor, call_id),
            lambda: self._react(known, actor, "answer"),
            lambda: self._react(known, actor, "answer"),
            lambda: self._react(known, actor, "decline"),
            lambda: self._hang_up(known, actor),
            lambda: known.calls.dial(actor, "030 1234567"),
            lambda: known.presence.set(actor, self._lot.choice(list(Presence))),
            lambda: known.presence.set(actor, Presence.AVAILABLE),
            lambda: known.presence.set_next(actor, self._lot.choice([None, *Presence])),
            lambda: known.presence.finish_wrap_up(actor),
            lambda: known.presence.report_device_error(actor),
            lambda: self._connect(known, actor),
            lambda: self._disconnect(known),
            lambda: self._speak(known, actor),
            lambda: self._caller(known),
            lambda: self._caller(known),
            lambda: self._leave(known),
            lambda: known.sweeper.run(),
            lambda: known.reconciler.run(),
        ]
        return self._lot.choice(acts)()

    async def _react(self, known: Services, actor: Actor, what: str) -> None:
        call_id = (await known.desk.view(actor)).offer.call_id
        await getattr(known.calls, what)(actor, call_id)

    async def _hang_up(self, known: Services, actor: Actor) -> None:
        await known.calls.hang_up(actor, (await known.desk.view(actor)).call.id)

    async def _connect(self, known: Services, actor: Actor) -> None:
        self._desks.append(await known.presence.connect(actor, "desk", LONG_LEASE))

    async def _disconnect(self, known: Services) -> None:
        if self._desks:
            await known.presence.disconnect(self._desks.pop())

    async def _speak(self, known: Services, actor: Actor) -> None:
        call_id = (await known.desk.view(actor)).call.id
        room = (await self._centre.call(call_id)).livekit_room_name if call_id else ""
        if room in self._media.world:
            name = await name_in(known, room, actor)
            if name not in self._media.world[room].people:
                self._media.agent_joins(room, name, may_talk=True)
            self._media.publishes(room, name)
        await self._news(known)

    async def _caller(self, known: Services) -> None:
        room = f"call_{self._lot.randrange(ROOMS)}_{len(self._centre.delivered) // 40}"
        if room not in self._media.world:
            self._media.caller_joins(room, "+4930123")
        await self._news(known)

    async def _leave(self, known: Services) -> None:
        if self._media.world:
            room = self._media.world[self._lot.choice(sorted(self._media.world))]
            if room.people:
                self._media.leaves(room.name, self._lot.choice(sorted(room.people)))
        await self._news(known)

    async def _news(self, known: Services) -> None:
        """All that is new, at once and now and then twice, to any of the processes."""
        news, self._media.outbox = self._media.outbox, []
        self._centre.delivered += news
        again = [one for one in news if self._lot.random() < 0.3]
        await asyncio.gather(
            *(self._lot.choice(self._processes).intake.webhook(*self._media.seal(one)) for one in news + again)
        )


@pytest.mark.parametrize("seed", range(2))
async def test_processes_that_do_everything_at_once(centre: Centre, processes: list[Services], seed: int) -> None:
    people = [await centre.agent(f"Agent {number}") for number in range(AGENTS)]
    bustle = Bustle(centre, processes, people, random.Random(seed if not fuzz.TIMES else None))
    for _ in range(ROUNDS * max(1, fuzz.TIMES)):
        results = await asyncio.gather(*(bustle.something() for _ in range(AT_ONCE)), return_exceptions=True)
        wrong = [one for one in results if isinstance(one, BaseException) and not isinstance(one, Refusal)]
        assert not wrong, wrong
        await assert_consistent(centre.services)
        centre.clock.advance(4)
    await _comes_to_rest(centre, processes)


async def _comes_to_rest(centre: Centre, processes: list[Services]) -> None:
    """Nobody does anything more: every process looks at the same things at the same time, and all that is left ends."""
    for _ in range(16):
        await centre.deliver()
        await asyncio.gather(*(one.reconciler.run() for one in processes), *(one.sweeper.run() for one in processes))
        centre.clock.advance(12)
    await assert_consistent(centre.services)
    async with centre.services.units.reading() as (session, _):
        left = {call.livekit_room_name: call.state for call in await calls.open_calls(session)}
    assert set(left) == set(centre.media.world), "rooms and open calls differ"
    assert set(left.values()) <= {CallState.QUEUED, CallState.OFFERED, CallState.CONNECTED}
