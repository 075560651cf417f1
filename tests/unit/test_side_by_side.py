"""Preparations beside each other: all succeed, or the first reason is told and none is left running."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from callcenter.cli.side_by_side import Preparation, SideBySide, in_words
from callcenter.platform.errors import Problem

HERE = __name__
NOTES = "TEST_NOTES"
"""Where the preparations below write that they began, and with which process."""
PATIENCE_SECONDS = 30.0


def quick() -> None:
    print("quick is done", flush=True)


def long() -> None:
    """As a build does: waits for a program that takes its time."""
    Path(os.environ[NOTES], "long").write_text(str(os.getpid()))
    subprocess.run(["sleep", "600"], check=True)


def no_network() -> None:
    _wait_for(Path(os.environ[NOTES], "long"))
    print("line 40 of the log", file=sys.stderr)
    raise Problem("The registry cannot be reached. Check the network connection.")


def broken() -> None:
    raise ZeroDivisionError


def _wait_for(note: Path) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (note.exists() and note.read_text()):
        assert time.monotonic() < deadline, f"{note.name} never began"
        time.sleep(0.01)
    return int(note.read_text())


def _family_ends(group: int) -> bool:
    """A killed program is gone when the system has come to it; as a zombie it runs no longer."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if not any(_runs_in(group, process) for process in psutil.process_iter()):
            return True
        time.sleep(0.01)
    return False


def _runs_in(group: int, process: psutil.Process) -> bool:
    with suppress(ProcessLookupError, psutil.NoSuchProcess):
        return os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE
    return False


def preparation(name: str) -> Preparation:
    return Preparation(name, f"{HERE}:{name}")


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(NOTES, str(tmp_path))
    return tmp_path


def test_the_block_runs_meanwhile_and_each_is_timed(capfd: pytest.CaptureFixture[str]) -> None:
    with SideBySide([preparation("quick")]) as running:
        print("the block", flush=True)
    assert running.seconds.keys() == {"quick"}
    assert set(capfd.readouterr().out.splitlines()) == {"the block", "quick is done"}


def test_the_first_reason_is_told_and_the_others_are_stopped(notes: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with (
        pytest.raises(Problem, match=r"^The registry cannot be reached\. Check the network connection\.$"),
        SideBySide([preparation("long"), preparation("no_network")]),
    ):
        pass
    assert _family_ends(_wait_for(notes / "long"))
    assert capfd.readouterr().err == "line 40 of the log\n", "the reason itself is told once, by whoever catches it"


def test_what_nobody_foresaw_is_told_with_its_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    with (
        pytest.raises(Problem, match=r"^broken failed; its last words are above\.$"),
        SideBySide([preparation("broken")]),
    ):
        pass
    assert "ZeroDivisionError" in capfd.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_running(notes: Path, number: signal.Signals) -> None:
    program = (
        "from callcenter.cli.side_by_side import *\n"
        f"with SideBySide([Preparation('long', '{HERE}:long')]): print('begun', flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) as process:
        group = _wait_for(notes / "long")
        process.send_signal(number)
        process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode
    assert _family_ends(group)


def test_one_can_be_waited_for_and_another_started_after_it() -> None:
    first = preparation("quick")
    with SideBySide([first]) as running:
        running.wait_for(first)
        assert running.seconds.keys() == {"quick"}
        running.start(Preparation("after it", f"{HERE}:quick"))
    assert running.seconds.keys() == {"quick", "after it"}


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (96, "1 min 36 s"), (31.2, "31 s")])
def test_durations_are_told_as_people_say_them(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
