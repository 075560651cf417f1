"""One simulated participant in a room: what callers, called phones and agents' ears have in common."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from livekit import rtc

from callcenter.cli.simulator.changes import Changes
from callcenter.cli.simulator.connection import CONNECT_SECONDS, Connection, NoLiveKit, why_not
from callcenter.cli.simulator.hearing import PAUSE_SECONDS
from callcenter.cli.simulator.listening import Ears
from callcenter.cli.simulator.sounds import Sound
from callcenter.cli.simulator.speaking import Mouth
from callcenter.platform.jobs.background_task import HeldTasks

LEAVE_SECONDS = 3.0
ATTRIBUTE_SECONDS = 1.0
STATUS = "sip.callStatus"
PATIENT_QUIET_SECONDS = 2.0
OTHER_SIDE = {
    rtc.DisconnectReason.PARTICIPANT_REMOVED,
    rtc.DisconnectReason.ROOM_DELETED,
    rtc.DisconnectReason.ROOM_CLOSED,
}


@dataclass(frozen=True)
class Experience:
    """Something a participant noticed: ``name`` for programs, ``words`` for people, seconds since it joined."""

    name: str
    words: str
    after_seconds: float


class CallEnded(RuntimeError):
    """What was waited for can no longer happen: the participant is out of its room. The text says how it ended."""


class Leg:
    """A participant that speaks one sound and notices what it hears.

    Waits are woken by events, never by polling; they raise TimeoutError, or CallEnded when the leg is over.
    """

    def __init__(self, sound: Sound, tell: Callable[[Experience], None] | None = None) -> None:
        self.sound = sound
        self.room = rtc.Room()
        self.identity = ""
        self.room_name = ""
        self.ended_by = ""
        self._tell = tell
        self._mouth = Mouth()
        self._ears = Ears(self._notice)
        self._loop = asyncio.get_running_loop()
        self._joined_at = self._loop.time()
        self._ended_at = 0.0
        self._leaving = False
        self._status = ""
        self._connection: Connection | None = None
        self._put_away = False
        self._hears = False
        self._quiet_timer: asyncio.TimerHandle | None = None
        self._changes = Changes()
        self._tasks = HeldTasks()
        self._register()

    # what is known

    @property
    def over(self) -> bool:
        """Whether the leg is out of its room for good."""
        return bool(self.ended_by)

    @property
    def seconds(self) -> float:
        """Seconds in the room so far, or altogether once it is over."""
        return (self._ended_at or self._loop.time()) - self._joined_at

    @property
    def hears(self) -> bool:
        """Whether any sound arrives now (pauses between words count as sound)."""
        return self._ears.sounds

    @property
    def level(self) -> float:
        """How loud it is now, in dBFS."""
        return self._ears.level

    @property
    def seconds_heard(self) -> float:
        """How much sound arrived altogether, in seconds."""
        return self._ears.seconds_heard

    def heard_tones(self, *frequencies: int) -> set[int]:
        """Those of the frequencies (Hz) that are heard at this moment."""
        return self._ears.tones(frequencies)

    @property
    def others(self) -> set[str]:
        """Identities of the other visible participants."""
        return set(self.room.remote_participants)

    # waiting

    async def wait_hears(self, timeout: float, tone: int | None = None) -> None:
        """Until any sound arrives, or this tone (Hz)."""

        def heard() -> bool:
            return self.hears if tone is None else tone in self.heard_tones(tone)

        await self.wait_until(heard, timeout, "heard nothing" if tone is None else f"did not hear {tone} Hz")

    async def wait_silence(self, timeout: float, quiet: float = PAUSE_SECONDS) -> None:
        """Until nothing has been heard for ``quiet`` seconds; the silence may have begun before."""
        deadline = self._loop.time() + timeout
        while (left := quiet - (self._loop.time() - self._ears.last_sound_at)) > 0:
            if self._loop.time() + left > deadline:
                raise TimeoutError(f"{self} was not in silence within {timeout:.1f} s")
            await asyncio.sleep(left)

    async def wait_over(self, timeout: float | None = None) -> str:
        """Until the leg is out of its room and has put everything away; returns ``ended_by``."""
        await self.wait_until(lambda: self._put_away, timeout, "was still in the room", also_after_the_end=True)
        return self.ended_by

    async def wait_until(
        self, condition: Callable[[], bool], timeout: float | None, otherwise: str, *, also_after_the_end: bool = False
    ) -> None:
        """Until ``condition`` holds; looked at whenever anything happens in the room."""
        try:
            await self._changes.until(lambda: condition() or (self.over and not also_after_the_end), timeout)
        except TimeoutError:
            raise TimeoutError(f"{self} {otherwise} within {timeout:.1f} s; {self._around()}") from None
        if not condition():
            raise CallEnded(f"{self} {otherwise}, and then was over: {self.ended_by}")

    def _around(self) -> str:
        """Who is there with which sound, and what of it arrives."""
        there = [
            f"{one.identity} with {', '.join(map(_brief, one.track_publications.values())) or 'no sound'}"
            for one in self.room.remote_participants.values()
        ]
        return f"there: {'; '.join(there) or 'nobody'}; {self.level:.0f} dBFS, {self.seconds_heard:.1f} s heard"

    # joining and leaving

    async def _connect(self, ws_url: str, token: str) -> None:
        # Never cancelled: a connection given up between its answer and its first event makes the client abort.
        connecting = asyncio.create_task(self.room.connect(ws_url, token))
        await asyncio.wait({connecting}, timeout=CONNECT_SECONDS)
        if not connecting.done():
            connecting.add_done_callback(self._connected_too_late)
        error = connecting.exception() if connecting.done() else TimeoutError()
        if error is not None:
            await self._close("failed")
            raise NoLiveKit(why_not(ws_url, getattr(error, "message", "")))
        self.identity = self.room.local_participant.identity
        self.room_name = self.room.name
        self._joined_at = self._loop.time()

    def _connected_too_late(self, connecting: asyncio.Task[None]) -> None:
        if not connecting.cancelled() and connecting.exception() is None:
            self._spawn(self.room.disconnect())

    async def leave(self) -> None:
        """Go out of the room; when it is out already, only wait until all is put away."""
        if not self.over and not self._leaving:
            self._leaving = True
            with contextlib.suppress(Exception):
                async with asyncio.timeout(LEAVE_SECONDS):
                    await self.room.disconnect()
            await self._make_sure_it_is_gone()
            await self._close("itself")
        await self.wait_over(LEAVE_SECONDS)

    async def _make_sure_it_is_gone(self) -> None:
        """The client's goodbye is lost now and then; the server would then list a dead phone for 20 s or so."""
        if self._connection is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(ATTRIBUTE_SECONDS):
                    await self._connection.remove(self.room_name, self.identity)

    async def _show_status(self, status: str) -> None:
        """Set sip.callStatus; not worth keeping anybody waiting when the server does not take it."""
        if self.over or self._leaving:
            return
        self._status = status
        # The client's own answer to set_attributes is lost now and then (it gives up after 5 s); the event is not.
        me = self.room.local_participant
        self._spawn(me.set_attributes({STATUS: status}))
        with contextlib.suppress(TimeoutError, CallEnded):
            await self.wait_until(lambda: me.attributes.get(STATUS) == status, ATTRIBUTE_SECONDS, "kept its status")

    async def _close(self, ended_by: str) -> None:
        if self.over:
            return
        self._ended_at = self._loop.time()
        self.ended_by = ended_by
        if self._quiet_timer is not None:
            self._quiet_timer.cancel()
        self._ended()
        self._notice()
        await self._mouth.close()
        await self._ears.close()
        self._put_away = True
        self._notice()

    def _ended(self) -> None:
        """What a kind of leg does when it is over."""

    # what happens in the room

    def _register(self) -> None:
        self.room.on("track_published", self._on_published)
        self.room.on("track_subscribed", self._on_subscribed)
        self.room.on("track_unsubscribed", self._on_unsubscribed)
        self.room.on("disconnected", self._on_disconnected)
        self.room.on("reconnecting", lambda: self._experience("reconnecting", "lost the connection, trying again"))
        self.room.on("reconnected", self._on_reconnected)
        for event in ("connected", "disconnected", "permissions_changed", "attributes_changed"):
            self.room.on(f"participant_{event}", self._notice)  # type: ignore[arg-type]

    def _on_published(self, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant) -> None:
        self._notice()

    def _on_subscribed(self, track: rtc.Track) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._ears.listen(track)
        self._notice()

    def _on_unsubscribed(self, track: rtc.Track) -> None:
        self._ears.leave_off(track.sid)
        self._notice()

    def _on_disconnected(self, reason: int) -> None:
        if not self._leaving:
            self._spawn(self._close("other side" if reason in OTHER_SIDE else "lost connection"))

    def _on_reconnected(self) -> None:
        self._experience("reconnected", "is connected again")
        if self._status:
            # A restarted server knows the attributes of the token only.
            self._spawn(self._show_status(self._status))

    def _notice(self) -> None:
        """Something happened: wake whoever waits, and see whether sound began."""
        self._changes.happened()
        if not self._hears and not self.over and self.hears:
            self._hears = True
            self._experience("hears", "hears the other side")
            self._look_for_quiet()

    def _look_for_quiet(self) -> None:
        """Ask again when the silence would be long enough to be told; speech has pauses."""
        left = PATIENT_QUIET_SECONDS - (self._loop.time() - self._ears.last_sound_at)
        if left > 0:
            self._quiet_timer = self._loop.call_later(left, self._look_for_quiet)
        else:
            self._hears = False
            self._experience("hears_nothing", "hears nothing any more")

    def _experience(self, name: str, words: str) -> None:
        if self._tell is not None:
            self._tell(Experience(name, words, round(self.seconds, 3)))
        self._changes.happened()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.start(work)

    def __str__(self) -> str:
        return self.identity or type(self).__name__


def _brief(track: rtc.RemoteTrackPublication) -> str:
    return f"{track.sid} ({'muted' if track.muted else 'open'}, {'' if track.subscribed else 'not '}subscribed)"
