"""A real livekit-server of a test's own: free ports, pure loopback, a webhook address if wanted.

``LiveKitServer.boot()`` starts one and returns when it answers; ``kill()`` and ``start()`` bring it down and
back on the same ports with the same keys, as a crash and a restart would.
"""

import atexit
import contextlib
import json
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
from livekit.api import AccessToken, VideoGrants

from callcenter.cli.livekit_server import Ports, config_text, find_or_build
from tests.support.ports import steady_port

API_KEY = "testkey"
API_SECRET = "a-secret-for-tests-only-0123456789abcdef"
START_SECONDS = 15.0


def free_port() -> int:
    """A port on loopback that nobody holds at this moment, and that the system gives to no connection by itself."""
    return steady_port(width=1)


@dataclass
class LiveKitServer:
    """One server process; ``port`` and its fellows stay the same over kill() and start()."""

    webhook_url: str = ""
    api_key: str = API_KEY
    api_secret: str = API_SECRET
    log_level: str = "warn"
    redis_address: str = ""
    port: int = field(default_factory=free_port)
    tcp_port: int = field(default_factory=free_port)
    udp_port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _home: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    @classmethod
    def boot(cls, webhook_url: str = "", *, log_level: str = "warn", redis_address: str = "") -> "LiveKitServer":
        """Start one on ports of its own; another process may take a port first, so it tries three times."""
        for attempt in (1, 2, 3):
            server = cls(webhook_url=webhook_url, log_level=log_level, redis_address=redis_address)
            try:
                server.start()
            except RuntimeError:
                if attempt == 3:
                    raise
            else:
                break
        return server

    @property
    def url(self) -> str:
        """The HTTP address, for the server API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """The WebSocket address, for clients."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process id; 0 when it is not running."""
        return self._process.pid if self.running and self._process else 0

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def environment(self) -> dict[str, str]:
        """What a child process of the project needs in its environment to use this server."""
        return {
            "DEBUG": "true",
            "LIVEKIT_URL": self.url,
            "LIVEKIT_WS_URL": self.ws_url,
            "LIVEKIT_API_KEY": self.api_key,
            "LIVEKIT_API_SECRET": self.api_secret,
        }

    @property
    def log(self) -> str:
        """What the server has written so far."""
        path = Path(self._home.name) / "livekit.log" if self._home else None
        return path.read_text(errors="replace") if path and path.exists() else ""

    def start(self) -> None:
        """Start it and return when it answers over HTTP. Raises RuntimeError with its log when it does not."""
        if self.running:
            return
        binary = find_or_build()
        if self._home is None:
            self._home = tempfile.TemporaryDirectory(prefix="livekit-")
            atexit.register(self.stop)
        home = Path(self._home.name)
        (home / "livekit.yaml").write_text(self._config())
        with (home / "livekit.log").open("ab") as log:
            self._process = self._launch(binary, home / "livekit.yaml", log)
        self._wait_until_it_answers()

    def kill(self) -> None:
        """End it at once, as a crash would: its clients are told nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End it for good, with a kill: on SIGTERM it would wait for calls that are still open."""
        self.kill()
        if self._home is not None:
            self._home.cleanup()
            self._home = None
            atexit.unregister(self.stop)

    def rooms(self) -> list[str]:
        """The names of the rooms there are."""
        return [room["name"] for room in self._ask("ListRooms", {}).get("rooms", [])]

    def empty(self) -> None:
        """End every call that is still on, so that whoever comes next finds nobody."""
        if not self.running:
            return
        for room in self.rooms():
            self._ask("DeleteRoom", {"room": room})

    def _ask(self, method: str, request: dict[str, str]) -> dict[str, Any]:
        grants = VideoGrants(room_list=True, room_create=True)
        token = AccessToken(self.api_key, self.api_secret).with_grants(grants).to_jwt()
        address = f"{self.url}/twirp/livekit.RoomService/{method}"
        headers = {"Authorization": f"Bearer {token}"}
        answer: dict[str, Any] = httpx.post(address, json=request, headers=headers, trust_env=False).json()
        return answer

    def _config(self) -> str:
        ports = Ports(self.port, self.tcp_port, self.udp_port)
        config = json.loads(config_text(self.api_key, self.api_secret, self.webhook_url, ports, self.redis_address))
        config["logging"]["level"] = self.log_level
        if not self.webhook_url:
            del config["webhook"]
        return json.dumps(config)

    @staticmethod
    def _launch(binary: Path, config: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen([binary, "--config", config], stdout=log, stderr=log, start_new_session=True)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                raise RuntimeError(f"livekit-server ended at once:\n{self.log[-2000:]}")
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(self.url, timeout=1, trust_env=False).status_code == httpx.codes.OK:
                    return
            time.sleep(0.02)
        self.kill()
        raise RuntimeError(f"livekit-server did not answer within {START_SECONDS:.0f} s:\n{self.log[-2000:]}")
