"""What counts as sound, and telling tones apart."""

import numpy as np
import pytest

from callcenter.cli.simulator.hearing import PAUSE_SECONDS, SILENCE_DBFS, Hearing, Samples, level_dbfs, tone_shares

RATE = 16_000
FRAME = RATE // 20


def sine(hz: float, dbfs: float, seconds: float = 0.05) -> Samples:
    time = np.arange(int(RATE * seconds)) / RATE
    wave = 32768 * 10 ** (dbfs / 20) * np.sqrt(2) * np.sin(2 * np.pi * hz * time)
    return np.asarray(wave, np.int16)


@pytest.mark.parametrize("dbfs", [-6, -20, -50])
def test_the_level_of_a_tone_is_its_rms(dbfs: float) -> None:
    assert level_dbfs(sine(440, dbfs, 1)) == pytest.approx(dbfs, abs=0.2)


def test_silence_has_a_level_too() -> None:
    assert level_dbfs(np.zeros(FRAME, np.int16)) == SILENCE_DBFS
    assert level_dbfs(np.zeros(0, np.int16)) == SILENCE_DBFS


def test_a_pure_tone_is_the_whole_sound_and_its_neighbours_are_not() -> None:
    shares = tone_shares(sine(1000, -12, 0.4), RATE, [440, 990, 1000, 1050, 2000])
    assert shares[1000] > 0.95
    assert max(shares[440], shares[1050], shares[2000]) < 0.01


def test_two_tones_at_once_are_both_heard() -> None:
    hearing = Hearing(RATE)
    hearing.feed(sine(440, -18, 0.4) + sine(1000, -18, 0.4), now=1.0)
    assert hearing.tones([440, 700, 1000]) == {440, 1000}


def test_noise_is_sound_and_no_tone() -> None:
    hearing = Hearing(RATE)
    hearing.feed(np.random.default_rng(1).normal(0, 3000, RATE).astype(np.int16), now=1.0)
    assert hearing.sounds(1.0)
    assert hearing.tones(range(200, 4000, 100)) == set()


def test_a_pause_between_words_does_not_end_the_sound_and_a_longer_one_does() -> None:
    hearing = Hearing(RATE)
    hearing.feed(sine(440, -20), now=10.0)
    hearing.feed(np.zeros(FRAME, np.int16), now=10.05)
    assert hearing.sounds(10.0 + PAUSE_SECONDS - 0.01)
    assert not hearing.sounds(10.0 + PAUSE_SECONDS)
    assert hearing.seconds_heard == pytest.approx(0.05)


def test_faint_sound_continues_but_does_not_begin() -> None:
    hearing = Hearing(RATE)
    hearing.feed(sine(440, -47), now=1.0)
    assert not hearing.sounds(1.0)
    hearing.feed(sine(440, -20), now=2.0)
    hearing.feed(sine(440, -47), now=2.05)
    assert hearing.quiet_for(2.05) == 0
