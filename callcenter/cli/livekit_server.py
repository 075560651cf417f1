"""livekit-server: where its program is, how it is configured."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callcenter.cli import free_ports
from callcenter.cli.go_programs import GoProgram
from callcenter.cli.side_by_side import Preparation

PROGRAM = GoProgram("livekit-server", "livekit", "github.com/livekit/livekit-server", "cmd/server", "2 to 3 minutes")
PREPARATION = Preparation(PROGRAM.name, f"{__name__}:find_or_build")


@dataclass(frozen=True)
class Ports:
    """The three ports of one livekit-server on one machine."""

    http: int = 7880
    tcp: int = 7881
    udp: int = 7882

    @classmethod
    def from_environment(cls) -> "Ports":
        """LIVEKIT_PORT, and the two after it unless LIVEKIT_TCP_PORT and LIVEKIT_UDP_PORT say otherwise."""
        http = free_ports.from_environment("LIVEKIT_PORT", 7880)
        tcp = free_ports.from_environment("LIVEKIT_TCP_PORT", http + 1)
        return cls(http, tcp, free_ports.from_environment("LIVEKIT_UDP_PORT", http + 2))


def find_or_build() -> Path:
    """livekit-server from PATH, from the cache, or built now. Raises Problem saying what to do."""
    return PROGRAM.find() or PROGRAM.build()


Pair = tuple[str, str]
"""A key and its secret."""


def config_text(
    pair: Pair, webhook_url: str, ports: Ports = Ports(), redis_address: str = "", *, signing: Pair | None = None
) -> str:
    """The configuration of a livekit-server that is reachable on this machine only.

    ``signing`` is the pair with which it signs notifications, which no client's token is signed with; else ``pair``.
    ``redis_address`` (host:port) is for telephones: there it meets livekit-sip. JSON is YAML, and quoting is then
    nobody's worry.
    """
    config: dict[str, Any] = {
        "port": ports.http,
        "bind_addresses": ["127.0.0.1"],
        "keys": dict([pair, *([signing] if signing else [])]),
        "rtc": {
            "node_ip": "127.0.0.1",
            "use_external_ip": False,
            "tcp_port": ports.tcp,
            "udp_port": ports.udp,
            "enable_loopback_candidate": True,
            "ips": {"includes": ["127.0.0.1/32"]},
        },
        "room": {"auto_create": True, "empty_timeout": 60, "departure_timeout": 30, "enable_remote_unmute": True},
        "webhook": {"api_key": (signing or pair)[0], "urls": [webhook_url]},
        "logging": {"level": "error", "pion_level": "error"},
    }
    if redis_address:
        config["redis"] = {"address": redis_address}
    return json.dumps(config, indent=2)


def livekit() -> None:
    """Print the path of livekit-server, building it first when it is nowhere."""
    print(find_or_build())
