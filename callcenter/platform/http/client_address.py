"""Finds the address of a client, and whether a request came from this site's pages."""

from fastapi import Request
from starlette.requests import HTTPConnection

from callcenter.platform.errors import NotAllowed
from callcenter.platform.registry import the
from callcenter.settings import Settings, ip_addresses
from callcenter.settings.origins import allowed


def client_address(request: HTTPConnection, settings: Settings) -> str:
    """The address of the client, normalised; a proxy's word about it counts only when that proxy is trusted.

    Empty for a client without an address, such as one at a Unix socket: it is nobody's proxy.
    """
    address = ip_addresses.read(request.client.host if request.client else "")
    forwarded = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    while address in settings.proxies and forwarded:
        before = ip_addresses.read(forwarded.pop())
        if before is None:
            break
        address = before
    return str(address) if address else ""


def limits_key(request: HTTPConnection, settings: Settings) -> str:
    """The key under which the limits count this client."""
    return ip_addresses.counted_under(client_address(request, settings), settings.ipv6_prefix_bits)


def from_own_pages(request: Request) -> None:
    """For forms that act on a cookie: only pages of this site may send them. Raises NotAllowed."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    fine = site in ("same-origin", "none") if site else not origin or allowed(origin, the(Settings).origins)
    if not fine:
        raise NotAllowed("other_site")
