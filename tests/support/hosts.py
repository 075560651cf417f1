"""A host as in production: ``serve`` with several workers, which can be told apart and killed one by one."""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.desk_app import DeskApp

LOOPBACK = "0100007F"
"""127.0.0.1 as /proc/net/tcp writes it."""


@dataclass
class Host(DeskApp):
    """``settings`` name the PostgreSQL and the Redis that it shares with others, and the PUBLIC_URL when
    that is not its own address."""

    start_seconds = 120.0

    workers: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.home.mkdir()

    @property
    def environment(self) -> dict[str, str]:
        return {"PUBLIC_URL": self.url, **super().environment, "DEBUG": "false", "TELEPHONY_FILE": ""}

    def _command(self, folder: Path) -> list[str | Path]:
        return [sys.executable, "-m", "callcenter", "serve", "--workers", str(self.workers)]

    def worker_of(self, client_port: int) -> int:
        """The process id of the worker that has the other end of this connection; 0 when none has."""
        inode = self._inode(client_port)
        return next((pid for pid in self._children() if inode and f"socket:[{inode}]" in _open_files(pid)), 0)

    def kill_worker(self, pid: int) -> None:
        """At once, as a crash would."""
        assert pid in self._children()
        os.kill(pid, signal.SIGKILL)

    def _children(self) -> list[int]:
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def _inode(self, client_port: int) -> str:
        ends = [f"{LOOPBACK}:{self.port:04X}", f"{LOOPBACK}:{client_port:04X}"]
        rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        return next((row[9] for row in rows if row[1:3] == ends), "")


def _open_files(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(str(link.readlink()))
        except OSError:
            continue
    return found
