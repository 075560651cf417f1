"""The one word for a status, translated into what an agent can choose."""

from callcenter.domain.agents import Actor, AgentStatus, NotReadyReason, Presence
from callcenter.registry import the
from callcenter.services.desk import DeskService
from callcenter.services.presence import PresenceService

CHOICES = {
    AgentStatus.AVAILABLE: Presence.AVAILABLE,
    AgentStatus.BUSY: Presence.NOT_READY,
    AgentStatus.OFFLINE: Presence.OFFLINE,
}


async def choose(actor: Actor, status: AgentStatus, reason: NotReadyReason | None = None) -> bool:
    """From now on, or, while a call is on, from its end: then it returns False."""
    presence, desk = the(PresenceService), await the(DeskService).view(actor)
    if desk.call.id and status is not AgentStatus.AVAILABLE:
        await presence.set_next(actor, CHOICES[status], reason)
        return False
    await presence.set(actor, CHOICES[status], reason)
    return True
