"""Programs that are run as one."""

import os
import pty
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from callcenter.cli.environment import ROOT

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


WORDY = """
exec 2>/dev/null
trap "printf last; exit" TERM
printf 'one\\n\\nlong%s\\n' "$(head -c 300000 /dev/zero | tr '\\0' x)"
exec 2>/dev/null
while :; do sleep 0.1; done
"""
"""A program that prints its last line without an end; its shell prints nothing about the sleep that is stopped too."""


def test_what_a_program_prints_is_named_and_whole() -> None:
    """Each line has the time and the name before it, however long it is, also the last one without an end."""
    program = _start(RUN.replace("second", "later"), WORDY)
    assert program.stdout is not None
    said = [program.stdout.readline() for _ in range(6)]
    program.send_signal(signal.SIGINT)
    said += program.stdout.readlines()
    assert program.wait(timeout=30) == 0
    lines = sorted(re.sub("^[0-9:]{8} ", "", line.rstrip("\n")) for line in said)
    texts = ("one", "", "long" + "x" * 300_000, "last")
    assert lines == sorted(["==> Stopped", *(f"{name} | {text}" for name in ("first", "later") for text in texts)])


def test_programs_have_colours_on_a_terminal() -> None:
    terminal, end = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", RUN, "echo hello; exec sleep 60"], cwd=ROOT, stdout=end) as program:
        os.close(end)
        said = b""
        while said.count(b"hello") < 2:
            said += os.read(terminal, 1024)
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=30) == 0
    os.close(terminal)
    prefix = rb"\x1b\[0m\x1b\[%dm[0-9:]{8} %s *\| \x1b\[0mhello"
    assert re.search(prefix % (36, b"first"), said)
    assert re.search(prefix % (33, b"second"), said)


DEAF = "trap '' TERM; echo deaf $$; while :; do sleep 0.1; done"
"""A program that no request to stop ends."""


def _end_of_line(program: "subprocess.Popen[str]", word: str) -> str:
    assert program.stdout is not None
    return next(line for line in program.stdout if word in line).split()[-1]


def _runs(pid: int) -> bool:
    """Returns False also for a process that has ended and whose end nobody has asked for yet."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_second_interrupt_kills_what_does_not_stop() -> None:
    program = _start(RUN, DEAF)
    pids = [int(_end_of_line(program, "deaf")) for _ in range(2)]
    program.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(timeout=2)
    assert all(_runs(pid) for pid in pids)
    program.send_signal(signal.SIGINT)
    assert program.wait(timeout=2) == 0
    assert not any(_runs(pid) for pid in pids)


def test_a_request_to_stop_that_comes_twice_kills_nothing() -> None:
    """As when `make` passes on what its whole process group was sent."""
    program = _start(RUN, "trap 'sleep 1; echo tidy; exit' TERM; echo waits; while :; do sleep 0.1; done")
    for _ in range(2):
        _end_of_line(program, "waits")
    program.send_signal(signal.SIGTERM)
    program.send_signal(signal.SIGHUP)
    assert program.wait(timeout=30) == 0
    assert program.stdout is not None
    assert program.stdout.read().count("tidy") == 2


def test_a_program_that_does_not_stop_when_another_has_ended_is_killed() -> None:
    program = _start(RESTARTED.replace("echo lives $$; exec sleep 60", DEAF), "sleep 0.5; exit 3")
    pid = int(_end_of_line(program, "deaf"))
    assert program.wait(timeout=30) == 1
    assert not _runs(pid)


def test_the_children_of_a_program_do_not_outlive_it() -> None:
    """They are killed although they hold its output open, and their parent was killed and could not end them."""
    program = _start(RESTARTED, "sleep 600 & echo child $!; exec sleep 60")
    child = int(_end_of_line(program, "child"))
    parent = os.getpgid(child)
    os.kill(parent, signal.SIGKILL)
    assert program.wait(timeout=30) == 1
    assert not _runs(child)
    assert program.stdout is not None
    assert "desk ended by itself (exit status -9)" in program.stdout.read()


def test_a_program_that_is_not_there_ends_all() -> None:
    program = _start(RESTARTED.replace('"sh", "-c", sys.argv[1]', '"no-such-program"'))
    assert program.wait(timeout=30) == 1
    assert program.stdout is not None
    words = program.stdout.read()
    assert "cannot be started" in words
    assert "desk ended by itself (exit status 127)" in words


def test_no_program_outlives_an_output_that_nobody_reads() -> None:
    program = _start(RESTARTED, "while echo more; do sleep 0.1; done")
    server = _pid_of_server(program)
    assert program.stdout is not None
    program.stdout.close()
    assert program.wait(timeout=30) != 0
    assert not _runs(server)


CALLED_BACK = """
import sys
from callcenter.cli.processes import Runner
runner = Runner()
runner.add("server", ["sh", "-c", "exec sleep 60"], {"WHAT": "more"})
runner.add("desk", ["sh", "-c", "echo knows $WHAT$HOME; exec sleep 60"], {"WHAT": "it"})
def look():
    sys.stdout.write(f"called back {runner.stopping.is_set()}\\n")
    sys.stdout.flush()
    runner.stop("it does not answer")
    print("stopped", runner.stopping.wait(20), flush=True)
runner.after_start(look)
sys.exit(runner.run())
"""


def test_the_callback_runs_beside_the_programs_and_can_stop_them() -> None:
    began = time.monotonic()
    program = _start(CALLED_BACK)
    assert program.wait(timeout=30) == 1
    assert time.monotonic() - began < 20
    assert program.stdout is not None
    words = program.stdout.read()
    assert "called back False\n" in words
    assert "stopped True\n" in words
    assert "error: all is stopped: it does not answer.\n" in words


def test_a_program_is_given_the_environment_and_what_is_added() -> None:
    program = _start(CALLED_BACK.replace("runner.stop", "runner.stopping.wait(1) or runner.stop"))
    assert _end_of_line(program, "knows") == f"it{os.environ['HOME']}"
    assert program.wait(timeout=30) == 1
