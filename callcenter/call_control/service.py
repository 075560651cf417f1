"""What an agent does with calls: answer, decline, hang up, dial, join the room."""

import secrets
from datetime import timedelta

from callcenter.call_control.views import RoomGrant
from callcenter.core.call_termination import Endings
from callcenter.core.domain.agents import Actor, Routable
from callcenter.core.domain.call_outcomes import agent_hung_up
from callcenter.core.domain.calls import CallDirection, CallState, OfferState
from callcenter.core.domain.errors import AgentBusy, CallerGone, CallOver, CallTaken, MediaElsewhere, OfferGone
from callcenter.core.domain.events import (
    AgentFreed,
    CallAnswered,
    CallDialed,
    CallFacts,
    OfferDeclined,
    RoutableChanged,
    SoundMoved,
)
from callcenter.core.domain.room_rights import DIALLED, stay_name
from callcenter.core.outbound_progress import Phones
from callcenter.core.ports.media_server import OUTBOUND_ROOM, Media
from callcenter.core.ports.telephony_provider import DialOrder, Telephony
from callcenter.core.store import agent_facts, agent_state, agents, calls, connections, offers, room_rights
from callcenter.core.tables import Agent, Call, Offer
from callcenter.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from callcenter.dialing.errors import DialRefused
from callcenter.dialing.guard import DialGuard
from callcenter.dialing.rules import Wanted
from callcenter.platform.database.retry import retried
from callcenter.platform.errors import NotAllowed, NotFound
from callcenter.settings import Settings
from callcenter.telephony.caller_id import shown_number
from callcenter.telephony.errors import NoTrunk
from callcenter.telephony.plan import TelephonyPlan


