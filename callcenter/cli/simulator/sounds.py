"""What a simulated participant says: a voice, a tone or a file, cut once into frames that all share."""

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from livekit import rtc
from numpy.typing import NDArray

from callcenter.platform.errors import Problem

RATE = 16_000
FRAME_MS = 50
FRAME_SAMPLES = RATE * FRAME_MS // 1000
TONE_DBFS = -12.0
PAUSE_SECONDS = 0.8
Wave = NDArray[np.float64]
VOICES = Path(__file__).with_name("voices")


class UnusableSound(Problem):
    """The file is no sound this tool can play; the text says what it wants instead."""


@dataclass(frozen=True, eq=False)
class Sound:
    """Frames of FRAME_MS milliseconds, mono, 16 kHz; ``loops`` says it again and again."""

    frames: tuple[rtc.AudioFrame, ...]
    loops: bool = True

    def once(self) -> "Sound":
        """The same, said a single time."""
        return Sound(self.frames, loops=False)

    def __iter__(self) -> Iterator[rtc.AudioFrame]:
        yield from self.frames
        while self.loops:
            yield from self.frames


@lru_cache
def voice(name: str) -> Sound:
    """A spoken sentence that comes with the project: 'caller' or 'phone'."""
    return from_file(VOICES / f"{name}.wav")


@lru_cache
def tone(hz: int, level_dbfs: float = TONE_DBFS) -> Sound:
    """A steady tone; a whole number of Hz joins without a click."""
    if not 20 <= hz <= RATE // 2:
        raise UnusableSound(f"a tone of {hz} Hz cannot be sent: 20 to {RATE // 2} Hz can")
    amplitude = 32768 * 10 ** (level_dbfs / 20) * np.sqrt(2)
    return _cut(amplitude * np.sin(2 * np.pi * hz * np.arange(RATE) / RATE))


@lru_cache
def from_file(path: Path) -> Sound:
    """A WAV file (PCM, 16 bits, any rate, mono or stereo). Raises UnusableSound."""
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise UnusableSound(f"{path} cannot be played ({error}): give a WAV file (PCM, 16 bits)") from None
    if width != 2 or not data:
        raise UnusableSound(
            f"{path} cannot be played ({width * 8} bits, {len(data)} bytes): give a WAV file of 16 bits"
        )
    samples = np.frombuffer(data, "<i2").reshape(-1, channels).mean(axis=1)
    return _cut(np.concatenate((_at_our_rate(samples, rate), np.zeros(int(RATE * PAUSE_SECONDS)))))


def _at_our_rate(samples: Wave, rate: int) -> Wave:
    if rate == RATE:
        return samples
    resampler = rtc.AudioResampler(rate, RATE, quality=rtc.AudioResamplerQuality.HIGH)
    parts = resampler.push(bytearray(samples.astype("<i2").tobytes())) + resampler.flush()
    return np.concatenate([np.zeros(0), *(np.frombuffer(part.data, np.int16) for part in parts)])


def _cut(samples: Wave) -> Sound:
    whole = np.clip(samples, -32768, 32767).astype("<i2")
    short = -len(whole) % FRAME_SAMPLES
    frames = np.concatenate((whole, np.zeros(short, "<i2"))).reshape(-1, FRAME_SAMPLES)
    return Sound(tuple(rtc.AudioFrame(frame.tobytes(), RATE, 1, FRAME_SAMPLES) for frame in frames))


SILENCE = _cut(np.zeros(FRAME_SAMPLES))
