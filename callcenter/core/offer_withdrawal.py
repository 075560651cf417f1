"""Takes offers back, and agents out of the room that they joined for one."""

from callcenter.core.domain.calls import CallState, OfferState
from callcenter.core.domain.events import AgentFreed, OfferWithdrawn
from callcenter.core.ports.media_server import Media
from callcenter.core.store import calls, offers, room_rights
from callcenter.core.tables import Call, Offer
from callcenter.core.unit_of_work import UnitOfWork


async def take_back(unit: UnitOfWork, offer: Offer, media: Media) -> None:
    """Withdraw an offer through no fault of the agent, such as a closed tab: the next one is asked at once."""
    if not await offers.move(unit.session, offer.id or 0, OfferState.CANCELED, unit.now):
        return
    await calls.move(unit.session, offer.call_id, CallState.QUEUED, only_from={CallState.OFFERED})
    unit.record(OfferWithdrawn(offer.call_id, offer.agent_id), AgentFreed(offer.agent_id))
    await leave_room(unit, offer, media)


async def leave_room(unit: UnitOfWork, offer: Offer, media: Media) -> None:
    """The desk that had joined while it rang has to go."""
    call = await calls.by_id(unit.session, offer.call_id)
    if call is not None:
        await put_out(unit, call, offer.agent_id, media)


async def put_out(unit: UnitOfWork, call: Call, agent_id: int, media: Media) -> None:
    """The agent to whom a call was given last has it no more, and stays in its room no longer."""
    room_name, identity = call.livekit_room_name, await room_rights.name(unit.session, call.id or 0, agent_id)
    if identity:
        unit.after_commit(lambda: media.remove(room_name, identity))
