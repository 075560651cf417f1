"""Addresses that hold a password: read strictly, so that no piece of it is taken for a host, and shown without it."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from callcenter.settings.origins import canonical_host

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

HOST = re.compile(r"\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+|[A-Za-z0-9._-]*")
ENCODE = "In its password write @ as %40, : as %3A, / as %2F, ? as %3F and # as %23."
NO_DATABASE = "DATABASE_URL is neither sqlite:///file.db nor postgresql://user:password@host/name. Correct it."
BAD_DATABASE = f"DATABASE_URL cannot be read: write it like postgresql://user:password@host:5432/name. {ENCODE}"
BAD_REDIS = f"REDIS_URL is no address of a Redis: write it like redis://127.0.0.1:6379. {ENCODE}"
POSTGRESQL = {"postgres", "postgresql", "pgsql"}
"""Names of PostgreSQL in addresses, as hosting services and other programs write them."""


def database(address: str) -> "URL":
    """Read DATABASE_URL; whichever driver it names, the one of this program is meant.

    Raises ValueError, which says what to do and never repeats any of it.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    name, separator, rest = address.strip().partition("://")
    backend = name.lower().partition("+")[0]
    if not separator or backend not in (*POSTGRESQL, "sqlite"):
        raise ValueError(NO_DATABASE)
    try:
        url = make_url(f"{'sqlite' if backend == 'sqlite' else 'postgresql'}://{rest}")
    except (ArgumentError, ValueError):
        raise ValueError(BAD_DATABASE) from None
    if backend == "sqlite":
        if url.host or url.username or url.password:
            raise ValueError("DATABASE_URL needs three slashes for a file of SQLite: sqlite:///file.db.")
        if url.database in (None, "", ":memory:") or url.query:
            raise ValueError("DATABASE_URL names a file of SQLite and nothing else: sqlite:///file.db.")
        return url
    if not HOST.fullmatch(url.host or "") or not 0 < (url.port or 1) < 65536 or "@" in (url.database or ""):
        raise ValueError(BAD_DATABASE)
    return url


def normalised_database(address: str) -> str:
    """DATABASE_URL with the name of the database system alone. Raises ValueError as ``database`` does."""
    return f"{database(address).drivername}://{address.strip().partition('://')[2]}"


def shown_database(address: str) -> str:
    """DATABASE_URL as it may be printed: without the password, and without options, which may hold one as well."""
    try:
        return database(address).set(query={}).render_as_string(hide_password=True)
    except ValueError:
        return "DATABASE_URL"


def redis(address: str) -> str:
    """Check REDIS_URL. Raises ValueError, which never repeats any of it."""
    scheme, separator, rest = address.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in ("redis", "rediss", "unix"):
        raise ValueError(BAD_REDIS)
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        at_server = scheme == "unix" or HOST.fullmatch(parts.netloc.rpartition("@")[2].removesuffix(f":{parts.port}"))
    except ValueError:
        raise ValueError(BAD_REDIS) from None
    if not at_server or "@" in f"{parts.path}{parts.query}{parts.fragment}":
        raise ValueError(BAD_REDIS)
    return f"{scheme}://{rest}"


def livekit(name: str, address: str) -> None:
    """Check where LiveKit is. Raises ValueError with the setting's ``name``, and never repeats any of the address."""
    try:
        parts = urlsplit(address)
        fine = parts.scheme in ("http", "https", "ws", "wss") and canonical_host(parts) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise ValueError(f"{name} is no address of a LiveKit: write it like wss://livekit.example.com")


def shown(address: str) -> str:
    """Any other address as it may be printed: without user name and password."""
    try:
        parts = urlsplit(address)
        text = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:
        text = "@"
    return "(an address with a password)" if "@" in text else text
