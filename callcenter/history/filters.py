"""The selection of calls, as query parameters, and its CSV."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Query
from starlette.responses import StreamingResponse

from callcenter.core.domain.agents import Actor
from callcenter.core.domain.calls import CallDirection, CallStatus
from callcenter.core.phone_numbers import from_address
from callcenter.history.service import COLUMNS, HistoryFilter, HistoryService
from callcenter.platform.bounds import LONGEST_NUMBER
from callcenter.platform.http.parameters import EMPTY_IS_NONE, Id, Instant
from callcenter.platform.registry import the
from callcenter.platform.words.columns import heads
from callcenter.platform.zones import zone_named


def call_filter(
    since: Annotated[
        Instant | None, EMPTY_IS_NONE, Query(description="Began at or after", examples=["2026-11-22T08:00:00Z"])
    ] = None,
    until: Annotated[Instant | None, EMPTY_IS_NONE, Query(description="Began before")] = None,
    direction: Annotated[CallDirection | None, EMPTY_IS_NONE, Query()] = None,
    status: Annotated[CallStatus | None, EMPTY_IS_NONE, Query()] = None,
    number: Annotated[
        str, Query(max_length=LONGEST_NUMBER, description="A piece of it, also as written at home (030…)")
    ] = "",
    party: Annotated[
        str, Query(max_length=LONGEST_NUMBER, description="Exactly this number, or name, as `caller_id` gives it")
    ] = "",
    agent_id: Annotated[Id | None, EMPTY_IS_NONE, Query(description="For supervisors")] = None,
) -> HistoryFilter:
    """Which calls."""
    number, party = from_address(number), from_address(party)
    return HistoryFilter(since, until, direction or "", status or "", number, agent_id or 0, party)


Filter = Annotated[HistoryFilter, Depends(call_filter)]


Zone = Annotated[
    str, Query(max_length=64, description="Of `local_time`, such as Europe/Berlin", examples=["Europe/Berlin"])
]


async def csv_file(actor: Actor, wanted: HistoryFilter, zone: str = "") -> StreamingResponse:
    """The selection, for programs. Refusals come before the first line. What is no zone is taken for UTC."""
    return await _streamed(the(HistoryService).csv(actor, wanted, zone_named(zone)))


async def csv_file_for_people(actor: Actor, wanted: HistoryFilter, zone: str, language: str) -> StreamingResponse:
    """The same for a spreadsheet and its reader, who speaks this language."""
    named = heads(COLUMNS, language)
    return await _streamed(the(HistoryService).csv(actor, wanted, zone_named(zone), for_people=True, heads=named))


async def _streamed(pieces: AsyncIterator[str]) -> StreamingResponse:
    first = await anext(pieces)

    async def whole() -> AsyncIterator[str]:
        yield first
        async for piece in pieces:
            yield piece

    headers = {"Content-Disposition": 'attachment; filename="calls.csv"'}
    return StreamingResponse(whole(), media_type="text/csv; charset=utf-8", headers=headers)
