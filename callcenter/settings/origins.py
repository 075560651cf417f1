"""Origins as browsers write them, so that what an administrator typed and what a browser sends compare equal."""

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, urlsplit

import idna

DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_HOST = 253
LABELS = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")


def origin_of(address: str) -> str:
    """Serialise the origin of a web address as the HTML standard does: lower case, Punycode, no default port.

    Raises ValueError, with a word for the administrator, for what is more or less than an origin.
    """
    text = address.strip()
    if "*" in text:
        raise ValueError("cannot be a wildcard: name each origin")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("is no address") from None
    if parts.scheme not in DEFAULT_PORTS or "://" not in text:
        raise ValueError("has to begin with https:// or http://")
    if parts.username is not None:
        raise ValueError("cannot have a user name or password")
    if parts.path not in ("", "/") or parts.query or parts.fragment or text.endswith(("?", "#")):
        raise ValueError("cannot have a path or anything after it: a desk has an address of its own")
    host = canonical_host(parts)
    if port == 0:
        raise ValueError("has no port 0")
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, DEFAULT_PORTS[parts.scheme]) else "")


def canonical_host(parts: SplitResult) -> str:
    """The host of a split address as browsers write it. Raises ValueError."""
    host = parts.hostname or ""
    try:
        if is_ipv6(parts):
            return f"[{_shortened(host)}]"
        host = host if host.isascii() else idna.encode(host, uts46=True).decode()
        last = host.rstrip(".").rpartition(".")[2]
        if last.isdigit() or last.startswith("0x"):
            return str(IPv4Address(host))
    except (idna.IDNAError, ValueError):
        raise ValueError("has a host name that cannot be") from None
    if not LABELS.fullmatch(host) or len(host) > LONGEST_HOST:
        raise ValueError("has a host name that cannot be" if host else "has no host name")
    return host


def is_ipv6(parts: SplitResult) -> bool:
    """Tell whether the host is an IPv6 literal in brackets."""
    return "[" in parts.netloc


def allowed(origin: str | None, origins: Collection[str]) -> bool:
    """Compare what a request says in its Origin header, if it has one, with those that may call."""
    try:
        return origin is not None and origin_of(origin) in origins
    except ValueError:
        return False


def _shortened(host: str) -> str:
    address = IPv6Address(host)
    mapped = address.ipv4_mapped
    if mapped is None:
        return str(address)
    # Python's own way to write these changed with its versions; browsers always use hexadecimal digits.
    return f"::ffff:{int(mapped) >> 16:x}:{int(mapped) & 0xFFFF:x}"
