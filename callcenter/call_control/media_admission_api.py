"""What the proxy in front of LiveKit asks."""

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import Response

from callcenter.call_control.media_admission import Admission
from callcenter.core.domain.errors import NotAdmitted
from callcenter.platform.errors import NotSignedIn
from callcenter.platform.http.problem_details import may_answer
from callcenter.platform.registry import the

router = APIRouter(tags=["media server"])
ADMISSION = "/api/media/admission"
URI = ("x-forwarded-uri", "x-original-uri")
"""Where a proxy puts the address that was asked for: Caddy and Traefik the first, nginx by custom the second."""


@router.get(ADMISSION, status_code=204, responses=may_answer(401, 403))
async def admission(request: Request) -> Response:
    """For the proxy, before it lets a connection through to LiveKit: 204 if the room token in it may be used now.

    The token is the parameter `access_token` of the address in `X-Forwarded-Uri` (or `X-Original-URI`), or that of the
    header `Authorization`.
    """
    await the(Admission).check(_only_token(request))
    return Response(status_code=204)


def _only_token(request: Request) -> str:
    """Raises NotSignedIn without one, NotAdmitted where LiveKit might take another one than is looked at here."""
    given = [uri for name in URI for uri in request.headers.getlist(name)]
    query = [pair for uri in given for pair in parse_qsl(uri.partition("?")[2], keep_blank_values=True)]
    tokens = [value for name, value in query if name == "access_token"]
    tokens += [one.removeprefix("Bearer ") for one in request.headers.getlist("authorization")]
    if not tokens:
        raise NotSignedIn("no_room_token")
    # With “publish” LiveKit lets somebody in once more, under a longer name than the token has.
    if len(tokens) > 1 or any(name == "publish" for name, _ in query):
        raise NotAdmitted()
    return tokens[0]
