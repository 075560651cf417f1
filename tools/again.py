"""pytest, and what failed beside real servers once more, alone: python -m tools.again [pytest arguments]

A machine that stands still for some seconds in the wrong moment, as small virtual ones do, fails a test that rightly
waits for real sound. What passes when it is repeated is listed, with its first failure above: it wants a look.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

MOST = 2
"""More failures are no accident."""
ON_A_VIRTUAL_CLOCK = "tests/unit/"
"""These wait for nothing: they are never repeated."""
FAILED = 1


def main() -> None:
    """Exit with pytest's status."""
    with tempfile.TemporaryDirectory() as home:
        status = _pytest(home, sys.argv[1:])
        failed = _failed(Path(home)) if status == FAILED else []
        if not _may_be_an_accident(failed):
            sys.exit(status)
        print(f"==> Once more, alone: {', '.join(failed)}", flush=True)
        status = _pytest(home, [*sys.argv[1:], "--last-failed"])
    if not status:
        line = "!" * 100
        print(f"{line}\n!!  PASSED ONLY WHEN REPEATED: {', '.join(failed)}\n{line}", flush=True)
    sys.exit(status)


def _pytest(home: str, arguments: Sequence[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-o", f"cache_dir={home}", *arguments]
    return subprocess.run(command, check=False).returncode


def _failed(home: Path) -> list[str]:
    """The tests that failed last, by name."""
    path = home / "v" / "cache" / "lastfailed"
    return sorted(json.loads(path.read_text())) if path.exists() else []


def _may_be_an_accident(failed: Sequence[str]) -> bool:
    return 0 < len(failed) <= MOST and not any(name.startswith(ON_A_VIRTUAL_CLOCK) for name in failed)


if __name__ == "__main__":
    main()
