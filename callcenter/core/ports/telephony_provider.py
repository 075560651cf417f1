"""What the centre needs of whoever carries calls to and from the telephone network.

A provider brings a phone into a LiveKit room as a participant of kind SIP with ``sip.*`` attributes (see
``core/ports/media_server.py``), and tells what becomes of a phone it was asked to dial. How it does that is its own
affair: livekit-sip with a carrier's trunk, a gateway that is spoken to over signed HTTP, or a simulated phone.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from callcenter.core.domain.calls import EndReason


class PhoneState(StrEnum):
    """What a dialled phone can be reported to do."""

    RINGING = "ringing"
    ANSWERED = "answered"
    FAILED = "failed"


@dataclass(frozen=True)
class PhoneEvent:
    """News of a dialled phone, keyed by the room it was dialled into. Applying one twice is harmless."""

    room_name: str
    state: PhoneState
    reason: EndReason | None = None
    """Why it failed; None unless ``state`` is FAILED."""
    sip_code: int = 0
    """The final SIP response (RFC 3261, section 21); 0 when there was none."""
    sip_phrase: str = ""


@dataclass(frozen=True)
class DialOrder:
    """One phone to be dialled into a room."""

    room_name: str
    number: str
    """E.164, or a short number where the rules allow it."""
    identity: str
    ring_seconds: float
    caller_id: str = ""
    """The number of the centre that the phone shows; empty: the provider's choice."""


Report = Callable[[PhoneEvent], Awaitable[None]]
"""Never raises: what could not be recorded is no fault of the provider's."""


class Telephony(Protocol):
    """One provider. ``dial`` and ``hang_up`` may raise MediaError when it cannot be reached."""

    name: str
    leg_from_start: bool
    """The phone is seen in its room from the moment it is called; a room that stays without one is called by nobody."""

    def can_dial(self) -> bool:
        """Whether a way out is configured; says nothing of whether it works."""
        ...

    async def dial(self, order: DialOrder, report: Report) -> None:
        """Call a phone into its room.

        Reports what becomes of it until it answered or failed, or returns earlier when the news come by
        another way (a signed request to our API, say).
        """
        ...

    async def hang_up(self, room_name: str) -> None:
        """Stop calling, or end the call of, the phone dialled into that room. Gone already is no error.

        Whoever hangs up deletes the room as well: a phone that is there by then leaves with it.
        """
        ...

    async def close(self) -> None: ...
