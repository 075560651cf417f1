"""What an agent chooses to be, and whether a desk of theirs is there."""

import secrets
from datetime import timedelta

from callcenter.core.domain.agent_state import AgentState
from callcenter.core.domain.agents import Actor, NotReadyReason, Presence, Routable, Session
from callcenter.core.domain.calls import OfferState
from callcenter.core.domain.events import (
    AgentConnected,
    AgentDisconnected,
    NextPresenceChanged,
    PresenceChanged,
    RoutableChanged,
    SoundMoved,
    WrapUpEnded,
)
from callcenter.core.offer_withdrawal import take_back
from callcenter.core.ports.media_server import Media
from callcenter.core.store import agent_facts, agents, connections, offers
from callcenter.core.tables import Connection
from callcenter.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from callcenter.platform.database.retry import retried
from callcenter.platform.errors import InvalidInput, NotFound
from callcenter.settings import Settings


class PresenceService:
    def __init__(self, settings: Settings, units: UnitOfWorkFactory, media: Media) -> None:
        self._settings = settings
        self._units = units
        self._media = media

    @retried
    async def choose(self, actor: Actor, presence: Presence, reason: NotReadyReason | None = None) -> bool:
        """Changes the agent's presence. Returns False during a call, for whose end not ready and offline wait."""
        _check(presence, reason)
        async with self._units.begin() as unit:
            state = await _held(unit, actor.id)
            if state.call_id is None or presence is Presence.AVAILABLE:
                await _apply(unit, state, presence, reason, self._media)
                return True
            if await agents.set_next_presence(unit.session, actor.id, presence, reason):
                unit.record(NextPresenceChanged(actor.id))
            return False

    @retried
    async def set(self, actor: Actor, presence: Presence, reason: NotReadyReason | None = None) -> None:
        """From now on. Going Available clears a missed call; leaving it withdraws an offer that rings."""
        _check(presence, reason)
        async with self._units.begin() as unit:
            await apply_presence(unit, actor.id, presence, reason, self._media)

    async def set_next(self, actor: Actor, presence: Presence | None, reason: NotReadyReason | None = None) -> None:
        """For after the running call; at once when there is none. None takes it back."""
        if presence is not None:
            _check(presence, reason)
        async with self._units.begin() as unit:
            state = await _held(unit, actor.id)
            if presence is not None and not state.work(unit.now)[0].has_call:
                await _apply(unit, state, presence, reason, self._media)
            elif await agents.set_next_presence(unit.session, actor.id, presence, reason):
                unit.record(NextPresenceChanged(actor.id))

    async def clear_routable(self, actor: Actor) -> None:
        """Back in the routing after a missed call or a repaired device."""
        async with self._units.begin() as unit:
            await _clear_routable(unit, actor.id)

    async def report_device_error(self, actor: Actor) -> None:
        """The desk found no working microphone: no calls until that is cleared."""
        async with self._units.begin() as unit:
            if await agents.set_routable(unit.session, actor.id, Routable.DEVICE_ERROR, unit.now):
                unit.record(RoutableChanged(actor.id, Routable.DEVICE_ERROR))
            offer = await offers.live_for_agent(unit.session, actor.id)
            if offer is not None and offer.state is OfferState.PENDING:
                await take_back(unit, offer, self._media)

    async def finish_wrap_up(self, actor: Actor) -> None:
        async with self._units.begin() as unit:
            for agent_id in await agents.end_wrap_up(unit.session, unit.now, actor.id):
                unit.record(WrapUpEnded(agent_id))

    async def connect(self, actor: Actor, kind: str, lease_seconds: float = 0) -> str:
        """A desk tab (``desk``) or a program (``api``) is there. Returns the connection's id."""
        connection_id = f"{kind}_{secrets.token_urlsafe(12)}"
        async with self._units.begin() as unit:
            lease = timedelta(seconds=lease_seconds or self._settings.lease_seconds)
            await connections.connect(
                unit.session,
                Connection(
                    id=connection_id,
                    agent_id=actor.id,
                    kind=kind,
                    opened_at=unit.now,
                    lease_until=unit.now + lease,
                    holder=self._units.hub.origin,
                ),
            )
            unit.record(AgentConnected(actor.id))
        return connection_id

    @retried
    async def renew(self, connection_id: str) -> bool:
        """Still there. False when the lease had run out or another process has it: the desk has to connect anew."""
        async with self._units.begin() as unit:
            holder, until = self._units.hub.origin, unit.now + timedelta(seconds=self._settings.lease_seconds)
            return bool(await connections.renew(unit.session, [connection_id], holder, unit.now, until))

    @retried
    async def claim(self, actor: Actor, connection_id: str, *, same_page: bool) -> bool:
        """A tab says that this connection is its own: its socket has come here from another process, or that has ended.

        The very page that had it is believed. Another one may be a second tab that was opened with the memory of the
        first: it gets the connection only when nobody has it any more.
        """
        async with self._units.begin() as unit:
            holder = self._units.hub.origin
            return await connections.claim_connection(
                unit.session, connection_id, actor.id, holder, unit.now, from_anybody=same_page
            )

    async def let_go(self) -> None:
        """This process ends: its tabs go on elsewhere with the connections they have."""
        async with self._units.begin() as unit:
            await connections.let_go(unit.session, self._units.hub.origin)

    async def disconnect(self, connection_id: str) -> None:
        """A tab closed. An offer that rings only there goes to the next agent at once.

        Nothing happens when the tab is back and another process has its connection.
        """
        async with self._units.begin() as unit:
            grace = timedelta(seconds=self._settings.session_grace_seconds)
            holder = self._units.hub.origin
            agent_id = await connections.close_connection(unit.session, connection_id, holder, unit.now + grace)
            if agent_id is None:
                return
            unit.record(AgentDisconnected(agent_id))
            if await connections.session_of(unit.session, agent_id, unit.now) is Session.CONNECTED:
                return
            offer = await offers.live_for_agent(unit.session, agent_id)
            if offer is not None and offer.state is OfferState.PENDING:
                await take_back(unit, offer, self._media)

    async def take_over(self, actor: Actor, connection_id: str) -> None:
        """This tab gets the sound; the other one is told."""
        async with self._units.begin() as unit:
            if all(one.id != connection_id for one in await connections.connections(unit.session, actor.id, unit.now)):
                raise NotFound("tab_not_connected")
            await agents.set_media_connection(unit.session, actor.id, connection_id)
            unit.record(SoundMoved(actor.id))


