"""What the media server tells us."""

import logging

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from callcenter.core import call_metrics
from callcenter.core.ports.media_server import WEBHOOK_PATH
from callcenter.platform.errors import NotSignedIn
from callcenter.platform.http.problem_details import answer_to, problem
from callcenter.platform.registry import the
from callcenter.room_events.webhook_batcher import Intake

router = APIRouter(tags=["media server"])
logger = logging.getLogger(__name__)
LARGEST_WEBHOOK = 1024 * 1024
SIGNED_DIGEST = "callcenter.signed_digest"
"""In the scope of a notification: the digest of the body that LiveKit has signed, or None when it has signed none, and
nobody need read it. The route compares the body with the digest, and does not verify the signature again."""


@router.post(
    WEBHOOK_PATH,
    status_code=204,
    openapi_extra={"requestBody": {"content": {"application/webhook+json": {}}, "required": True}},
    responses={401: {"description": "Not signed with this system's LiveKit key"}},
)
async def notification(request: Request) -> Response:
    """LiveKit's signed webhook. Known notifications are dropped; anything but a success is sent again by LiveKit."""
    if request.scope.get(SIGNED_DIGEST, b"") is None:
        call_metrics.count_webhook("", "refused")
        raise NotSignedIn("notification_not_signed")
    raw = await request.body()
    try:
        body = raw.decode()
    except UnicodeDecodeError:
        return problem(400, "bad_request", "The body is no UTF-8 text.")
    authorization, digest = request.headers.get("authorization", ""), request.scope.get(SIGNED_DIGEST)
    await the(Intake).webhook(body, authorization, digest, answers_first=True)
    return Response(status_code=204)


class Straight:
    """A pure ASGI layer that takes notifications past all other routes: the documented route alone, and half the time.

    They are most of what comes here, and callers wait for them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._route = next(route for route in router.routes if getattr(route, "path", "") == WEBHOOK_PATH)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != WEBHOOK_PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        scope["route"] = self._route
        try:
            answer = await notification(Request(scope, receive))
        except Exception as error:
            answer = answer_to(error, scope)
            if answer.status_code == 500:
                logger.exception("a notification could not be applied")
        await answer(scope, receive, send)
