"""Say before the start, in one line, that a port is taken."""

import os
import socket

from callcenter.platform.errors import Problem
from callcenter.settings.environment import meant


def from_environment(name: str, default: int) -> int:
    """The port a variable names. Raises Problem when it is none."""
    value = meant(os.environ.get(name, "")) or str(default)
    if not (value.isascii() and value.isdecimal() and len(value) < 6) or not 0 < int(value) < 65536:
        raise Problem(f"{name}={value} is not a port. Set it to a number between 1 and 65535.")
    return int(value)


def check_tcp(host: str, port: int, user: str, setting: str) -> None:
    """Raises Problem when nobody could listen there now."""
    _check(socket.SOCK_STREAM, host, port, user, setting)


def check_udp(host: str, port: int, user: str, setting: str) -> None:
    """Raises Problem when nobody could receive there now."""
    _check(socket.SOCK_DGRAM, host, port, user, setting)


def _check(kind: socket.SocketKind, host: str, port: int, user: str, setting: str) -> None:
    if not 0 < port < 65536:
        raise Problem(f"{setting}={port} is not a port. Set it to a number between 1 and 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Problem(_explain(error, host, port, user, setting)) from None


def _explain(error: OSError, host: str, port: int, user: str, setting: str) -> str:
    if isinstance(error, PermissionError):
        return f"port {port} for {user} is reserved for the system. Choose one above 1023: {setting}={port + 8000}."
    if isinstance(error, socket.gaierror) or error.errno == 99:
        return f"BIND_ADDRESS={host} is not an address of this machine."
    return (
        f"port {port} for {user} is in use by another program (another `make run`?). "
        f"Stop that one, or choose another port: {setting}={port + 10} make run"
    )
