"""The page: built once for all ports, again when its sources changed."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from callcenter.cli.environment import ROOT, load_environment
from callcenter.cli.side_by_side import Preparation
from callcenter.platform.errors import Problem

WEB = ROOT / ".web"
STAMP = WEB / "build" / "callcenter.sha256"
LOG = ROOT / ".dev" / "build.log"
NOT_OF_THE_PAGE = {"cli", "__pycache__"}
PREPARATION = Preparation("the web page", f"{__name__}:build_if_changed")
NPM_SETTINGS = {
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_update_notifier": "false",
    "npm_config_omit_lockfile_registry_resolved": "true",
}
"""Nothing is asked for but the packages, and reflex.lock/ names no registry, whatever else this user's npm is told."""
NETWORK_WORDS = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH", "network request")


def build_if_changed() -> None:
    """Build the page unless the one that is there was built from the same sources. Raises Problem."""
    if is_current():
        return
    with _only_one():
        if not is_current():
            _build()


def is_current() -> bool:
    """Whether the built page is there and was built from these sources."""
    return STAMP.exists() and STAMP.read_text() == f"{_fingerprint(_sources())} {_fingerprint(_lock())}"


def _fingerprint(files: Iterator[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(set(files)):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    """Every file the built page depends on, but for the lock file."""
    yield from (ROOT / name for name in ("rxconfig.py", "requirements.lock"))
    for part in (ROOT / "callcenter").iterdir():
        if part.is_file() and part.suffix == ".py":
            yield part
        elif part.is_dir() and part.name not in NOT_OF_THE_PAGE:
            yield from part.rglob("*.py")
            yield from part.rglob("*.po")
    assets = ROOT / "assets"
    yield from (
        path for path in assets.rglob("*") if path.is_file() and "external" not in path.relative_to(assets).parts
    )


def _lock() -> Iterator[Path]:
    """The npm packages: a source of the build that the build itself may bring up to date."""
    return (path for path in (ROOT / "reflex.lock").rglob("*") if path.is_file())


@contextmanager
def _only_one() -> Iterator[None]:
    """Two builds in one directory would destroy each other."""
    LOG.parent.mkdir(mode=0o700, exist_ok=True)
    with open(ROOT / ".dev" / "build.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("==> Waiting for another build of the web page", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build() -> None:
    first = "" if (WEB / "node_modules").exists() else ", about a minute the first time"
    print(f"==> Building the web page (its sources changed{first})", flush=True)
    STAMP.unlink(missing_ok=True)
    started = monotonic()
    sources = _fingerprint(_sources())
    _reflex_export("--frontend-only", "--no-zip")
    STAMP.write_text(f"{sources} {_fingerprint(_lock())}")
    print(f"    the web page is built ({monotonic() - started:.0f} s)", flush=True)


def _reflex_export(*options: str) -> None:
    with LOG.open("w") as log:
        result = subprocess.run(
            [sys.executable, "-m", "reflex", "export", *options],
            cwd=ROOT,
            env=_environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    if result.returncode:
        raise Problem(_why_not_built(LOG.read_text(errors="replace")))


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, (str(Path(sys.executable).parent), os.environ.get("PATH", ""))))
    dropped = {"__REFLEX_SKIP_COMPILE", "__REFLEX_MOUNT_FRONTEND_COMPILED_APP"}
    kept = {key: value for key, value in os.environ.items() if key not in dropped}
    return kept | NPM_SETTINGS | {"PATH": path, "NO_COLOR": "1"}


def _why_not_built(log: str) -> str:
    if any(word in log for word in NETWORK_WORDS):
        return (
            "the web page needs packages from the npm registry, which cannot be reached. Check the network connection."
        )
    lines = [line.rstrip() for line in log.splitlines() if line.strip()]
    sys.stderr.write("\n".join(lines[-40:]) + "\n")
    return f"the web page could not be built; the last lines are above, all of them in {LOG.relative_to(ROOT)}."


def build() -> None:
    """Build the web page if its sources changed."""
    load_environment(create=True)
    build_if_changed()
    print(f"The page is in {(WEB / 'build' / 'client').relative_to(ROOT)}.")


def export() -> None:
    """Build the page and pack frontend.zip and backend.zip."""
    load_environment(create=True)
    print("==> Building and packing", flush=True)
    with _only_one():
        STAMP.unlink(missing_ok=True)
        _reflex_export()
    print("The page is in frontend.zip (it asks the address it is served from), the server in backend.zip.")
