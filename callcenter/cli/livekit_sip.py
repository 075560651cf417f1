"""livekit-sip, LiveKit's door to the telephone network: where its program is, how it is configured."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callcenter.cli import free_ports, system_packages
from callcenter.cli.go_programs import GoProgram
from callcenter.cli.side_by_side import Preparation
from callcenter.platform.errors import Problem

PROGRAM = GoProgram("livekit-sip", "sip", "github.com/livekit/sip", "cmd/livekit-sip", "2 to 5 minutes", cgo=True)
PREPARATION = Preparation(PROGRAM.name, f"{__name__}:find_or_build")
LIBRARIES = {"opus": "libopus-dev", "opusfile": "libopusfile-dev", "soxr": "libsoxr-dev"}
"""What it is linked with: the name pkg-config knows, and Debian's package."""
RTP_PORTS = 400
"""A call takes one port for its sound."""


@dataclass(frozen=True)
class Ports:
    """The ports of one livekit-sip. The calls' sound uses ``rtp`` and the RTP_PORTS - 1 after it."""

    sip: int = 5060
    rtp: int = 10000
    health: int = 5070
    metrics: int = 5071
    rtp_count: int = RTP_PORTS

    @classmethod
    def from_environment(cls) -> "Ports":
        """SIP_PORT, with health and figures on the tenth and eleventh port after it; SIP_RTP_PORT."""
        sip = free_ports.from_environment("SIP_PORT", 5060)
        rtp = free_ports.from_environment("SIP_RTP_PORT", 10000)
        if sip + 11 > 65535 or rtp + RTP_PORTS > 65535:
            raise Problem("SIP_PORT or SIP_RTP_PORT is too high: further ports follow it. Choose one below 65000.")
        return cls(sip, rtp, sip + 10, sip + 11)

    @property
    def last_rtp(self) -> int:
        return self.rtp + self.rtp_count - 1


def find_or_build() -> Path:
    """livekit-sip from PATH, from the cache, or built now. Raises Problem saying what to do."""
    found = PROGRAM.find()
    if found:
        return found
    missing = missing_packages()
    if missing:
        system_packages.install(missing, "to build livekit-sip")
    if missing_packages():
        raise Problem(
            f"livekit-sip has to be built once, and this machine lacks {', '.join(missing)}. Install them "
            f"({system_packages.how_to_install(missing)}), or put a livekit-sip on PATH, then run this again."
        )
    return PROGRAM.build()


def missing_packages() -> list[str]:
    """Debian's names of what has to be installed before it can be built."""
    tools = {"cc": "build-essential", "pkg-config": "pkg-config"}
    missing = [package for program, package in tools.items() if not shutil.which(program)]
    return missing + [package for library, package in LIBRARIES.items() if not _has(library)]


def _has(library: str) -> bool:
    if not shutil.which("pkg-config"):
        return False
    return subprocess.run(["pkg-config", "--exists", library]).returncode == 0


def config_text(
    api_key: str, api_secret: str, ws_url: str, redis_address: str, ports: Ports = Ports(), log_level: str = "error"
) -> str:
    """The configuration of a livekit-sip that is reachable on this machine only.

    Ports of ended calls are free at once: on one machine no stray packets arrive late.
    """
    config: dict[str, Any] = {
        "api_key": api_key,
        "api_secret": api_secret,
        "ws_url": ws_url,
        "redis": {"address": redis_address},
        "listen_ip": "127.0.0.1",
        "sip_port": ports.sip,
        "rtp_port": f"{ports.rtp}-{ports.last_rtp}",
        "health_port": ports.health,
        "prometheus_port": ports.metrics,
        "use_external_ip": False,
        "nat_1_to_1_ip": "127.0.0.1",
        "rtp_draining_idle_timeout": "-1s",
        "rtp_draining_duration": "-1s",
        "max_cpu_utilization": 1,
        "logging": {"level": log_level},
    }
    return json.dumps(config, indent=2)
