"""Calls: dialling, taking, ending."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from callcenter.call_control.schemas import CallReference, Dial, Room
from callcenter.call_control.service import CallService
from callcenter.core.domain.agents import Actor
from callcenter.entry.api_caller import Caller
from callcenter.history.schemas import Call
from callcenter.history.service import HistoryService
from callcenter.platform.http.parameters import Id
from callcenter.platform.http.problem_details import may_answer
from callcenter.platform.registry import the

router = APIRouter(prefix="/api/calls", tags=["calls"], responses=may_answer(401, 422))
CallPath = Annotated[Id, Path(examples=[17])]


@router.post("/outbound", status_code=201, responses=may_answer(403, 409, 429, 503))
async def outbound(order: Dial, caller: Caller, response: Response) -> Room:
    """Dial a number. The answer comes at once; what becomes of the call is told by `/api/ws` or `/api/calls/{id}`."""
    room = Room.of(await the(CallService).dial(caller, order.number))
    response.headers["Location"] = f"/api/calls/{room.call_id}"
    return room


@router.post("/join-room", responses=may_answer(404, 409))
async def join_room(wanted: CallReference, caller: Caller) -> Room:
    """A way into the room of a call that rings at this agent (silently) or that they have."""
    return Room.of(await the(CallService).join_room(caller, wanted.call_id))


@router.post("/end-room", responses=may_answer(404, 409))
async def end_room(wanted: CallReference, caller: Caller) -> Call:
    """The same as hanging up."""
    await the(CallService).end_room(caller, wanted.call_id)
    return await _call(caller, wanted.call_id)


@router.post("/{call_id}/answer", responses=may_answer(404, 409))
async def answer(call_id: CallPath, caller: Caller) -> Room:
    """Take an offered call. The caller is connected as soon as a microphone is published in the room."""
    return Room.of(await the(CallService).answer(caller, call_id))


@router.post("/{call_id}/reject", status_code=204, responses=may_answer(404, 409))
async def reject(call_id: CallPath, caller: Caller) -> Response:
    """Let an offered call go to the next agent."""
    await the(CallService).decline(caller, call_id)
    return Response(status_code=204)


@router.post("/{call_id}/hangup", responses=may_answer(404, 409))
async def hang_up(call_id: CallPath, caller: Caller) -> Call:
    """End one's own call."""
    await the(CallService).hang_up(caller, call_id)
    return await _call(caller, call_id)


async def _call(caller: Actor, call_id: int) -> Call:
    return Call.of((await the(HistoryService).detail(caller, call_id)).call)
