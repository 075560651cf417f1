"""What the pages send as plain HTML forms: signing in and out, because only a server can set such a cookie."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from callcenter.accounts.authentication import KEPT_BY_BROWSERS, AuthService, SignedIn
from callcenter.accounts.own_sessions import SignIns
from callcenter.accounts.passwords import MOST_TYPED, prepared
from callcenter.core.domain.agents import Actor
from callcenter.core.domain.errors import AgentBusy
from callcenter.entry.api_caller import person
from callcenter.platform.errors import NotSignedIn, Refusal
from callcenter.platform.http.client_address import client_address, from_own_pages
from callcenter.platform.registry import the
from callcenter.platform.words.catalogues import COOKIE, COOKIE_SECONDS
from callcenter.settings import Settings

router = APIRouter(prefix="/auth", include_in_schema=False)
PATHS = ("/auth/sign-in",)
"""Where somebody comes in who is not signed in yet."""
SEE_OTHER = 303
LONGEST = 200
SIGN_IN, ACCOUNT = "/sign-in", "/my-account"
Change = Callable[[Actor, str], Awaitable[SignedIn]]


@router.post("/sign-in", dependencies=[Depends(from_own_pages)])
async def sign_in(
    request: Request,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Sets the session cookie and goes on to ``next``, or back to the sign-in page with the reason."""
    target = local_path(next)
    address = client_address(request, the(Settings))
    try:
        signed = await the(AuthService).sign_in(username[:LONGEST], password[:MOST_TYPED], address, "desk")
    except Refusal as refusal:
        return _to(f"{SIGN_IN}?{urlencode({'error': refusal.code, 'next': target})}")
    return _carrying(request, signed, target)


@router.post("/password", dependencies=[Depends(from_own_pages)])
async def password(
    request: Request,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """One's own password; every other sign-in ends."""
    if prepared(new) != prepared(again):
        return _to(f"{ACCOUNT}?error=again")

    async def change(actor: Actor, address: str) -> SignedIn:
        return await the(SignIns).change_password(actor, old[:MOST_TYPED], new[:MOST_TYPED], address)

    return await _with_password(request, change, "password")


@router.post("/end-others", dependencies=[Depends(from_own_pages)])
async def end_others(request: Request, old: Annotated[str, Form()] = "") -> Response:
    """Every sign-in ends but this one."""

    async def end(actor: Actor, address: str) -> SignedIn:
        return await the(SignIns).end_others(actor, old[:MOST_TYPED], address)

    return await _with_password(request, end, "others")


async def _with_password(request: Request, change: Change, done: str) -> Response:
    """Something about one's sign-ins that asked for the password: the page of the account says what came of it."""
    try:
        actor = await person(request)
        signed = await change(actor, client_address(request, the(Settings)))
    except NotSignedIn:
        return to_sign_in(ACCOUNT)
    except Refusal as refusal:
        return _to(f"{ACCOUNT}?error={refusal.code}")
    return _carrying(request, signed, f"{ACCOUNT}?done={done}")


@router.post("/sign-out", dependencies=[Depends(from_own_pages)])
async def sign_out(request: Request) -> Response:
    """Ends the sign-in; while a call is on it leads back to the desk instead."""
    try:
        actor = await person(request)
        await the(AuthService).sign_out(actor, "desk")
    except AgentBusy as busy:
        return _to(f"/?error={busy.code}")
    except NotSignedIn:
        pass
    response = _to(SIGN_IN)
    response.delete_cookie(the(Settings).session_cookie, **_cookie_flags())
    _keep_language(request, response, "")
    return response


def to_sign_in(back_to: str) -> Response:
    """Sends whoever is not signed in to the sign-in page, and from there to ``back_to``."""
    return _to(f"{SIGN_IN}?{urlencode({'next': back_to})}")


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


def _carrying(request: Request, signed: SignedIn, target: str) -> Response:
    """Goes on to ``target`` with the cookie of a new sign-in."""
    settings = the(Settings)
    response = _to(target)
    _keep_language(request, response, signed.actor.language)
    seconds = int(KEPT_BY_BROWSERS.total_seconds())
    response.set_cookie(settings.session_cookie, signed.token, max_age=seconds, **_cookie_flags())
    return response


def _keep_language(request: Request, response: Response, language: str) -> None:
    """For the page, which has to know before its socket is open: it may read this cookie, and it says no more."""
    flags = {**_cookie_flags(), "httponly": False}
    if language:
        response.set_cookie(COOKIE, language, max_age=COOKIE_SECONDS, **flags)
    elif COOKIE in request.cookies:
        response.delete_cookie(COOKIE, **flags)


def _to(target: str) -> RedirectResponse:
    return RedirectResponse(target, SEE_OTHER)


def _cookie_flags() -> dict[str, Any]:
    return {"path": "/", "httponly": True, "samesite": "lax", "secure": the(Settings).secure_cookies}
