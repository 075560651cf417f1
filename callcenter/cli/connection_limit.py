"""How many connections the web server takes, and how long one may say nothing."""

from callcenter.settings.limit_settings import LimitSettings

HEADER_SECONDS = 15.0
"""How long the head of a request may take, and how long a connection may stay without one."""
BACKLOG = 4096
"""Connections that the system holds until they are taken, as when every tab comes back after a restart."""
OTHER_FILES = 256
"""Open files besides connections: the database, LiveKit, the program itself."""


def options(limits: LimitSettings) -> dict[str, str]:
    """granian's. By itself a worker takes 1024 connections, busy or idle, and LiveKit's would wait behind them."""
    return {
        "--http": "1",  # with 2 as well, a connection that says nothing would stay for ever
        "--http1-header-read-timeout": str(round(HEADER_SECONDS * 1000)),
        "--backlog": str(BACKLOG),
        "--backpressure": str(limits.max_connections),
    }


def allow_files(limits: LimitSettings) -> None:
    """Each connection is an open file, and a shell allows 1024 of them. Says so where this cannot be raised."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    needed = limits.max_connections + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < needed:
        print(f"    Only {most} open files are allowed; {needed} may be needed (ulimit -n, LimitNOFILE)", flush=True)
