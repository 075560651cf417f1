"""The Redis through which livekit-server and livekit-sip find each other."""

import shutil
from pathlib import Path

from callcenter.cli import system_packages
from callcenter.platform.errors import Problem

DEFAULT_PORT = 6380
"""One above Redis' own: a Redis of the system is left alone."""


def find_or_install() -> Path:
    """redis-server from PATH, installed where that is allowed. Raises Problem saying what to do."""
    if not shutil.which("redis-server"):
        system_packages.install(["redis-server"], "for livekit-sip")
    found = shutil.which("redis-server")
    if not found:
        command = system_packages.how_to_install(["redis-server"])
        raise Problem(f"Telephones need Redis, and there is no redis-server here. Install it ({command}).")
    return Path(found)


def arguments(port: int, directory: Path) -> list[str]:
    """For a Redis that is reachable on this machine only and keeps what it knows in ``directory``.

    What livekit-server has been told of trunks and rules is in there alone.
    """
    settings = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": str(directory),
        "appendonly": "yes",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return [word for name, value in settings.items() for word in (f"--{name}", value)]
