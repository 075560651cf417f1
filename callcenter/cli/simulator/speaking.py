"""The mouth of a simulated participant: one published audio track that always flows, mostly with silence."""

import asyncio

from livekit import rtc

from callcenter.cli.simulator.sounds import FRAME_MS, RATE, SILENCE, Sound

QUEUE_MS = 2 * FRAME_MS
CLOSE_SECONDS = 1.0
# From about this rate on the encoder works in a mode that costs half as much (Opus: CELT in place of SILK).
BITS_PER_SECOND = 64_000


class Mouth:
    """A microphone. Once open it sends silence until told to say something."""

    def __init__(self) -> None:
        self._frames = iter(SILENCE)
        self._source: rtc.AudioSource | None = None
        self._track: rtc.LocalAudioTrack | None = None
        self._pump: asyncio.Task[None] | None = None
        self._published = False
        self._closing = False

    @property
    def is_open(self) -> bool:
        """Whether the track is published."""
        return self._published

    async def open(self, participant: rtc.LocalParticipant) -> None:
        """Publish the track, once. Raises rtc.participant.PublishTrackError when it may not."""
        if self._source is not None or self._closing:
            return
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=QUEUE_MS)
        self._track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        self._pump = asyncio.create_task(self._flow(self._source), name="mouth")
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False, red=False)
        options.audio_encoding.max_bitrate = BITS_PER_SECOND
        await participant.publish_track(self._track, options)
        self._published = True

    def say(self, sound: Sound) -> None:
        """Begin to say this, from its beginning, in place of what is being said."""
        self._frames = iter(sound)
        if self._source is not None:
            self._source.clear_queue()

    def mute(self) -> None:
        """Mute the track as a microphone button does."""
        if self._track is not None:
            self._track.mute()

    def unmute(self) -> None:
        """Undo mute()."""
        if self._track is not None:
            self._track.unmute()

    async def close(self) -> None:
        """Stop sending for good."""
        self._closing = True
        if self._source is None or self._pump is None:
            return
        # A capture cut short would still call back, into a client that may be gone by then.
        self._source.clear_queue()
        await asyncio.wait([self._pump], timeout=CLOSE_SECONDS)
        self._pump.cancel()
        await self._source.aclose()

    async def _flow(self, source: rtc.AudioSource) -> None:
        while not self._closing:
            frame = next(self._frames, None)
            if frame is None:
                self._frames = iter(SILENCE)
                continue
            await source.capture_frame(frame)
