"""A real Redis of a test's own, which remembers over kill() and start()."""

import atexit
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from callcenter.cli.redis_server import arguments, find_or_install
from tests.support.ports import steady_port

START_SECONDS = 10.0


@dataclass
class RedisServer:
    port: int = field(default_factory=steady_port)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _home: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"redis://{self.address}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and return when it answers."""
        if self.running:
            return
        if self._home is None:
            self._home = tempfile.TemporaryDirectory(prefix="redis-")
            atexit.register(self.stop)
        command = [str(find_or_install()), *arguments(self.port, Path(self._home.name))]
        with (Path(self._home.name) / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("Redis did not start")
            time.sleep(0.02)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def forget(self) -> None:
        """Lose everything it knows, as a Redis without a disk does when it restarts."""
        self.ask("FLUSHALL")

    def stop(self) -> None:
        self.kill()
        if self._home is not None:
            self._home.cleanup()
            self._home = None
            atexit.unregister(self.stop)

    def ask(self, command: str) -> str:
        """The first line of its answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(4096).decode(errors="replace").partition("\r\n")[0]

    def _answers(self) -> bool:
        try:
            return self.ask("PING") == "+PONG"
        except OSError:
            return False
