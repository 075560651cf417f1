"""What a participant hears, as numbers: loudness, tones, and whether there is sound at all.

Pure: samples and the time come in as arguments. Levels are in dBFS (0 is as loud as 16 bits can be).
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

FULL_SCALE = 32768.0
SILENCE_DBFS = -96.0
LOUD_DBFS = -42.0
QUIET_DBFS = -52.0
PAUSE_SECONDS = 0.4
WINDOW_SECONDS = 0.4
TONE_SHARE = 0.15
NEVER = float("-inf")


def level_dbfs(samples: Samples) -> float:
    """The loudness (RMS) in dBFS; SILENCE_DBFS at the least, also for no samples."""
    if not len(samples):
        return SILENCE_DBFS
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return max(SILENCE_DBFS, 20 * float(np.log10(rms / FULL_SCALE))) if rms else SILENCE_DBFS


def tone_shares(samples: Samples, rate: int, frequencies: Iterable[int]) -> dict[int, float]:
    """How much of the sound each frequency (Hz) makes up, 0 to 1: a Goertzel measurement under a Hann window."""
    wanted = list(frequencies)
    if len(samples) < 2 or not np.any(samples):
        return dict.fromkeys(wanted, 0.0)
    window = np.hanning(len(samples))
    shaped = samples * window
    gain = 2 * np.sum(window**2) / (np.sum(window) ** 2 * np.sum(shaped**2))
    turns = np.arange(len(samples)) * (-2j * np.pi / rate)
    return {hz: min(1.0, float(gain * abs(np.dot(shaped, np.exp(turns * hz))) ** 2)) for hz in wanted}


class Hearing:
    """One ear. It remembers the last WINDOW_SECONDS of sound and when there last was any.

    Sound begins above LOUD_DBFS and lasts while it stays above QUIET_DBFS; pauses up to PAUSE_SECONDS,
    as between two words, do not end it.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.level = SILENCE_DBFS
        self.last_sound_at = NEVER
        self.seconds_heard = 0.0
        self._window = np.zeros(int(rate * WINDOW_SECONDS), np.int16)

    def feed(self, samples: Samples, now: float) -> None:
        """Take in what arrived at ``now`` (seconds of any steady clock)."""
        size = len(self._window)
        recent = samples[-size:]
        self._window = np.concatenate((self._window[len(recent) :], recent))
        self.level = level_dbfs(samples)
        if self.level > (QUIET_DBFS if self.sounds(now) else LOUD_DBFS):
            self.last_sound_at = now
            self.seconds_heard += len(samples) / self.rate

    def sounds(self, now: float) -> bool:
        """Whether there is sound, pauses between words included."""
        return self.quiet_for(now) < PAUSE_SECONDS

    def quiet_for(self, now: float) -> float:
        """Seconds since there last was sound; infinite when there never was."""
        return now - self.last_sound_at

    def tones(self, frequencies: Iterable[int]) -> set[int]:
        """Those of ``frequencies`` (Hz) that can be heard in the last WINDOW_SECONDS."""
        if level_dbfs(self._window) <= QUIET_DBFS:
            return set()
        return {hz for hz, share in tone_shares(self._window, self.rate, frequencies).items() if share >= TONE_SHARE}
