"""The ears of a simulated participant: one Hearing for every audio track it receives."""

import asyncio
from collections.abc import Callable, Iterable

import numpy as np
from livekit import rtc

from callcenter.cli.simulator.hearing import NEVER, SILENCE_DBFS, Hearing
from callcenter.cli.simulator.sounds import FRAME_MS, RATE


class Ears:
    """Listens to every track handed to it; ``changed`` is called after each frame."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._open: dict[str, Hearing] = {}
        self._seconds_before = 0.0
        self._last_before = NEVER

    def listen(self, track: rtc.Track) -> None:
        """Begin to listen to a subscribed audio track."""
        self.leave_off(track.sid)
        self._open[track.sid] = hearing = Hearing(RATE)
        self._tasks[track.sid] = self._loop.create_task(self._hear(track, hearing), name=f"ear {track.sid}")

    def leave_off(self, track_sid: str) -> None:
        """Stop listening to a track that is gone."""
        hearing = self._open.pop(track_sid, None)
        if hearing is not None:
            self._seconds_before += hearing.seconds_heard
            self._last_before = max(self._last_before, hearing.last_sound_at)
            self._tasks.pop(track_sid).cancel()

    async def close(self) -> None:
        """Stop listening altogether."""
        tasks = list(self._tasks.values())
        for track_sid in list(self._open):
            self.leave_off(track_sid)
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def level(self) -> float:
        """The loudest track at this moment, in dBFS."""
        return max((hearing.level for hearing in self._open.values()), default=SILENCE_DBFS)

    @property
    def sounds(self) -> bool:
        """Whether anything is heard now, pauses between words included."""
        now = self._loop.time()
        return any(hearing.sounds(now) for hearing in self._open.values())

    @property
    def last_sound_at(self) -> float:
        """When anything was heard last, on the clock of the event loop; minus infinity when never."""
        return max(self._last_before, *(hearing.last_sound_at for hearing in self._open.values()), NEVER)

    @property
    def seconds_heard(self) -> float:
        """How much sound there was altogether: zero proves that nothing leaked."""
        return self._seconds_before + sum(hearing.seconds_heard for hearing in self._open.values())

    def tones(self, frequencies: Iterable[int]) -> set[int]:
        """Those of ``frequencies`` (Hz) that are heard now, from whichever track."""
        wanted = list(frequencies)
        return set().union(*(hearing.tones(wanted) for hearing in self._open.values()))

    async def _hear(self, track: rtc.Track, hearing: Hearing) -> None:
        stream = rtc.AudioStream.from_track(track=track, sample_rate=RATE, num_channels=1, frame_size_ms=FRAME_MS)
        try:
            async for event in stream:
                hearing.feed(np.frombuffer(event.frame.data, np.int16), self._loop.time())
                self._changed()
        finally:
            await stream.aclose()