class CallService:
    def __init__(
        self,
        settings: Settings,
        units: UnitOfWorkFactory,
        media: Media,
        telephony: Telephony,
        phones: Phones,
        plan: TelephonyPlan,
        endings: Endings,
        guard: DialGuard,
    ) -> None:
        self._settings = settings
        self._units = units
        self._media = media
        self._telephony = telephony
        self._endings = endings
        self._caller_id = shown_number(settings, plan)
        self._phones = phones
        self._guard = guard

    @retried
    async def answer(self, actor: Actor, call_id: int, connection_id: str = "") -> RoomGrant:
        """Take an offered call; the tab that says so gets the sound.

        Raises OfferGone, CallerGone or CallTaken when it was too late, NotFound for a call never offered to them.
        """
        async with self._units.begin() as unit:
            agent, offer, call = await agent_state.at_hand(unit.session, actor.id, call_id)
            if agent is None or call is None:
                raise NotFound()
            if offer is None or offer.call_id != call_id:
                if call.agent_id == actor.id and call.state.is_taken:
                    # Another tab was quicker; without the claim it would be thrown out and still be the one to talk.
                    await self._claim_media(unit, agent, connection_id, take_over=True)
                    return await self._own(unit, call, agent)
                raise await _too_late(unit, call, actor)
            if offer.state is OfferState.PENDING:
                await self._accept(unit, offer, call, actor)
            await self._claim_media(unit, agent, connection_id, take_over=True)
            room_name, identity = call.livekit_room_name, _name(agent, offer)
            unit.after_commit(lambda: self._media.allow_talking(room_name, identity))
        return self._grant(call, agent, identity, may_talk=True)

    async def _accept(self, unit: UnitOfWork, offer: Offer, call: Call, actor: Actor) -> None:
        deadline = unit.now + timedelta(seconds=self._settings.connect_seconds)
        if not await offers.move(
            unit.session, offer.id or 0, OfferState.ACCEPTING, unit.now, deadline=deadline, in_time=True
        ):
            raise OfferGone("next_agent")
        if not await calls.move(unit.session, call.id or 0, CallState.CONNECTING, taken_by=actor.id):
            raise await _too_late(unit, call, actor)
        unit.record(CallAnswered(call.id or 0, actor.id))

    @retried
    async def decline(self, actor: Actor, call_id: int) -> None:
        """Let an offered call go to the next agent; a short pause before this agent is offered another."""
        async with self._units.begin() as unit:
            agent, offer, call = await agent_state.at_hand(unit.session, actor.id, call_id)
            if agent is None or call is None:
                raise NotFound()
            if offer is None or offer.call_id != call_id:
                raise await _too_late(unit, call, actor)
            if not await offers.move(unit.session, offer.id or 0, OfferState.DECLINED, unit.now):
                raise OfferGone("answering")
            await calls.move(unit.session, call_id, CallState.QUEUED)
            unit.record(OfferDeclined(call_id, actor.id), AgentFreed(actor.id))
            room_name, identity = call.livekit_room_name, _name(agent, offer)
            unit.after_commit(lambda: self._media.remove(room_name, identity))
            pause = self._settings.decline_pause_seconds
            if pause > 0:
                until = unit.now + timedelta(seconds=pause)
                await agents.set_routable(unit.session, actor.id, Routable.REJECTED, unit.now, until)
                unit.record(RoutableChanged(actor.id, Routable.REJECTED))

    @retried
    async def hang_up(self, actor: Actor, call_id: int) -> None:
        """End one's own call. Raises CallOver when it has ended already, NotFound for somebody else's."""
        async with self._units.begin() as unit:
            call = await calls.by_id(unit.session, call_id)
            if call is None or call.agent_id != actor.id:
                raise NotFound()
            if call.state.is_over or not await self._endings.end(unit, call, agent_hung_up(call.direction, call.state)):
                raise CallOver()

    async def end_room(self, actor: Actor, call_id: int) -> None:
        """The same as hanging up, for programs that think in rooms."""
        await self.hang_up(actor, call_id)

    async def dial(self, actor: Actor, number: str, connection_id: str = "") -> RoomGrant:
        """Call a number. The row exists before the phone rings; the result comes through the desk's view.

        Raises NumberInvalid, NoTrunk, AgentBusy when the agent has a call or an offer, NotAllowed when their sign-in is
        past its time, or a DialRefused.
        """
        if actor.leaving:
            raise NotAllowed("sign_in_over")
        wanted = self._guard.read(number)
        try:
            return await self._dial(actor, wanted, connection_id)
        except DialRefused as refusal:
            await self._guard.refused(actor, wanted, refusal)
            raise

    @retried
    async def _dial(self, actor: Actor, wanted: Wanted, connection_id: str) -> RoomGrant:
        if not self._telephony.can_dial():
            raise NoTrunk()
        async with self._units.begin() as unit:
            agent = await self._agent(unit, actor)
            state = await agent_facts.one(unit.session, actor.id, unit.now)
            if state is None or state.work(unit.now)[0].has_call:
                raise AgentBusy()
            await self._guard.check(unit, actor, wanted)
            await agents.end_wrap_up(unit.session, unit.now, actor.id)
            call = await self._new_outbound(unit, actor, wanted.number)
            await self._claim_media(unit, agent, connection_id, take_over=True)
            grant = self._grant(call, agent, str(stay_name(agent.livekit_identity, str(DIALLED))), may_talk=True)
        self._phones.start(call.id or 0, self._order(call))
        return grant

    async def _new_outbound(self, unit: UnitOfWork, actor: Actor, number: str) -> Call:
        call = Call(
            direction=CallDirection.OUTBOUND,
            state=CallState.DIALING,
            caller_id=number,
            dialed_number=number,
            agent_id=actor.id,
            livekit_room_name=f"{OUTBOUND_ROOM}{secrets.token_urlsafe(12)}",
            start_time=unit.now,
            joined_at=unit.now,
            dial_deadline=self._phones.dial_deadline(unit.now),
        )
        await calls.add(unit.session, call)
        facts = CallFacts(
            direction=call.direction,
            caller_id=number,
            dialed_number=number,
            room_name=call.livekit_room_name,
            start_time=call.start_time,
        )
        unit.record(CallDialed(call.id or 0, actor.id, call=facts))
        return call

    def _order(self, call: Call) -> DialOrder:
        return DialOrder(
            room_name=call.livekit_room_name,
            number=call.dialed_number,
            identity=f"phone_{secrets.token_urlsafe(9)}",
            ring_seconds=self._settings.dial_seconds,
            caller_id=self._caller_id,
        )

    @retried
    async def join_room(self, actor: Actor, call_id: int, connection_id: str = "") -> RoomGrant:
        """A way into the room of a call that is offered to this agent (silent) or that they have.

        The first tab that asks has the sound. Raises MediaElsewhere for any other while that one is open, CallOver for
        a call that was theirs or was offered to them, NotFound for any other.
        """
        async with self._units.begin() as unit:
            agent, offer, call = await agent_state.at_hand(unit.session, actor.id, call_id)
            if agent is None or call is None:
                raise NotFound()
            own = call.agent_id == actor.id
            if call.state.is_over and (own or await offers.has_been_offered(unit.session, call_id, actor.id)):
                raise CallOver()
            if own and not call.state.is_over:
                await self._claim_media(unit, agent, connection_id, take_over=False)
                return await self._own(unit, call, agent)
            if offer is None or offer.call_id != call_id:
                raise NotFound()
            await self._claim_media(unit, agent, connection_id, take_over=False)
            return self._grant(call, agent, _name(agent, offer), may_talk=False)

    async def entered(self, actor: Actor, call_id: int) -> None:
        """The desk says that it is in the room of its call: it may talk, whether or not LiveKit's word of it comes.

        Raises NotFound for somebody else's call, MediaError when LiveKit cannot be asked.
        """
        room_name, identity = await self._stay(actor, call_id)
        await self._media.allow_talking(room_name, identity)

    async def misses_its_agent(self, actor: Actor, call_id: int) -> bool:
        """Whether nobody is in the room of this agent's call in their name, as LiveKit sees it.

        Raises NotFound for somebody else's call, MediaError when LiveKit cannot be asked.
        """
        room_name, identity = await self._stay(actor, call_id)
        people = await self._media.participants(room_name)
        return all(one.identity != identity for one in people)

    async def _stay(self, actor: Actor, call_id: int) -> tuple[str, str]:
        """The room of the call that this agent has, and their name in it. Raises NotFound."""
        async with self._units.reading() as (session, _):
            call = await calls.engaged_with(session, actor.id)
            if call is None or call.id != call_id:
                raise NotFound()
            return call.livekit_room_name, await room_rights.name(session, call_id, actor.id)

    async def _claim_media(self, unit: UnitOfWork, agent: Agent, connection_id: str, *, take_over: bool) -> None:
        if not connection_id or agent.media_connection == connection_id:
            return
        if not take_over and agent.media_connection:
            open_now = await connections.connections(unit.session, agent.id or 0, unit.now)
            if any(one.id == agent.media_connection and not one.closed for one in open_now):
                raise MediaElsewhere()
        await agents.set_media_connection(unit.session, agent.id or 0, connection_id)
        unit.record(SoundMoved(agent.id or 0))

    async def _agent(self, unit: UnitOfWork, actor: Actor) -> Agent:
        agent = await agents.lock(unit.session, actor.id)
        if agent is None:
            raise NotFound()
        return agent

    async def _own(self, unit: UnitOfWork, call: Call, agent: Agent) -> RoomGrant:
        """The way into the room of the call that this agent has."""
        identity = await room_rights.name(unit.session, call.id or 0, agent.id or 0)
        return self._grant(call, agent, identity, may_talk=True)

    def _grant(self, call: Call, agent: Agent, identity: str, *, may_talk: bool) -> RoomGrant:
        token = self._media.token(call.livekit_room_name, identity, agent.full_name)
        return RoomGrant(call.id or 0, call.livekit_room_name, self._settings.media_url, token, may_talk)


def _name(agent: Agent, offer: Offer) -> str:
    return str(stay_name(agent.livekit_identity, str(offer.id)))


async def _too_late(unit: UnitOfWork, call: Call, actor: Actor) -> Exception:
    """Why this call cannot be answered any more, for an agent to whom it was offered once; others learn nothing."""
    if call.agent_id != actor.id and not await offers.has_been_offered(unit.session, call.id or 0, actor.id):
        return NotFound()
    if call.state is CallState.ABANDONED:
        return CallerGone()
    if call.state.is_over:
        return CallOver()
    if call.agent_id not in (None, actor.id):
        return CallTaken()
    return OfferGone()