def _check(presence: Presence, reason: NotReadyReason | None) -> None:
    if reason is not None and presence is not Presence.NOT_READY:
        raise InvalidInput("needless_reason")


async def apply_presence(
    unit: UnitOfWork, agent_id: int, presence: Presence, reason: NotReadyReason | None, media: Media, by: str = "agent"
) -> None:
    await _apply(unit, await _held(unit, agent_id), presence, reason, media, by)


async def _held(unit: UnitOfWork, agent_id: int) -> AgentState:
    """Returns the state of an agent and locks the agent until the transaction ends. Raises NotFound."""
    state = await agent_facts.one(unit.session, agent_id, unit.now, hold=True)
    if state is None:
        raise NotFound()
    return state


async def _apply(
    unit: UnitOfWork,
    state: AgentState,
    presence: Presence,
    reason: NotReadyReason | None,
    media: Media,
    by: str = "agent",
) -> None:
    agent_id, fresh = state.id, state.presence is Presence.OFFLINE
    if await agents.set_presence(unit.session, agent_id, presence, reason, unit.now, fresh_idle=fresh):
        unit.record(PresenceChanged(agent_id, presence, reason, by))
    elif await agents.set_next_presence(unit.session, agent_id, None, None):
        unit.record(NextPresenceChanged(agent_id))
    if presence is Presence.AVAILABLE and state.routable is not Routable.OK:
        await _clear_routable(unit, agent_id)
    elif presence is not Presence.AVAILABLE and state.offer_state is OfferState.PENDING:
        offer = await offers.live_for_agent(unit.session, agent_id)
        if offer is not None:
            await take_back(unit, offer, media)


async def _clear_routable(unit: UnitOfWork, agent_id: int) -> None:
    if await agents.set_routable(unit.session, agent_id, Routable.OK, unit.now):
        unit.record(RoutableChanged(agent_id, Routable.OK))
