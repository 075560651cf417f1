"""What a connection may cost and how long it may take, and which of its failures pass by themselves."""

import sqlite3
from dataclasses import dataclass

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

CONNECT_SECONDS = 5
RECYCLE_SECONDS = 1800

UNDONE = frozenset({"40001", "40P01", "55P03", "25P03"})
"""Serialisation failure, deadlock, a lock not had in time, a transaction that stood still: nothing of it is kept."""
DOWN = frozenset({"57P01", "57P02", "57P03", "57P05", "53300"})
"""Shut down, crashed, starting up, disconnected, too many connections."""
TOO_LONG = "57014"


@dataclass(frozen=True)
class Limits:
    """For each process. All times in seconds."""

    pool_size: int = 8
    """Connections for reading; one more writes."""
    statement_seconds: float = 30
    lock_seconds: float = 10
    """How long a writer waits for its turn, and anybody for a lock."""
    idle_seconds: float = 10
    """A transaction that stands still for so long is ended, so that a frozen process does not hold up the others."""
    patience_seconds: float = 5
    """How long to go on trying to begin while the server restarts."""


def with_limits(url: URL, limits: Limits) -> URL:
    """The address with these limits; what an administrator wrote into it wins."""
    options = (
        f"-c statement_timeout={_ms(limits.statement_seconds)} -c lock_timeout={_ms(limits.lock_seconds)}"
        f" -c idle_in_transaction_session_timeout={_ms(limits.idle_seconds)}"
    )
    own = {
        "application_name": "callcenter",
        "connect_timeout": str(CONNECT_SECONDS),
        "keepalives_idle": "30",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "tcp_user_timeout": "20000",
        "options": options,
    }
    return url.set(query=own | dict(url.query))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def unreachable(error: DBAPIError) -> bool:
    """The server is not there, or went away."""
    if error.connection_invalidated or sqlstate(error) in DOWN or sqlstate(error).startswith("08"):
        return True
    if isinstance(error.orig, sqlite3.Error) or sqlstate(error):
        return False
    # Loaded here and not above: a desk on SQLite starts a tenth of a second sooner without it.
    from psycopg import InterfaceError, OperationalError

    return isinstance(error.orig, OperationalError | InterfaceError)


def full(error: DBAPIError) -> bool:
    """No room on a disk, no memory, or a file that cannot be written. Nothing is kept, and trying at once is no use."""
    cause = error.orig
    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
    return sqlstate(error).startswith(("53", "58"))


def locked(error: DBAPIError) -> bool:
    """SQLite: another process has been writing for as long as one waits for it."""
    cause = error.orig
    return isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
