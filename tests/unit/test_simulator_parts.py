"""The sounds, numbers, behaviours and figures of the simulated callers and phones."""

import random
import wave
from itertools import islice
from pathlib import Path

import numpy as np
import phonenumbers
import pytest

from callcenter.cli.simulator import UnusableSound, from_file, tone, voice
from callcenter.cli.simulator.campaign import Outcome
from callcenter.cli.simulator.connection import Connection, NoLiveKit, why_not
from callcenter.cli.simulator.hearing import Hearing, level_dbfs
from callcenter.cli.simulator.numbers import OUR_NUMBER, pretend_numbers
from callcenter.cli.simulator.phone import BEHAVIOURS, DEFAULT, behaviour_of
from callcenter.cli.simulator.reports import summary
from callcenter.cli.simulator.sounds import FRAME_SAMPLES, RATE, Sound
from callcenter.settings import Settings
from tests.conftest import MakeSettings


def samples(sound: Sound) -> np.ndarray:
    return np.concatenate([np.frombuffer(frame.data, np.int16) for frame in sound.frames])


def write_wav(path: Path, hz: int, rate: int, channels: int = 1, width: int = 2) -> Path:
    time = np.repeat(np.arange(rate // 2) / rate, channels)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes((8000 * np.sin(2 * np.pi * hz * time)).astype("<i2").tobytes())
    return path


def test_callers_and_phones_speak_with_voices_of_their_own() -> None:
    caller, phone = samples(voice("caller")), samples(voice("phone"))
    assert min(len(caller), len(phone)) > 5 * RATE
    assert min(level_dbfs(caller), level_dbfs(phone)) > -30
    assert not np.array_equal(caller[: 5 * RATE], phone[: 5 * RATE])


def test_a_sound_is_cut_once_and_shared() -> None:
    assert voice("caller") is voice("caller")
    assert {frame.samples_per_channel for frame in voice("caller").frames} == {FRAME_SAMPLES}


def test_a_sound_loops_unless_told_not_to() -> None:
    length = len(tone(440).frames)
    assert len(list(islice(tone(440), length + 3))) == length + 3
    assert len(list(tone(440).once())) == length


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16000, 2), (22050, 1), (44100, 2), (48000, 1)])
def test_any_wav_of_16_bits_can_be_said(tmp_path: Path, rate: int, channels: int) -> None:
    sound = from_file(write_wav(tmp_path / "own.wav", 700, rate, channels))
    hearing = Hearing(RATE)
    hearing.feed(samples(sound)[: RATE // 2], now=0)
    assert hearing.tones([350, 700, 1400]) == {700}


def test_a_file_that_is_no_such_sound_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "no.wav").write_text("hello")
    for path in (tmp_path / "no.wav", tmp_path / "missing.wav", write_wav(tmp_path / "w.wav", 700, 8000, width=4)):
        with pytest.raises(UnusableSound, match="cannot be played"):
            from_file(path)
    with pytest.raises(UnusableSound, match="20 to 8000 Hz"):
        tone(9000)


def test_pretend_numbers_are_possible_distinct_and_not_ours() -> None:
    numbers = list(islice(pretend_numbers(random.Random(1)), 1000))
    assert len(set(numbers)) == 1000
    assert OUR_NUMBER not in numbers
    assert all(phonenumbers.is_possible_number(phonenumbers.parse(number)) for number in numbers)


def test_the_last_two_digits_decide_what_a_phone_does() -> None:
    assert behaviour_of("+493023125001").then == "busy"
    assert behaviour_of("+493023125002").then == "declined"
    assert behaviour_of("+493023125003").after is None
    assert behaviour_of("+493023125004").then == "failed"
    assert behaviour_of("+493023125005").talks == 5.0
    assert behaviour_of("+493023125017") is DEFAULT


def test_the_simulated_phones_are_documented_as_they_behave() -> None:
    page = (Path(__file__).parents[2] / "docs" / "simulated-phones.md").read_text()
    for digits, behaviour in BEHAVIOURS.items():
        assert f"| …{digits} | {behaviour.words} |" in page
    assert f"| any other | {DEFAULT.words} |" in page


def test_the_summary_counts_every_caller_once() -> None:
    outcomes = [
        Outcome(1, "1", answered_after=1.0, ending="hung_up"),
        Outcome(2, "2", answered_after=3.0, ending="other_side_hung_up"),
        Outcome(3, "3", ending="gave_up"),
        Outcome(4, "4", ending="turned_away"),
        Outcome(5, "5", ending="failed"),
        Outcome(6, "6"),
    ]
    assert summary(outcomes) == {
        "callers": 6,
        "answered": 2,
        "abandoned": 1,
        "turned_away": 1,
        "failed": 2,
        "wait_median_seconds": 2.0,
        "wait_p95_seconds": 2.9,
    }


def test_a_connection_needs_key_and_secret(settings: Settings, make_settings: MakeSettings) -> None:
    assert Connection.of(settings).ws_url == "ws://127.0.0.1:9"
    with pytest.raises(NoLiveKit, match="LIVEKIT_API_KEY"):
        Connection.of(make_settings(livekit_api_key=""))


async def test_who_does_not_answer_is_named(settings: Settings) -> None:
    with pytest.raises(NoLiveKit, match=r"LiveKit does not answer at ws://127\.0\.0\.1:9: start it with `make run`"):
        await Connection.of(settings).check()


def test_a_refusal_never_shows_the_token() -> None:
    message = "engine: signal failure: client error: 401 Unauthorized - invalid token: eyJhbGciOi"
    assert "eyJ" not in why_not("ws://x", message)
    assert "eyJ" not in why_not("ws://x", message.replace("401 Unauthorized", "500"))
