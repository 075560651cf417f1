"""A real Redis of a test's own, which remembers over kill() and start()."""

import socket
from dataclasses import dataclass, field
from pathlib import Path

from callcenter.cli.redis_server import arguments, find_or_install
from tests.support.ports import steady_port
from tests.support.server_process import ServerProcess


@dataclass
class RedisServer(ServerProcess):
    title = "redis"
    port: int = field(default_factory=steady_port)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"redis://{self.address}"

    def forget(self) -> None:
        """Lose everything it knows, as a Redis without a disk does when it restarts."""
        self.ask("FLUSHALL")

    def ask(self, command: str) -> str:
        """The first line of its answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(4096).decode(errors="replace").partition("\r\n")[0]

    def _command(self, folder: Path) -> list[str | Path]:
        return [find_or_install(), *arguments(self.port, folder)]

    def _answers(self) -> bool:
        return self.ask("PING") == "+PONG"
