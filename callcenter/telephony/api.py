"""The telephone side as its administrator sees it."""

from typing import Annotated

from fastapi import APIRouter, Query

from callcenter.entry.api_caller import Caller
from callcenter.platform.http.problem_details import may_answer
from callcenter.platform.registry import the
from callcenter.telephony.line_status import LinesService
from callcenter.telephony.lines_in_words import lines_in_words
from callcenter.telephony.views import LinesView

router = APIRouter(prefix="/api/telephony", tags=["telephone lines"], responses=may_answer(401, 403, 422))


@router.get("")
async def lines(
    caller: Caller,
    afresh: Annotated[bool, Query(description="Look now, instead of what was seen in the last ten seconds")] = False,
) -> LinesView:
    """Numbers, the state of the lines, refused callers, and what failed lately; administrators only.

    `inbound`, `outbound`, `service` (livekit-sip) and `redis` are each `ok`, `missing`, `differs` (from what is
    declared), `down`, `unknown` or `not_used`. `refused_known` is false when livekit-sip's counts cannot be read.
    """
    return lines_in_words(await the(LinesService).view(caller, afresh=afresh))
