"""A short run of the fault harness, as `make test` has it. `make chaos` is the long one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SECONDS = 420
"""On a machine that does other things besides; alone it takes about a minute."""

pytestmark = pytest.mark.skipif(
    not shutil.which("redis-server") and not os.environ.get("CI"), reason="redis-server not found"
)


@pytest.mark.parametrize(
    ("seed", "faults"),
    [(11, ["webhooks dropped", "host killed", "livekit killed", "postgres killed"])],
)
def test_it_heals(seed: int, faults: list[str]) -> None:
    command = [sys.executable, "-m", "tests.chaos", "--seed", str(seed), "--no-browser", "--each", *faults]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
