"""News of dialled phones are lost, doubled and shuffled among those of LiveKit, and two processes take them."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

from callcenter.bootstrap import Services, build
from callcenter.core.domain.agents import Actor
from callcenter.core.domain.errors import CallOver
from callcenter.core.ports.media_server import LegStatus
from callcenter.core.ports.telephony_provider import PhoneEvent, PhoneState
from callcenter.core.tables import Call
from callcenter.platform.errors import MediaError, Refusal
from callcenter.settings import Settings
from tests.builders import Centre
from tests.consistency import assert_consistent
from tests.fakes import Clock, FakeMedia, FakeTelephony

SEEDS = range(6)
STEPS = 60
CODES = (0, 404, 408, 480, 486, 487, 503, 603)
FINAL = ("ended_at", "state", "ended_by", "end_reason", "duration")


@pytest.fixture
async def other(
    settings: Settings, services: Services, media: FakeMedia, telephony: FakeTelephony, clock: Clock
) -> AsyncIterator[Services]:
    """A second process beside the first: the same database, the same LiveKit."""
    built = build(settings, media, telephony, clock)
    yield built
    await built.stop()


class Storm:
    """Everything that can happen around dialled phones, by chance."""

    def __init__(self, centre: Centre, processes: tuple[Services, ...], agents: list[Actor], seed: int) -> None:
        self._centre = centre
        self._processes = processes
        self._agents = agents
        self._chance = random.Random(seed)
        self._ends: dict[int, tuple[object, ...]] = {}
        self.calls: dict[int, Actor] = {}

    async def step(self) -> None:
        what: list[Callable[[], Awaitable[None]]] = [
            self._dial, self._news, self._news, self._news, self._phone, self._phone, self._agent,
            self._hang_up, self._deliver, self._deliver, self._time, self._outage, self._at_once,
        ]  # fmt: skip
        await self._chance.choice(what)()
        await self.check()

    async def check(self) -> None:
        await assert_consistent(self._centre.services)
        for call_id in self.calls:
            call = await self._centre.call(call_id)
            if call.ended_at is not None:
                end = tuple(getattr(call, name) for name in FINAL)
                assert self._ends.setdefault(call_id, end) == end, "an end was overwritten"

    async def settle(self) -> None:
        """Everybody has gone; all that is known comes out, and time passes."""
        self._centre.media.down = False
        for room in list(self._centre.media.world.values()):
            for one in list(room.people):
                self._centre.media.leaves(room.name, one, silently=self._chance.random() < 0.5)
        for _ in range(25):
            self._centre.clock.advance(4)
            await self._process().sweeper.run()
            await self._deliver()
            await self._reconcile()
        await self.check()

    def _process(self) -> Services:
        return self._chance.choice(self._processes)

    async def _any_call(self) -> Call | None:
        return await self._centre.call(self._chance.choice(list(self.calls))) if self.calls else None

    async def _dial(self) -> None:
        actor = self._chance.choice(self._agents)
        try:
            grant = await self._process().calls.dial(actor, "030 1234567")
        except Refusal:
            return
        self.calls[grant.call_id] = actor

    async def _news(self) -> None:
        call = await self._any_call()
        if call is None:
            return
        code = self._chance.choice(CODES)
        event = PhoneEvent(call.livekit_room_name, self._chance.choice(list(PhoneState)), None, code, "Said")
        await self._process().phones.reported(event)

    async def _at_once(self) -> None:
        """Both processes hear of one phone in the same moment, and its agent hangs up."""
        call = await self._any_call()
        if call is None:
            return
        told = [PhoneEvent(call.livekit_room_name, state) for state in PhoneState]
        hearing = [process.phones.reported(event) for process in self._processes for event in told]
        hanging_up = self._process().calls.hang_up(self.calls[call.id or 0], call.id or 0)
        everything: list[Awaitable[None]] = [*hearing, hanging_up, *(one.sweeper.run() for one in self._processes)]
        self._chance.shuffle(everything)
        failures = [one for one in await asyncio.gather(*everything, return_exceptions=True) if one is not None]
        assert all(isinstance(one, CallOver) for one in failures), failures

    async def _phone(self) -> None:
        """A dialled phone's leg comes, changes or goes."""
        media = self._centre.media
        orders = [phone.order for phone in self._centre.telephony.phones]
        if not orders:
            return
        order = self._chance.choice(orders)
        room = media.world.get(order.room_name)
        if room is None or order.identity not in room.people:
            media.callee_joins(order, self._chance.choice([LegStatus.DIALING, LegStatus.RINGING, LegStatus.ACTIVE]))
        elif self._chance.random() < 0.5:
            media.sip_status(
                order.room_name, order.identity, self._chance.choice([LegStatus.RINGING, LegStatus.ACTIVE])
            )
        else:
            media.leaves(order.room_name, order.identity, silently=self._chance.random() < 0.3)

    async def _agent(self) -> None:
        call = await self._any_call()
        if call is None:
            return
        media, actor = self._centre.media, self.calls[call.id or 0]
        who = await self._centre.name(actor, call.livekit_room_name)
        room = media.world.get(call.livekit_room_name)
        if room is not None and who in room.people:
            media.leaves(room.name, who, silently=self._chance.random() < 0.3)
        else:
            media.agent_joins(call.livekit_room_name, who, may_talk=True)
            media.publishes(call.livekit_room_name, who)

    async def _hang_up(self) -> None:
        call = await self._any_call()
        if call is None or self._chance.random() < 0.5:
            return
        with suppress(CallOver):
            await self._process().calls.hang_up(self.calls[call.id or 0], call.id or 0)

    async def _deliver(self) -> None:
        media = self._centre.media
        waiting, media.outbox = media.outbox, []
        self._chance.shuffle(waiting)
        for one in waiting:
            fate = self._chance.random()
            if fate < 0.2:
                continue
            await self._process().intake.webhook(*media.seal(one))
            if fate > 0.8:
                media.outbox.append(one)

    async def _time(self) -> None:
        self._centre.clock.advance(self._chance.choice([0.3, 2, 6, 15]))
        await self._process().sweeper.run()
        await self._reconcile()

    async def _reconcile(self) -> None:
        for process in self._processes:
            try:
                await process.reconciler.run()
            except MediaError:
                assert self._centre.media.down

    async def _outage(self) -> None:
        if self._chance.random() < 0.4:
            self._centre.media.down = not self._centre.media.down


@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_comes_in_whatever_order_the_record_holds(
    centre: Centre, other: Services, telephony: FakeTelephony, seed: int
) -> None:
    telephony.leg_from_start = seed % 2 == 0
    agents = [await centre.agent(name) for name in ("Anna", "Ben")]
    storm = Storm(centre, (centre.services, other), agents, seed)
    for _ in range(STEPS):
        await storm.step()
    await storm.settle()
    assert storm.calls
    for call_id in storm.calls:
        assert (await centre.call(call_id)).ended_at is not None, f"call {call_id} goes on without anybody"
    for actor in agents:
        assert (await centre.desk(actor)).work == "idle"
    assert not centre.media.world, "somebody is left in a room"
