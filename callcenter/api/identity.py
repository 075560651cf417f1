"""Who asks, and from where."""

from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer
from starlette.requests import HTTPConnection

from callcenter.bootstrap import services
from callcenter.domain.agents import Actor
from callcenter.domain.errors import NotAllowed, NotSignedIn
from callcenter.settings import Settings

bearer = OAuth2PasswordBearer(
    tokenUrl="/api/login", auto_error=False, description="User name and password of an agent."
)


async def signed_in(token: Annotated[str | None, Depends(bearer)]) -> Actor:
    """The agent whose token came with the request. Raises NotSignedIn."""
    if not token:
        raise NotSignedIn()
    return await services().auth.identify(token, "api")


Caller = Annotated[Actor, Depends(signed_in)]


def client_address(request: HTTPConnection, settings: Settings) -> str:
    """The address of the client; what a proxy says about it counts only when that proxy is trusted."""
    trusted = {address.strip() for address in settings.trusted_proxies.split(",") if address.strip()}
    address = request.client.host if request.client else ""
    forwarded = [part.strip() for part in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
    while address in trusted and forwarded:
        before = forwarded.pop()
        if not _is_address(before):
            break
        address = before
    return address[:64]


def from_own_pages(request: Request) -> None:
    """For forms that act on a cookie: only pages of this site may send them. Raises NotAllowed."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    fine = site in ("same-origin", "none") if site else not origin or origin in services().settings.origins
    if not fine:
        raise NotAllowed("This form was sent by another site.")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
