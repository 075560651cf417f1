"""Who asks, and from where."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from callcenter.core.domain.agents import Actor
from callcenter.entry.identification import Identification
from callcenter.platform.errors import NotSignedIn
from callcenter.platform.registry import the
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
