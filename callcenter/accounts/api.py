"""Signing in and out for programs, and new accounts."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from starlette.requests import HTTPConnection
from starlette.responses import Response

from callcenter.accounts.authentication import AuthService
from callcenter.accounts.passwords import MOST_TYPED
from callcenter.accounts.schemas import Registration, SignedIn
from callcenter.accounts.service import AccountService
from callcenter.core.domain.agents import AgentStatus
from callcenter.entry.api_caller import Caller
from callcenter.entry.api_schemas import Agent
from callcenter.platform.http.client_address import client_address
from callcenter.platform.http.problem_details import may_answer
from callcenter.platform.registry import the
from callcenter.presence.service import PresenceService
from callcenter.settings import Settings

router = APIRouter(prefix="/api", tags=["sign-in"])
PATHS = ("/api/login", "/api/register")
"""Where somebody comes in who is not signed in yet."""
LONGEST = 200
"""Characters of a user name; no account has as many."""


def account_of(connection: HTTPConnection) -> int:
    """Returns the agent of the token that a request brings, be it revoked; 0 for a stranger. Asks no database."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return the(AuthService).account_of(token, "api")
    cookie = connection.cookies.get(the(Settings).session_cookie, "")
    return the(AuthService).account_of(cookie, "desk") if cookie else 0


@router.post("/login", responses=may_answer(401, 422, 429))
async def login(
    request: Request,
    username: Annotated[str, Form(max_length=LONGEST)],
    password: Annotated[str, Form(max_length=MOST_TYPED, json_schema_extra={"format": "password"})],
    grant_type: Annotated[Literal["password"] | None, Form(description="As OAuth 2 has it")] = None,
    status: Annotated[AgentStatus, Form(description="What to be from now on")] = AgentStatus.AVAILABLE,
) -> SignedIn:
    """A token from user name and password. The agent counts as connected for as long as the token lives."""
    address = client_address(request, the(Settings))
    signed = await the(AuthService).sign_in(username, password, address, "api")
    lifetime = the(Settings).token_minutes * 60
    await the(PresenceService).connect(signed.actor, "api", lifetime)
    await the(PresenceService).choose(signed.actor, status.presence)
    agent = Agent.of(await the(AccountService).me(signed.actor))
    return SignedIn(access_token=signed.token, expires_in=lifetime, agent=agent)


@router.post("/logout", status_code=204, responses=may_answer(401, 409))
async def logout(caller: Caller) -> Response:
    """The agent is Offline and the token is dead. Refused with `agent_busy` while a call is on."""
    await the(AuthService).sign_out(caller, "api")
    return Response(status_code=204)


@router.post("/register", status_code=201, responses=may_answer(403, 409, 422))
async def register(new: Registration) -> Agent:
    """A new account: open in development, elsewhere with an administrator's invitation."""
    return Agent.of(await the(AccountService).register(new.username, new.password, new.full_name, new.invitation))
