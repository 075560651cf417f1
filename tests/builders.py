"""Short ways to say what a test is about: agents at their desks, callers, and time that passes."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

import bcrypt

from callcenter.accounts import store as accounts_store
from callcenter.bootstrap import Services
from callcenter.core.domain.agents import Actor, Presence, Role
from callcenter.core.ports.media_server import Notification
from callcenter.core.store import call_events, calls, room_rights
from callcenter.core.tables import Agent, Call
from callcenter.workspace.views import DeskView, OfferView
from tests.fakes import Clock, FakeMedia, FakeTelephony

PASSWORD = "correct horse battery"
"""The password of every agent these builders make."""
FEWEST_ROUNDS = 4
"""That bcrypt allows: these accounts protect nothing."""
LONG_LEASE = 7 * 24 * 3600.0


@lru_cache(maxsize=1)
def _hashed() -> str:
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(FEWEST_ROUNDS)).decode()


async def add_agent(
    services: Services, name: str, role: Role = Role.AGENT, *, available: bool = True, connected: bool = True
) -> Actor:
    """An account, and if wanted an open desk and the presence Available."""
    username = name.lower().replace(" ", ".")
    async with services.units.begin() as unit:
        agent = await accounts_store.add(
            unit.session,
            Agent(
                username=username,
                hashed_password=_hashed(),
                full_name=name,
                role=role,
                livekit_identity=f"agent_{username}",
                presence_since=unit.now,
                routable_since=unit.now,
                idle_since=unit.now,
                created_at=unit.now,
            ),
        )
    actor = Actor(agent.id or 0, username, name, role, "")
    if connected:
        await services.presence.connect(actor, "desk", LONG_LEASE)
    if available:
        await services.presence.set(actor, Presence.AVAILABLE)
    return actor


def identity(actor: Actor) -> str:
    """What the names under which an agent of ``add_agent`` is in rooms begin with."""
    return f"agent_{actor.username}"


async def name_in(services: Services, room_name: str, actor: Actor) -> str:
    """The name under which an agent is in a room: that of a token they would get if the call were theirs."""
    async with services.units.reading() as (session, _):
        call = await calls.by_room(session, room_name)
        return await room_rights.name(session, (call.id if call else 0) or 0, actor.id) or f"{identity(actor)}.0"


@dataclass
class Centre:
    """A whole centre with a fake media server: what callers and desks do, and the notifications of it."""

    services: Services
    media: FakeMedia
    clock: Clock
    delivered: list[Notification] = field(default_factory=list)

    @property
    def telephony(self) -> FakeTelephony:
        return cast(FakeTelephony, self.services.telephony)

    async def agent(
        self, name: str, role: Role = Role.AGENT, *, available: bool = True, connected: bool = True
    ) -> Actor:
        """An agent; each one later idle than the one before."""
        actor = await add_agent(self.services, name, role, available=available, connected=connected)
        self.clock.advance(1)
        return actor

    async def notify(self, *notifications: Notification) -> None:
        """Deliver these to the webhook."""
        for notification in notifications:
            await self.services.intake.webhook(*self.media.seal(notification))
            self.delivered.append(notification)

    async def deliver(self) -> None:
        """Deliver all that waits, and what that leads to."""
        while self.media.outbox:
            waiting, self.media.outbox = self.media.outbox, []
            await self.notify(*waiting)

    def forget_notifications(self) -> None:
        """They are lost on the way."""
        self.media.outbox.clear()

    async def call_in(self, number: str = "+4915112345678", room: str = "") -> int:
        """A caller rings; returns the call's id."""
        name = room or f"call_{number}_{len(self.media.asked)}_{len(self.delivered)}"
        self.media.caller_joins(name, number)
        await self.deliver()
        return (await self.by_room(name)).id or 0

    async def answer(self, actor: Actor, call_id: int) -> None:
        """The desk answers and its microphone opens."""
        await self.services.calls.answer(actor, call_id)
        await self.enter(actor, call_id)

    async def enter(self, actor: Actor, call_id: int) -> None:
        """The desk is in the room of its call and speaks."""
        room = (await self.call(call_id)).livekit_room_name
        name = await self.name(actor, room)
        if name not in self.media.world[room].people:
            self.media.agent_joins(room, name)
            await self.deliver()
        self.media.publishes(room, name)
        await self.deliver()

    async def talk(self, actor: Actor, number: str = "+4915112345678") -> int:
        """A call that this agent has answered. They must be next in line."""
        call_id = await self.call_in(number)
        await self.answer(actor, call_id)
        return call_id

    async def name(self, actor: Actor, room_name: str) -> str:
        """The one under which that agent is in a room."""
        return await name_in(self.services, room_name, actor)

    async def caller_hangs_up(self, call_id: int) -> None:
        call = await self.call(call_id)
        room = self.media.world[call.livekit_room_name]
        self.media.leaves(room.name, next(one.identity for one in room.people.values() if one.phone))
        await self.deliver()

    async def agent_drops_out(self, actor: Actor, call_id: int) -> None:
        room = (await self.call(call_id)).livekit_room_name
        self.media.leaves(room, await self.name(actor, room))
        await self.deliver()

    async def dial(self, actor: Actor, number: str = "030 1234567") -> int:
        """The agent dials and is in the room; the phone is being called."""
        grant = await self.services.calls.dial(actor, number)
        phone = await self.telephony.phone()
        name = await self.name(actor, grant.room_name)
        self.media.agent_joins(grant.room_name, name)
        self.media.publishes(grant.room_name, name)
        self.media.callee_joins(phone.order)
        await self.deliver()
        return grant.call_id

    async def later(self, seconds: float, step: float = 0) -> None:
        """Let time pass with the sweeper at work, now and then (every ``step`` seconds) and at the end."""
        step = step or max(1.0, seconds / 5)
        while seconds > 0:
            self.clock.advance(min(step, seconds))
            seconds -= step
            await self.services.sweeper.run()
            await self.deliver()

    async def reconcile(self, seconds: float = 0) -> None:
        """Compare rooms with calls, over and over for so long."""
        await self.services.reconciler.run()
        while seconds > 0:
            self.clock.advance(min(3, seconds))
            seconds -= 3
            await self.services.reconciler.run()

    async def desk(self, actor: Actor, connection: str = "") -> DeskView:
        return await self.services.desk.view(actor, connection)

    async def offer(self, actor: Actor) -> OfferView:
        """What rings at that desk; its ``call_id`` is 0 for nothing."""
        return (await self.desk(actor)).offer

    async def ringing_at(self, call_id: int, *actors: Actor) -> Actor | None:
        """Who of them is offered the call."""
        for actor in actors:
            if (await self.offer(actor)).call_id == call_id:
                return actor
        return None

    async def call(self, call_id: int) -> Call:
        async with self.services.units.reading() as (session, _):
            return cast(Call, await calls.by_id(session, call_id))

    async def by_room(self, room_name: str) -> Call:
        async with self.services.units.reading() as (session, _):
            found = await calls.by_room(session, room_name)
        assert found is not None, f"no call for the room {room_name}"
        return found

    async def events(self, call_id: int) -> list[str]:
        """The kinds in a call's log, in order."""
        async with self.services.units.reading() as (session, _):
            return [event.kind.value for event in await call_events.events(session, call_id)]
