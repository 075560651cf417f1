"""Who works here, and what they are doing."""

from fastapi import APIRouter
from starlette.responses import Response

from callcenter.accounts.service import AccountService
from callcenter.core.domain.agents import AgentStatus
from callcenter.entry.api_caller import Caller
from callcenter.entry.api_schemas import Agent
from callcenter.platform.http.problem_details import may_answer
from callcenter.platform.registry import the
from callcenter.presence.schemas import StatusChange
from callcenter.presence.service import PresenceService
from callcenter.team.service import TeamService

router = APIRouter(prefix="/api/agents", tags=["agents"], responses=may_answer(401, 422))


@router.get("/me")
async def me(caller: Caller) -> Agent:
    """The agent whose token this is."""
    return Agent.of(await the(AccountService).me(caller))


@router.get("")
async def everyone(caller: Caller) -> list[Agent]:
    """Everybody, by name."""
    return [Agent.of(member) for member in (await the(TeamService).view(caller)).members]


@router.get("/available")
async def available(caller: Caller) -> list[Agent]:
    """Those a call would be offered to."""
    return [agent for agent in await everyone(caller) if agent.status is AgentStatus.AVAILABLE]


@router.put("/status", responses={202: {"model": Agent, "description": "After the current call"}})
async def choose_status(change: StatusChange, caller: Caller, response: Response) -> Agent:
    """Available, Busy (with a reason, if wanted) or Offline. While a call is on, the latter two wait for its end."""
    if not await the(PresenceService).choose(caller, change.status.presence, change.reason):
        response.status_code = 202
    return Agent.of(await the(AccountService).me(caller))
