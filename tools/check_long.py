"""Run what `make test` leaves out because it is slow and rarely breaks: what `make test-long` runs, in some two hours.

python tools/check_long.py [--only documents|busy|fuzz|chaos]

documents  Caddy, promtool and Docker Compose are built once; no test of the documents is skipped.
busy       Every suite runs beside two busy loops: a test that only passes on a quiet machine is a fault.
fuzz       Tests that make up their own input try twenty times as many examples.
chaos      Twenty rounds of faults, drawn anew, beside the busy loops.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from callcenter.cli.go_programs import GoProgram
from callcenter.platform.errors import Problem
from tools.check import prepared, step, tests

PROGRAMS = (
    GoProgram("caddy", "caddy", "github.com/caddyserver/caddy/v2", "cmd/caddy", "1 to 2 minutes"),
    GoProgram("promtool", "promtool", "github.com/prometheus/prometheus", "cmd/promtool", "3 to 5 minutes"),
    GoProgram("docker-compose", "docker-compose", "github.com/docker/compose/v5", "cmd", "2 to 3 minutes"),
)
"""The programs that the documents name and that nobody needs to run the product."""
OF_THE_DOCUMENTS = ("test_deployment.py", "test_deployment_files.py", "test_figures_used.py")
MADE_UP = ("tests/integration/test_fuzz_*.py", "tests/unit/test_model*.py")
PARTS = ("documents", "busy", "fuzz", "chaos")
BUSY_LOOPS = 2
TIMES = 20
ROUNDS = 20


def main() -> None:
    """Stop at the first part that fails, with its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS)
    only = parser.parse_args().only
    os.chdir(ROOT)
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    parts = {"documents": documents, "busy": busy, "fuzz": fuzz, "chaos": chaos}
    try:
        with prepared():
            pass
        for name in [only] if only else PARTS:
            parts[name]()
    except Problem as problem:
        sys.exit(f"error: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)
    print("==> All good", flush=True)


def documents() -> None:
    """Every command and file of the documents, with the programs they are for."""
    built = [str((program.find() or program.build()).parent) for program in PROGRAMS]
    os.environ["PATH"] = os.pathsep.join((os.environ["PATH"], *built))
    step("The documents", "pytest", "--no-skips", *(f"tests/integration/{name}" for name in OF_THE_DOCUMENTS))


def busy() -> None:
    """All of `make test` on a machine that is never quiet."""
    with busy_loops():
        tests([])


def fuzz() -> None:
    """More made-up input, other than in every run before."""
    files = sorted(str(path) for pattern in MADE_UP for path in ROOT.glob(pattern))
    step(f"{TIMES} times as much made-up input", "pytest", f"--fuzz={TIMES}", *files)


def chaos() -> None:
    """Faults at random; the seed is printed, so that what fails can be repeated."""
    with busy_loops():
        step(f"{ROUNDS} rounds of chaos", "tests.chaos", f"--rounds={ROUNDS}")


@contextmanager
def busy_loops() -> Iterator[None]:
    """Programs that want all of two cores."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY_LOOPS)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


if __name__ == "__main__":
    main()
