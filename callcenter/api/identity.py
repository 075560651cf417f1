"""Who asks, and from where."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer
from starlette.requests import HTTPConnection

from callcenter import addresses
from callcenter.domain.agents import Actor
from callcenter.domain.errors import NotAllowed, NotSignedIn
from callcenter.origins import allowed
from callcenter.registry import the
from callcenter.services.identification import Identification
from callcenter.settings import Settings

bearer = OAuth2PasswordBearer(
    tokenUrl="/api/login", auto_error=False, description="User name and password of an agent."
)


async def signed_in(token: Annotated[str | None, Depends(bearer)]) -> Actor:
    """The agent whose token came with the request. Raises NotSignedIn."""
    if not token:
        raise NotSignedIn()
    return await the(Identification).identify(token, "api")


Caller = Annotated[Actor, Depends(signed_in)]


async def person(request: Request) -> Actor:
    """Returns whose cookie came with a request of a page. Raises NotSignedIn."""
    return await the(Identification).identify(request.cookies.get(the(Settings).session_cookie, ""), "desk")


def client_address(request: HTTPConnection, settings: Settings) -> str:
    """The address of the client, normalised; a proxy's word about it counts only when that proxy is trusted.

    Empty for a client without an address, such as one at a Unix socket: it is nobody's proxy.
    """
    address = addresses.read(request.client.host if request.client else "")
    forwarded = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    while address in settings.proxies and forwarded:
        before = addresses.read(forwarded.pop())
        if before is None:
            break
        address = before
    return str(address) if address else ""


def limits_key(request: HTTPConnection, settings: Settings) -> str:
    """The key under which the limits count this client."""
    return addresses.counted_under(client_address(request, settings), settings.ipv6_prefix_bits)


def from_own_pages(request: Request) -> None:
    """For forms that act on a cookie: only pages of this site may send them. Raises NotAllowed."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    fine = site in ("same-origin", "none") if site else not origin or allowed(origin, the(Settings).origins)
    if not fine:
        raise NotAllowed("other_site")
