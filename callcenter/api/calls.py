"""Calls: dialling, taking, ending, and those that were."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response

from callcenter.api.filters import Filter, Zone, csv_file
from callcenter.api.identity import Caller
from callcenter.api.problems import may_answer
from callcenter.api.schemas import Call, CallDetail, CallPage, CallReference, Dial, Id, Room
from callcenter.domain.agents import Actor
from callcenter.domain.bounds import LONGEST_KEY
from callcenter.domain.errors import NotAllowed
from callcenter.registry import the
from callcenter.services.calls import CallService
from callcenter.services.history import HistoryFilter, HistoryService

router = APIRouter(prefix="/api/calls", tags=["calls"], responses=may_answer(401, 422))
CallPath = Annotated[Id, Path(examples=[17])]
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}


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


@router.get("", response_model=CallPage, responses={**may_answer(403), **CSV})
async def history(
    request: Request,
    caller: Caller,
    wanted: Filter,
    after: Annotated[str, Query(max_length=LONGEST_KEY, description="`next` of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> CallPage | Response:
    """One's own calls, newest first (supervisors: all). With `Accept: text/csv` the whole selection as CSV."""
    _may_select(caller, wanted)
    if accept.lower().startswith("text/csv"):
        return await csv_file(caller, wanted)
    page = await the(HistoryService).page(caller, wanted, after, limit)
    return CallPage(items=[Call.of(row) for row in page.rows], next=page.next_key or None)


@router.get(".csv", response_class=Response, responses={**may_answer(403), **CSV})
async def history_csv(caller: Caller, wanted: Filter, zone: Zone = "") -> Response:
    """The whole selection as CSV."""
    _may_select(caller, wanted)
    return await csv_file(caller, wanted, zone)


@router.get("/{call_id}", responses=may_answer(404))
async def detail(call_id: CallPath, caller: Caller) -> CallDetail:
    """One call with its timeline."""
    return CallDetail.of_view(await the(HistoryService).detail(caller, call_id))


async def _call(caller: Actor, call_id: int) -> Call:
    return Call.of((await the(HistoryService).detail(caller, call_id)).call)


def _may_select(caller: Actor, wanted: HistoryFilter) -> None:
    """The service shows agents their own calls whatever they ask; here they are told that they asked too much."""
    if wanted.agent_id not in (0, caller.id) and not caller.supervises:
        raise NotAllowed()
