"""A real livekit-server of a test's own: free ports, pure loopback, a webhook address if wanted.

``LiveKitServer.boot()`` starts one and returns when it answers; ``kill()`` and ``start()`` bring it down and
back on the same ports with the same keys, as a crash and a restart would.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from livekit.api import AccessToken, VideoGrants

from callcenter.cli.livekit_server import Ports, config_text, find_or_build
from callcenter.core.ports.media_server import WEBHOOK_PATH
from tests.fakes import WEBHOOK_KEY, WEBHOOK_SECRET
from tests.support.ports import steady_port
from tests.support.server_process import ServerProcess

API_KEY = "testkey"
API_SECRET = "a-secret-for-tests-only-0123456789abcdef"


def free_port() -> int:
    """A port on loopback that nobody holds at this moment, and that the system gives to no connection by itself."""
    return steady_port(width=1)


def answers(address: str) -> bool:
    """Whether 200 comes from there."""
    try:
        return httpx.get(address, timeout=1, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@dataclass
class LiveKitServer(ServerProcess):
    """One server process; ``port`` and its fellows stay the same over kill() and start().

    It is always ended with a kill: on SIGTERM it would wait for calls that are still open.
    """

    title = "livekit-server"
    webhook_url: str = ""
    api_key: str = API_KEY
    api_secret: str = API_SECRET
    webhook_key: str = WEBHOOK_KEY
    webhook_secret: str = WEBHOOK_SECRET
    log_level: str = "warn"
    redis_address: str = ""
    host: str = "127.0.0.1"
    """Where it listens; an IPv6 address without brackets."""
    port: int = field(default_factory=free_port)
    tcp_port: int = field(default_factory=free_port)
    udp_port: int = field(default_factory=free_port)

    @classmethod
    def boot(
        cls, webhook_url: str = "", *, log_level: str = "warn", redis_address: str = "", host: str = "127.0.0.1"
    ) -> "LiveKitServer":
        """Start one on ports of its own; another process may take a port first, so it tries three times."""
        for attempt in (1, 2, 3):
            server = cls(webhook_url=webhook_url, log_level=log_level, redis_address=redis_address, host=host)
            try:
                server.start()
            except RuntimeError:
                if attempt == 3:
                    raise
            else:
                break
        return server

    @classmethod
    def boot_for(cls, port: int, *, redis_address: str = "") -> "LiveKitServer":
        """Start one that sends its notifications to the desk on this port, or to a door in front of it."""
        return cls.boot(f"http://127.0.0.1:{port}{WEBHOOK_PATH}", redis_address=redis_address)

    @property
    def url(self) -> str:
        """The HTTP address, for the server API."""
        return f"http://{self._netloc}"

    @property
    def ws_url(self) -> str:
        """The WebSocket address, for clients."""
        return f"ws://{self._netloc}"

    @property
    def _netloc(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a child process of the project needs in its environment to use this server."""
        return {
            "DEBUG": "true",
            "LIVEKIT_URL": self.url,
            "LIVEKIT_WS_URL": self.ws_url,
            "LIVEKIT_API_KEY": self.api_key,
            "LIVEKIT_API_SECRET": self.api_secret,
            "LIVEKIT_WEBHOOK_KEY": self.webhook_key,
            "LIVEKIT_WEBHOOK_SECRET": self.webhook_secret,
        }

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
        pair, signing = (self.api_key, self.api_secret), (self.webhook_key, self.webhook_secret)
        config = json.loads(config_text(pair, self.webhook_url, ports, self.redis_address, signing=signing))
        config["logging"]["level"] = self.log_level
        config["bind_addresses"] = [self.host]
        if not self.webhook_url:
            del config["webhook"]
        return json.dumps(config)

    def _command(self, folder: Path) -> list[str | Path]:
        (folder / "livekit.yaml").write_text(self._config())
        return [find_or_build(), "--config", folder / "livekit.yaml"]

    def _answers(self) -> bool:
        return answers(self.url)
