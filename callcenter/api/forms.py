"""What the pages send as plain HTML forms: signing in and out, because only a server can set such a cookie."""

from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from callcenter.api.filters import Filter, csv_file
from callcenter.api.identity import client_address, from_own_pages
from callcenter.bootstrap import services
from callcenter.domain.errors import AgentBusy, NotSignedIn, Refusal

router = APIRouter(prefix="/auth", include_in_schema=False)
SEE_OTHER = 303
LONGEST = 200
SIGN_IN = "/sign-in"


@router.post("/sign-in", dependencies=[Depends(from_own_pages)])
async def sign_in(
    request: Request,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Sets the session cookie and goes on to ``next``, or back to the sign-in page with the reason."""
    known, target = services(), local_path(next)
    address = client_address(request, known.settings)
    try:
        signed = await known.auth.sign_in(username[:LONGEST], password[:LONGEST], address, "desk")
    except Refusal as refusal:
        return _to(f"{SIGN_IN}?{urlencode({'error': refusal.code, 'next': target})}")
    response = _to(target)
    seconds = known.settings.desk_session_hours * 3600
    response.set_cookie(known.settings.session_cookie, signed.token, max_age=seconds, **_cookie_flags())
    return response


@router.post("/sign-out", dependencies=[Depends(from_own_pages)])
async def sign_out(request: Request) -> Response:
    """Ends the sign-in; while a call is on it leads back to the desk instead."""
    known = services()
    try:
        actor = await known.auth.identify(request.cookies.get(known.settings.session_cookie, ""), "desk")
        await known.auth.sign_out(actor, "desk")
    except AgentBusy as busy:
        return _to(f"/?error={busy.code}")
    except NotSignedIn:
        pass
    response = _to(SIGN_IN)
    response.delete_cookie(known.settings.session_cookie, **_cookie_flags())
    return response


@router.get("/history.csv")
async def history_csv(request: Request, wanted: Filter) -> Response:
    """The selection of the history page, as a file."""
    known = services()
    try:
        actor = await known.auth.identify(request.cookies.get(known.settings.session_cookie, ""), "desk")
    except NotSignedIn:
        return _to(f"{SIGN_IN}?{urlencode({'next': '/history'})}")
    return await csv_file(actor, wanted)


def local_path(target: str) -> str:
    """``target`` when it is a path of this site, else the start page."""
    odd = "\\" in target or any(ord(character) < 33 or ord(character) > 126 for character in target)
    if odd or not target.startswith("/") or target.startswith("//"):
        return "/"
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc or parts.path.startswith((SIGN_IN, "/auth/")) else target


def _to(target: str) -> RedirectResponse:
    return RedirectResponse(target, SEE_OTHER)


def _cookie_flags() -> dict[str, Any]:
    return {"path": "/", "httponly": True, "samesite": "lax", "secure": services().settings.secure_cookies}
