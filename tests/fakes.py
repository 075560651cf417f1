"""A media server in memory and a clock that moves when it is told to.

``FakeMedia`` keeps the true state of rooms, as LiveKit does, and writes the notifications LiveKit would send into
``outbox``: a test delivers, loses, doubles or shuffles them as it likes.
"""

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from callcenter.core.domain.calls import EndReason
from callcenter.core.ports.media_server import (
    SIP_DIALED,
    SIP_NUMBER,
    SIP_STATUS,
    SIP_TRUNK,
    Bearer,
    LegStatus,
    Notification,
    ParticipantSeen,
    RoomSeen,
)
from callcenter.core.ports.telephony_provider import DialOrder, PhoneEvent, PhoneState, Report
from callcenter.platform.errors import MediaError, NotSignedIn

WEBHOOK_KEY, WEBHOOK_SECRET = "testwebhook", "a-secret-to-sign-notifications-0123456789"
SEAL = jwt.encode({"iss": WEBHOOK_KEY, "exp": 4102444800, "sha256": "A" * 43 + "="}, WEBHOOK_SECRET, "HS256")
"""Signed as LiveKit signs, for whichever body: the fake looks at bodies itself."""
"""What a genuine notification of the fake carries as its authorization."""
DIALED = "+4930123450"
"""The number that callers have dialled, unless a test says another one."""


class Clock:
    """The time, as services ask for it. It stands still until ``advance``."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> datetime:
        """Let so many seconds pass; returns the new time."""
        self.now += timedelta(seconds=seconds)
        return self.now


@dataclass
class FakeRoom:
    name: str
    sid: str
    people: dict[str, ParticipantSeen] = field(default_factory=dict)


class FakeMedia:
    """Implements callcenter.core.ports.media_server.Media. ``asked`` records every request that came, in order."""

    def __init__(self) -> None:
        self.world: dict[str, FakeRoom] = {}
        self.outbox: list[Notification] = []
        self.asked: list[tuple[str, ...]] = []
        self.down = False
        self.closed = False
        self._numbers = itertools.count(1)
        self._sealed: dict[str, Notification] = {}

    # what the services ask

    def token(self, room_name: str, identity: str, name: str) -> str:
        return f"{room_name}|{identity}|silent"

    def phone_token(self, room_name: str, identity: str, attributes: Mapping[str, str]) -> str:
        return f"{room_name}|{identity}|phone"

    def bearer(self, token: str) -> Bearer:
        room_name, identity, kind = (*token.split("|"), "", "", "")[:3]
        if kind not in ("silent", "phone"):
            raise NotSignedIn("That is no room token of this system.")
        return Bearer(room_name, identity, kind == "phone")

    def notification(self, body: str, authorization: str, digest: bytes | None = None) -> Notification:
        if authorization != SEAL or body not in self._sealed:
            raise NotSignedIn("The notification is not signed with this system's LiveKit key.")
        return self._sealed[body]

    async def allow_talking(self, room_name: str, identity: str) -> None:
        self._ask("allow_talking", room_name, identity)
        if person := self._person(room_name, identity):
            self.world[room_name].people[identity] = replace(person, may_talk=True)

    async def remove(self, room_name: str, identity: str) -> None:
        self._ask("remove", room_name, identity)
        if self._person(room_name, identity):
            self.leaves(room_name, identity)

    async def delete_room(self, room_name: str) -> None:
        self._ask("delete_room", room_name)
        if room := self.world.get(room_name):
            for identity in list(room.people):
                self.leaves(room_name, identity)
            self.closes(room_name)

    async def rooms(self) -> list[RoomSeen]:
        self._ask("rooms")
        return [RoomSeen(room.name, room.sid, len(room.people)) for room in self.world.values()]

    async def participants(self, room_name: str) -> list[ParticipantSeen]:
        self._ask("participants", room_name)
        room = self.world.get(room_name)
        return list(room.people.values()) if room else []

    async def alive(self) -> bool:
        return not self.down

    async def close(self) -> None:
        self.closed = True

    # what people do

    def caller_joins(self, room_name: str, number: str = "+4915112345678", dialed: str = DIALED) -> ParticipantSeen:
        """A phone rings in a room of its own (or rejoins it)."""
        return self._joins(room_name, f"sip_{number}", phone=True, attributes=_sip(LegStatus.RINGING, number, dialed))

    def callee_joins(self, order: DialOrder, status: LegStatus = LegStatus.DIALING) -> ParticipantSeen:
        """A dialled phone is in the room from the first ring on."""
        return self._joins(order.room_name, order.identity, phone=True, attributes=_sip(status, order.number, ""))

    def sip_status(self, room_name: str, identity: str, status: LegStatus) -> None:
        """The leg's attribute changes. LiveKit sends no notification of that."""
        person = self.world[room_name].people[identity]
        attributes = {**person.attributes, SIP_STATUS: status.value}
        self.world[room_name].people[identity] = replace(person, attributes=attributes)

    def agent_joins(self, room_name: str, identity: str, *, may_talk: bool = False) -> ParticipantSeen:
        """A desk joins with the token it was given."""
        return self._joins(room_name, identity, may_talk=may_talk)

    def publishes(self, room_name: str, identity: str) -> None:
        """Somebody's microphone opens."""
        person = replace(self.world[room_name].people[identity], publishes_audio=True)
        self.world[room_name].people[identity] = person
        self._tell("track_published", self.world[room_name], person)

    def leaves(self, room_name: str, identity: str, *, silently: bool = False, abruptly: bool = False) -> None:
        """Somebody is gone. ``silently``: as after a crash of the server, which forgets to say so. ``abruptly``: a
        phone has not hung up; it leaves so when it is about to come back over a new connection."""
        person = self.world[room_name].people.pop(identity)
        if person.phone and not abruptly:
            person = replace(person, attributes={**person.attributes, SIP_STATUS: LegStatus.HANGUP.value})
        if not silently:
            self._tell("participant_left", self.world[room_name], person)

    def closes(self, room_name: str) -> None:
        """The room itself is closed."""
        self._tell("room_finished", self.world.pop(room_name))

    def crashes(self) -> dict[str, FakeRoom]:
        """The server is gone with all it knew; returns what was there. Requests fail until ``down`` is False."""
        before, self.world = self.world, {}
        self.down = True
        return before

    def seal(self, notification: Notification) -> tuple[str, str]:
        """Body and authorization with which the webhook route is called for this notification."""
        self._sealed[notification.id] = notification
        return notification.id, SEAL

    def requests(self, kind: str) -> list[list[str]]:
        """The arguments of all requests of one kind."""
        return [arguments for name, *arguments in self.asked if name == kind]

    def _joins(self, room_name: str, identity: str, **facts: Any) -> ParticipantSeen:
        room = self.world.get(room_name)
        if room is None:
            room = self.world[room_name] = FakeRoom(room_name, f"RM_{next(self._numbers)}")
            self._tell("room_started", room)
        person = ParticipantSeen(identity, f"PA_{next(self._numbers)}", **facts)
        room.people[identity] = person
        self._tell("participant_joined", room, person)
        return person

    def _person(self, room_name: str, identity: str) -> ParticipantSeen | None:
        room = self.world.get(room_name)
        return room.people.get(identity) if room else None

    def _tell(self, kind: str, room: FakeRoom, person: ParticipantSeen | None = None) -> None:
        number = next(self._numbers)
        self.outbox.append(Notification(f"EV_{number}", kind, RoomSeen(room.name, room.sid), person))

    def _ask(self, *what: str) -> None:
        self.asked.append(what)
        if self.down:
            raise MediaError("the fake is down")


