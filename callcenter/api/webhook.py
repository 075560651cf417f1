"""What the media server tells us."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from callcenter.api.problems import problem
from callcenter.bootstrap import services

router = APIRouter(tags=["media server"])


@router.post(
    "/api/calls/inbound",
    status_code=204,
    openapi_extra={"requestBody": {"content": {"application/webhook+json": {}}, "required": True}},
    responses={401: {"description": "Not signed with this system's LiveKit key"}},
)
async def notification(request: Request) -> Response:
    """LiveKit's signed webhook. Known notifications are dropped; anything but a success is sent again by LiveKit."""
    raw = await request.body()
    try:
        body = raw.decode()
    except UnicodeDecodeError:
        return problem(400, "bad_request", "The body is no UTF-8 text.")
    await services().intake.webhook(body, request.headers.get("authorization", ""), answers_first=True)
    return Response(status_code=204)
