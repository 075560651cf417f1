"""A real livekit-sip of a test's own: free ports, pure loopback. kill() and start() bring it down and back."""

import atexit
import re
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from callcenter.cli.livekit_sip import Ports, config_text, find_or_build
from tests.support.livekit_server import LiveKitServer, free_port
from tests.support.ports import steady_port

START_SECONDS = 15.0
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
class LiveKitSip:
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
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _home: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """Where phones find it."""
        return f"127.0.0.1:{self.ports.sip}"

    @property
    def metrics_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.metrics}/metrics"

    @property
    def pid(self) -> int:
        return self._process.pid if self.running and self._process else 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        path = Path(self._home.name) / "sip.log" if self._home else None
        return path.read_text(errors="replace") if path and path.exists() else ""

    def start(self) -> None:
        """Start it and return when it is ready for calls. Raises RuntimeError with its log when it does not start."""
        if self.running:
            return
        binary = find_or_build()
        if self._home is None:
            self._home = tempfile.TemporaryDirectory(prefix="livekit-sip-")
            atexit.register(self.stop)
        home = Path(self._home.name)
        server = self.livekit
        config = config_text(
            server.api_key, server.api_secret, server.ws_url, self.redis_address, self.ports, self.log_level
        )
        (home / "sip.yaml").write_text(config)
        with (home / "sip.log").open("ab") as log:
            command = [str(binary), "--config", str(home / "sip.yaml")]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        self._wait_until_it_answers()

    def kill(self) -> None:
        """End it at once, as a crash would: phones are told nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        self.kill()
        if self._home is not None:
            self._home.cleanup()
            self._home = None
            atexit.unregister(self.stop)

    def count(self, name: str, **labels: str) -> float:
        """The sum of a Prometheus metric over all that has these labels."""
        total = 0.0
        for line in httpx.get(self.metrics_url, trust_env=False).text.splitlines():
            found = re.match(rf"{name}(?:\{{(.*)\}})? (\S+)$", line)
            if found and all(f'{key}="{value}"' in (found[1] or "") for key, value in labels.items()):
                total += float(found[2])
        return total

    def _wait_until_it_answers(self) -> None:
        """Its health is told after everything else is ready."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                raise RuntimeError(f"livekit-sip ended at once:\n{self.log[-2000:]}")
            try:
                if httpx.get(f"http://127.0.0.1:{self.ports.health}", timeout=1, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.02)
        self.kill()
        raise RuntimeError(f"livekit-sip was not ready within {START_SECONDS:.0f} s:\n{self.log[-2000:]}")
