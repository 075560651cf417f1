"""What the centre needs of a media server. LiveKit is the one implementation; tests bring a fake."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

WEBHOOK_PATH = "/api/calls/inbound"
"""Where on this desk the media server sends its notifications."""
OUTBOUND_ROOM = "out_"
"""How rooms begin that this system makes to dial out; a phone in any other room has called in."""
TRIAL_ROOM = "doctor_"
"""How rooms begin that are made only to see whether word of them comes; the name is then kept as a notification is."""
SIP_NUMBER = "sip.phoneNumber"
SIP_DIALED = "sip.trunkPhoneNumber"
SIP_STATUS = "sip.callStatus"
SIP_HOST = "sip.hostname"
"""The host that a caller claims to call from (its From header)."""
SIP_PRIVACY = "sip.h.privacy"
"""The caller's wish not to be shown (RFC 3323), where a trunk or rule is told to pass headers on; ours are not."""
SIP_CALL = "sip.callID"
SIP_TRUNK = "sip.trunkID"
"""Of LiveKit's, so that only legs of livekit-sip have it."""
WITHHOLDS = frozenset({"id", "user", "header"})


class LegStatus(StrEnum):
    """``sip.callStatus`` as livekit-sip sets it."""

    DIALING = "dialing"
    RINGING = "ringing"
    AUTOMATION = "automation"
    ACTIVE = "active"
    HANGUP = "hangup"


@dataclass(frozen=True)
class RoomSeen:
    name: str
    sid: str
    people: int | None = None
    """How many are in it; None: that was not told."""


@dataclass(frozen=True)
class ParticipantSeen:
    """A participant as the media server reports it."""

    identity: str
    sid: str
    phone: bool = False
    """A SIP leg: a caller, or a phone that was dialled."""
    may_talk: bool = False
    """It has the right to publish."""
    publishes_audio: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False
    """It did not leave: the media server has not heard of it for too long."""
    put_out: bool = False
    """It did not leave of itself, or has turned the call down: nobody of that name is about to come."""

    @property
    def number(self) -> str:
        """Empty when the caller asks not to be shown."""
        asked = re.split(r"[\s;,]+", self.attributes.get(SIP_PRIVACY, "").lower())
        return "" if WITHHOLDS.intersection(asked) else self.attributes.get(SIP_NUMBER, "")

    @property
    def dialed(self) -> str:
        return self.attributes.get(SIP_DIALED, "")

    @property
    def forged(self) -> bool:
        """A caller who claims a network as its host, to be taken for an allowed address.

        LiveKit compares allowed addresses with the host in the From header too. Ours are all written as networks
        (203.0.113.5/32), which no real host is.
        """
        return "/" in self.attributes.get(SIP_HOST, "")

    @property
    def answered(self) -> bool:
        """A dialled phone is in the room from the first ring on; only this says that it was answered."""
        return self.attributes.get(SIP_STATUS) == LegStatus.ACTIVE

    @property
    def hung_up(self) -> bool:
        """A phone that is gone, or from which nothing has been heard for too long. It may stay in the room for another
        half minute: livekit-sip waits that long for an answer to its BYE."""
        return self.phone and self.attributes.get(SIP_STATUS) == LegStatus.HANGUP

    @property
    def may_return(self) -> bool:
        """A phone that has left and has not hung up, which livekit-sip says first.

        When a connection cannot be mended, LiveKit's clients leave the room, as if for good, and enter it anew. A
        gateway's phone has hung up when it leaves: it need not say so.
        """
        left = not (self.hung_up or self.lost or self.put_out)
        return self.phone and left and SIP_TRUNK in self.attributes

    @property
    def alerting(self) -> bool:
        return self.attributes.get(SIP_STATUS) == LegStatus.RINGING


@dataclass(frozen=True)
class Bearer:
    """Whom a room token is for."""

    room_name: str
    identity: str
    phone: bool


@dataclass(frozen=True)
class Notification:
    """One webhook, verified."""

    id: str
    kind: str
    room: RoomSeen
    participant: ParticipantSeen | None = None
    created_at: float = 0
    """Seconds since 1970, whole ones in LiveKit's case; 0: unknown."""


class Media(Protocol):
    """Every method but those about tokens and ``notification`` may raise MediaError."""

    def token(self, room_name: str, identity: str, name: str) -> str:
        """A short-lived token for one room and one identity. It lets its holder in, and neither hear nor speak."""
        ...

    def phone_token(self, room_name: str, identity: str, attributes: Mapping[str, str]) -> str:
        """A short-lived token with which somebody else brings a phone into one room, as livekit-sip would."""
        ...

    def bearer(self, token: str) -> Bearer:
        """Whom a room token lets in, be it ours or one that LiveKit has made anew. Raises NotSignedIn for any other."""
        ...

    def notification(self, body: str, authorization: str, digest: bytes | None = None) -> Notification:
        """Verify a webhook. ``digest``: of the body, from an ``authorization`` that has been verified before.

        Raises NotSignedIn when the signature or the body's hash is wrong.
        """
        ...

    async def allow_talking(self, room_name: str, identity: str) -> None:
        """From now on that participant may speak and hears the others."""
        ...

    async def remove(self, room_name: str, identity: str) -> None: ...

    async def delete_room(self, room_name: str) -> None:
        """Everybody in it is disconnected. A room that is gone already is no error."""
        ...

    async def rooms(self) -> list[RoomSeen]: ...

    async def participants(self, room_name: str) -> list[ParticipantSeen]: ...

    async def alive(self) -> bool: ...

    async def close(self) -> None: ...
