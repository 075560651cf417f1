"""Programs that are run as one."""

import os
import signal
import subprocess
import sys

import pytest

from callcenter.cli.development import ROOT

ONCE_IS_NOT_ENOUGH = "trap \"trap 'echo gone; exit' TERM\" TERM; echo waits; while :; do sleep 0.1; done"
RUN = """
import sys
from callcenter.cli.processes import Runner
runner = Runner()
for name in ("first", "second"):
    runner.add(name, ["sh", "-c", sys.argv[1]])
sys.exit(runner.run())
"""


def test_a_program_that_waits_is_asked_once_more_and_not_killed() -> None:
    """As the media server while calls are on."""
    program = subprocess.Popen(
        [sys.executable, "-c", RUN, ONCE_IS_NOT_ENOUGH], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip
    assert program.stdout is not None
    said = [program.stdout.readline(), program.stdout.readline()]
    assert all("waits" in line for line in said)
    program.send_signal(signal.SIGINT)
    assert program.wait(timeout=30) == 0
    assert program.stdout.read().count("gone") == 2


RESTARTED = """
import sys
from callcenter.cli.processes import Runner
runner = Runner()
runner.add("server", ["sh", "-c", "echo lives $$; exec sleep 60"], restarts=True)
runner.add("desk", ["sh", "-c", sys.argv[1]])
sys.exit(runner.run())
"""


def _start(program: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip


def _pid_of_server(program: "subprocess.Popen[str]") -> int:
    """From the line it writes when it begins to live."""
    assert program.stdout is not None
    line = next(line for line in program.stdout if "lives" in line)
    return int(line.split()[-1])


def test_a_server_that_is_killed_is_started_again_and_stops_with_all() -> None:
    program = _start(RESTARTED, "exec sleep 60")
    first = _pid_of_server(program)
    os.kill(first, signal.SIGKILL)
    second = _pid_of_server(program)
    assert second != first
    program.send_signal(signal.SIGINT)
    assert program.wait(timeout=30) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


def test_the_end_of_the_desk_ends_a_server_that_is_restarted_too() -> None:
    program = _start(RESTARTED, "sleep 0.5; exit 3")
    _pid_of_server(program)
    assert program.wait(timeout=30) == 1
    assert program.stdout is not None
    assert "desk ended by itself (exit status 3)" in program.stdout.read()


def test_a_server_that_never_runs_ends_all() -> None:
    program = _start(RESTARTED.replace("echo lives $$; exec sleep 60", "exit 7"), "exec sleep 60")
    assert program.wait(timeout=30) == 1
    assert program.stdout is not None
    words = program.stdout.read()
    assert "server ended by itself (exit status 7); its last words" in words
    assert words.count("started again") == 4
