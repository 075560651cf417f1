"""A real livekit-sip of a test's own: free ports, pure loopback. kill() and start() bring it down and back."""

import re
import socket
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from callcenter.cli.livekit_sip import Ports, config_text, find_or_build
from tests.support.livekit_server import LiveKitServer, answers, free_port
from tests.support.ports import steady_port
from tests.support.server_process import ServerProcess

RTP_COUNT = 200


def _free_range() -> int:
    """The first of RTP_COUNT ports below those the system hands out by itself; chance keeps two servers apart."""
    for _ in range(50):
        first = 10_000 + free_port() % 110 * RTP_COUNT
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("127.0.0.1", first))
            except OSError:
                continue
        return first
    raise RuntimeError("no ports for sound are free")


@dataclass
class LiveKitSip(ServerProcess):
    title = "livekit-sip"
    livekit: LiveKitServer
    redis_address: str
    log_level: str = "warn"
    ports: Ports = field(
        default_factory=lambda: Ports(
            sip=steady_port(),
            rtp=_free_range(),
            health=steady_port(),
            metrics=steady_port(),
            rtp_count=RTP_COUNT,
        )
    )

    @property
    def address(self) -> str:
        """Where phones find it."""
        return f"127.0.0.1:{self.ports.sip}"

    @property
    def metrics_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.metrics}/metrics"

    def count(self, name: str, **labels: str) -> float:
        """The sum of a Prometheus metric over all that has these labels."""
        total = 0.0
        for line in httpx.get(self.metrics_url, trust_env=False).text.splitlines():
            found = re.match(rf"{name}(?:\{{(.*)\}})? (\S+)$", line)
            if found and all(f'{key}="{value}"' in (found[1] or "") for key, value in labels.items()):
                total += float(found[2])
        return total

    def _command(self, folder: Path) -> list[str | Path]:
        server = self.livekit
        config = config_text(
            server.api_key, server.api_secret, server.ws_url, self.redis_address, self.ports, self.log_level
        )
        (folder / "sip.yaml").write_text(config)
        return [find_or_build(), "--config", folder / "sip.yaml"]

    def _answers(self) -> bool:
        """Its health is told after everything else is ready."""
        return answers(f"http://127.0.0.1:{self.ports.health}")
