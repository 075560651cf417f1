"""Calls that were: the history for programs, and as a file for people."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response

from callcenter.accounts.forms_api import to_sign_in
from callcenter.core.domain.agents import Actor
from callcenter.entry.api_caller import Caller, person
from callcenter.history.filters import Filter, Zone, csv_file, csv_file_for_people
from callcenter.history.schemas import Call, CallDetail, CallPage
from callcenter.history.service import HistoryFilter, HistoryService
from callcenter.platform.bounds import LONGEST_KEY
from callcenter.platform.errors import NotAllowed, NotSignedIn
from callcenter.platform.http.parameters import Id
from callcenter.platform.http.problem_details import may_answer
from callcenter.platform.registry import the
from callcenter.platform.words.catalogues import chosen

router = APIRouter(prefix="/api/calls", tags=["calls"], responses=may_answer(401, 422))
page_router = APIRouter(prefix="/auth", include_in_schema=False)
CallPath = Annotated[Id, Path(examples=[17])]
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}


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


@page_router.get("/history.csv")
async def history_file(request: Request, wanted: Filter, zone: Zone = "") -> Response:
    """The selection of the history page, as a file."""
    try:
        actor = await person(request)
    except NotSignedIn:
        return to_sign_in("/history")
    language = chosen(request.headers.get("accept-language", ""), actor.language)
    return await csv_file_for_people(actor, wanted, zone, language)


def _may_select(caller: Actor, wanted: HistoryFilter) -> None:
    """The service shows agents their own calls whatever they ask; here they are told that they asked too much."""
    if wanted.agent_id not in (0, caller.id) and not caller.supervises:
        raise NotAllowed()