def _sip(status: LegStatus, number: str, dialed: str) -> dict[str, str]:
    return {SIP_STATUS: status.value, SIP_NUMBER: number, SIP_DIALED: dialed, SIP_TRUNK: "ST_fake"}


@dataclass
class FakePhone:
    """A phone that is being dialled: the test decides what it does."""

    order: DialOrder
    report: Report
    result: "asyncio.Future[PhoneEvent]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    async def rings(self) -> None:
        """It rings, and that is on record when this returns."""
        await self.report(PhoneEvent(self.order.room_name, PhoneState.RINGING))

    def answers(self) -> None:
        self.result.set_result(PhoneEvent(self.order.room_name, PhoneState.ANSWERED))

    def refuses(self, reason: EndReason | None, sip_code: int = 0, sip_phrase: str = "") -> None:
        """Busy, declined, no answer, out of service."""
        room_name = self.order.room_name
        self.result.set_result(PhoneEvent(room_name, PhoneState.FAILED, reason, sip_code, sip_phrase))

    def cannot_be_called(self, error: Exception) -> None:
        """The provider itself fails."""
        self.result.set_exception(error)


class FakeTelephony:
    """Implements callcenter.core.ports.telephony_provider.Telephony. It is down when its media server is."""

    name = "fake"

    def __init__(self, media: FakeMedia) -> None:
        self.phones: list[FakePhone] = []
        self.dialable = True
        self.hung_up: list[str] = []
        self.closed = False
        self.leg_from_start = True
        self._media = media
        self._dialled = asyncio.Event()

    def can_dial(self) -> bool:
        return self.dialable

    async def dial(self, order: DialOrder, report: Report) -> None:
        if self._media.down:
            raise MediaError("the fake is down")
        phone = FakePhone(order, report)
        self.phones.append(phone)
        self._dialled.set()
        await report(await phone.result)

    async def hang_up(self, room_name: str) -> None:
        self.hung_up.append(room_name)
        if self._media.down:
            raise MediaError("the fake is down")

    async def close(self) -> None:
        self.closed = True

    async def phone(self, index: int = -1) -> FakePhone:
        """The phone that is being dialled, as soon as there is one."""
        async with asyncio.timeout(60):
            await self._dialled.wait()
        return self.phones[index]
