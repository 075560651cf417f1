"""Ports for servers that go down and come back within a test: nobody may take them meanwhile."""

import random
import socket

LOWEST, BEYOND = 5_100, 10_000
"""Below those that the system hands out by itself, and below the ones for sound."""
_given: set[int] = set()
"""Handed out in this process; whoever asked may not have taken them yet."""


def steady_port(width: int = 2) -> int:
    """Free over UDP and TCP, and so are the next ones: SIP phones take one for TLS, SIPp three more for sound."""
    for _ in range(100):
        port = random.SystemRandom().randrange(LOWEST, BEYOND, 2)
        wanted = [(port + offset, kind) for offset in range(width) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)]
        numbers = {number for number, _ in wanted}
        if not numbers & _given and all(_is_free(*one) for one in wanted):
            _given.update(numbers)
            return port
    raise RuntimeError("no ports for servers are free")


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
