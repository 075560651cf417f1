"""Ports for servers that go down and come back within a test: nobody may take them meanwhile."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

LOWEST, BEYOND = 5_100, 10_000
"""Below those that the system hands out by itself, and below the ones for sound."""
_given: dict[int, int] = {}
"""Handed out in this process; whoever asked may not have taken them yet. Each with the open file that says so to the
tests that run beside these: two servers could otherwise share one port, and the system would deal out connections."""


def steady_port(width: int = 2) -> int:
    """Free over UDP and TCP, and so are the next ones: SIP phones take one for TLS, SIPp three more for sound."""
    for _ in range(100):
        port = random.SystemRandom().randrange(LOWEST, BEYOND, 2)
        wanted = [(port + offset, kind) for offset in range(width) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)]
        if all(_reserve(number) for number in dict.fromkeys(number for number, _ in wanted)) and all(
            _is_free(*one) for one in wanted
        ):
            return port
    raise RuntimeError("no ports for servers are free")


def _reserve(number: int) -> bool:
    """For as long as this process lives. False when it was handed out before, here or in another one."""
    if number in _given:
        return False
    folder = Path(tempfile.gettempdir()) / "callcenter-test-ports"
    folder.mkdir(exist_ok=True)
    file = os.open(folder / str(number), os.O_CREAT | os.O_RDWR, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return False
    _given[number] = file
    return True


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
