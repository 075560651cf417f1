"""Programs that are run as one."""

import signal
import subprocess
import sys

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
