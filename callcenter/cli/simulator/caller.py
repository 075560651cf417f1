"""A simulated caller: enters a room as livekit-sip would bring a phone in, rings, and talks once answered."""

import contextlib
import secrets
from collections.abc import Callable
from typing import Self

from livekit import rtc

from callcenter.cli.simulator.connection import Connection, sip_attributes
from callcenter.cli.simulator.leg import CallEnded, Experience, Leg
from callcenter.cli.simulator.sounds import Sound, voice

ENDINGS = {
    ("itself", True): ("hung_up", "hung up after {:.0f} s"),
    ("itself", False): ("gave_up", "gave up after {:.0f} s"),
    ("other side", True): ("other_side_hung_up", "call over (the other side hung up) after {:.0f} s"),
    ("other side", False): ("turned_away", "turned away after {:.0f} s"),
    ("lost connection", True): ("connection_lost", "call over (the connection was lost) after {:.0f} s"),
    ("lost connection", False): ("connection_lost", "lost the connection after {:.0f} s of ringing"),
}
SIP = rtc.ParticipantKind.PARTICIPANT_KIND_SIP


def new_room_name(number: str) -> str:
    """A room as the dispatch rule for individual calls names it."""
    return f"call_{number}_{secrets.token_urlsafe(9)}"


class Caller(Leg):
    """A phone that calls in. ``state`` is joining, ringing, answered or over.

    Answered means, as for livekit-sip, that a visible participant other than a phone published sound. Until then
    the caller's track is there and silent.
    """

    def __init__(self, number: str, sound: Sound, tell: Callable[[Experience], None] | None = None) -> None:
        super().__init__(sound, tell)
        self.number = number
        self.answered_after: float | None = None
        self._ringing = False

    @classmethod
    async def join(
        cls,
        connection: Connection,
        *,
        number: str,
        to: str = "",
        sound: Sound | None = None,
        room_name: str = "",
        lean: bool = False,
        tell: Callable[[Experience], None] | None = None,
    ) -> Self:
        """Call in and return as soon as it rings. Raises NoLiveKit.

        A lean caller publishes its track only once answered: it waits at a third of the cost.
        """
        caller = cls(number, sound or voice("caller"), tell)
        room = room_name or new_room_name(number)
        token = connection.phone_token(room, f"sip_{number}", number, sip_attributes("ringing", number, to))
        await caller._connect(connection.ws_url, token)
        caller._connection = connection
        caller._ringing = True
        caller._experience("ringing", "ringing")
        caller._see_whether_answered()
        if not lean:
            await caller._open_mouth()
        return caller

    @property
    def state(self) -> str:
        """joining, ringing, answered or over."""
        if self.over:
            return "over"
        if self.answered:
            return "answered"
        return "ringing" if self._ringing else "joining"

    @property
    def answered(self) -> bool:
        """Whether an agent ever answered; stays true when the call is over."""
        return self.answered_after is not None

    @property
    def talked_seconds(self) -> float:
        """Seconds since it was answered, or until it was over."""
        return self.seconds - self.answered_after if self.answered_after is not None else 0.0

    async def wait_answered(self, timeout: float | None) -> float:
        """Until it is answered; returns the seconds it rang."""
        await self.wait_until(lambda: self.answered, timeout, "was not answered")
        return self.answered_after or 0.0

    async def hang_up(self) -> None:
        """Put the phone down, as a caller does."""
        await self._show_status("hangup")
        await self.leave()

    async def live_through(self, patience: float | None, talk: float | None) -> None:
        """Wait for an answer for ``patience`` seconds, then talk for ``talk`` seconds; None is without end."""
        with contextlib.suppress(CallEnded):
            try:
                await self.wait_answered(patience)
            except TimeoutError:
                await self.hang_up()
                return
            try:
                await self.wait_over(talk)
            except TimeoutError:
                await self.hang_up()

    def _ended(self) -> None:
        if self.ended_by == "failed":
            return
        name, words = ENDINGS[self.ended_by, self.answered]
        self._experience(name, words.format(self.talked_seconds if self.answered else self.seconds))

    def _on_published(self, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant) -> None:
        self._see_whether_answered()
        super()._on_published(publication, participant)

    def _see_whether_answered(self) -> None:
        if self.answered or not self._ringing:
            return
        answering = (p for p in self.room.remote_participants.values() if p.kind != SIP)
        published = (track for participant in answering for track in participant.track_publications.values())
        if any(track.kind == rtc.TrackKind.KIND_AUDIO for track in published):
            self.answered_after = self.seconds
            self._experience("answered", f"answered after {self.seconds:.1f} s")
            self._mouth.say(self.sound)
            self._spawn(self._show_status("active"))
            self._spawn(self._open_mouth())

    async def _open_mouth(self) -> None:
        """A call that is over by now has no use for it; otherwise the track is there once and for all."""
        with contextlib.suppress(rtc.participant.PublishTrackError):
            await self._mouth.open(self.room.local_participant)
