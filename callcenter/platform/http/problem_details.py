"""Errors as RFC 9457 problem documents."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from callcenter.platform.errors import MediaError, MediaUnavailable, Refusal
from callcenter.platform.words.refusals import said

MEDIA_TYPE = "application/problem+json"
ANY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
logger = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """One field that was not accepted. What was sent is not repeated: it may be a password."""

    field: str = Field(examples=["number"])
    message: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """Why a request was refused; ``code`` is stable, ``detail`` is written for a person."""

    type: str = "about:blank"
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["This call is no longer offered to you."])
    code: str = Field(examples=["offer_gone"])
    errors: list[FieldProblem] = Field(default_factory=list)


def problem(
    status: int,
    code: str,
    detail: str,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer that says what is wrong."""
    document = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, code=code, errors=errors or [])
    content = document.model_dump(exclude=set() if errors else {"errors"})
    return JSONResponse(content, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def refused(refusal: Refusal) -> Response:
    """A refusal of the rules, as HTTP says it."""
    headers = {"WWW-Authenticate": "Bearer"} if refusal.status == 401 else {}
    if refusal.retry_after_seconds:
        headers["Retry-After"] = str(refusal.retry_after_seconds)
    return problem(refusal.status, refusal.code, said(refusal), headers=headers)


def answer_to(error: Exception, scope: Scope) -> Response:
    """What a request is answered with that ended so; nothing of it shows the inside of the program."""
    match error:
        case Refusal():
            if error.status == HTTPStatus.FORBIDDEN:
                logger.warning("not allowed", extra={"code": error.code})
            return refused(error)
        case MediaError():
            return refused(MediaUnavailable())
        case RequestValidationError():
            fields = [_field(one) for one in error.errors()]
            return problem(422, "invalid_input", "The request is not as expected.", fields)
        case HTTPException():
            code = HTTPStatus(error.status_code).name.lower()
            return problem(error.status_code, code, str(error.detail), headers=error.headers)
        case ClientDisconnect():
            # Or what came as its body is no HTTP; then the connection is still there to say so.
            return problem(400, "bad_request", "The body ended before its time.")
    logger.error("unexpected %s in %s", type(error).__name__, getattr(scope.get("route"), "path", "a page"))
    if scope["path"].startswith("/api"):
        return problem(500, "internal_error", "Something went wrong on the server. It has been logged.")
    return PlainTextResponse("Something went wrong on the server.", 500)


def add_problem_handlers(api: FastAPI) -> None:
    """Every error that leaves the API is a problem document."""

    async def answer(request: Request, error: Exception) -> Response:
        return answer_to(error, request.scope)

    for kind in (Refusal, MediaError, RequestValidationError, HTTPException, ClientDisconnect, Exception):
        api.add_exception_handler(kind, answer)


def add_not_found(api: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """The last route under /api, so that programs never get a page for an address that does not exist."""

    async def nothing_here(request: Request) -> Response:
        allowed = sorted(_methods(routes, request))
        if allowed:
            headers = {"Allow": ", ".join(allowed)}
            return problem(405, "method_not_allowed", "This address does not take that method.", headers=headers)
        return problem(404, "not_found", "There is no such address.")

    api.add_api_route("/api/{rest:path}", nothing_here, methods=ANY_METHOD, include_in_schema=False)


def _methods(routes: Sequence[BaseRoute], request: Request) -> set[str]:
    """What the routes of this address would take."""
    found: set[str] = set()
    for route in routes:
        if route.matches(request.scope)[0] is Match.PARTIAL:
            found |= getattr(route, "methods", None) or set()
    return found | {"HEAD"} if "GET" in found else found


def _field(error: Mapping[str, Any]) -> FieldProblem:
    path = [str(part) for part in error.get("loc", ()) if part not in ("body", "query", "path", "header")]
    return FieldProblem(field=".".join(path), message=str(error.get("msg", "")).removeprefix("Value error, "))


_TEXTS = {
    400: "The body cannot be read",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not there, or not yours",
    409: "Not possible right now; `code` says why",
    408: "The body did not come in time",
    413: "The body is too large",
    422: "Something in the request is not as expected",
    429: "Too many attempts",
    503: "Something this needs is missing or busy; `Retry-After` says when to try again",
}


def may_answer(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems an operation may answer with, for the documentation."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {status: {"description": _TEXTS[status], "content": {MEDIA_TYPE: schema}} for status in statuses}
