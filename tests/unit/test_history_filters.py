"""Every filter of the history, alone and with others: the pages have what a look at every single call finds."""

import itertools
import re
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from callcenter.core.domain.agents import Actor, Role
from callcenter.core.domain.call_outcomes import Ending
from callcenter.core.domain.calls import CLOSED, CallDirection, CallState, CallStatus, EndedBy, EndReason, call_status
from callcenter.core.domain.events import CallEnded
from callcenter.core.store import calls
from callcenter.core.tables import Call
from callcenter.history import store as history_store
from callcenter.history.service import HistoryFilter
from tests.builders import Centre
from tests.support.plans import Plans

NUMBERS = ("+49301000", "+493010001", "+493010002", "+4940777", "anonymous", "")
CALLS = 150
THROUGH_A_TABLE = re.compile(r"Seq Scan on (call|number_ending)|^SCAN (call\w*|number_ending)$")
OVER: dict[str, Any] = {"ended_by": EndedBy.CALLER, "end_reason": EndReason.HUNG_UP}


@pytest.fixture
async def sam(centre: Centre) -> Actor:
    return await centre.agent("Sam", Role.SUPERVISOR, available=False)


@pytest.fixture
async def past(centre: Centre, sam: Actor) -> list[Call]:
    """Calls of all kinds, several of them at the same instant; the newest first."""
    chance, known = Random(7), []
    people = [(await centre.agent(name, available=False)).id for name in ("Anna", "Ben")]
    async with centre.services.units.begin() as unit:
        for number in range(CALLS):
            state = chance.choice(sorted(CLOSED)) if number > 5 else CallState.QUEUED
            at = unit.now + timedelta(minutes=number // 3)
            call = Call(
                direction=chance.choice(list(CallDirection)),
                state=state,
                caller_id=chance.choice(NUMBERS),
                agent_id=chance.choice([None, *people]) if state in CLOSED else None,
                livekit_room_name=f"call_{number}",
                start_time=at,
                joined_at=at,
                **(OVER | {"ended_at": at} if state in CLOSED else {}),
            )
            known.append(await calls.add(unit.session, call))
            if call.ended_at:
                unit.record(CallEnded(call.id or 0, ending=Ending(call.state, EndedBy.CALLER, EndReason.HUNG_UP)))
    return sorted(known, key=lambda call: (call.start_time, call.id or 0), reverse=True)


def fits(call: Call, wanted: HistoryFilter) -> bool:
    return (
        (not wanted.direction or call.direction == wanted.direction)
        and (not wanted.status or call_status(call.state) == wanted.status)
        and (not wanted.agent_id or call.agent_id == wanted.agent_id)
        and (wanted.since is None or call.start_time >= wanted.since)
        and (call.caller_id.startswith(wanted.number) if wanted.number[:1] == "+" else wanted.number in call.caller_id)
    )


async def all_pages(centre: Centre, actor: Actor, wanted: HistoryFilter) -> list[int]:
    found, key = [], ""
    while True:
        page = await centre.services.history.page(actor, wanted, key, limit=20)
        found += [row.id for row in page.rows]
        key = page.next_key
        if not key:
            return found


@pytest.mark.parametrize("number", ["", "+4930", "+493010001", "+4999", "1000", "nonym"])
async def test_all_filters_with_one_another(centre: Centre, sam: Actor, past: list[Call], number: str) -> None:
    await centre.services.party_numbers.run()
    somebody = next(call.agent_id for call in past if call.agent_id) or 0
    for direction, status, agent_id, since in itertools.product(
        ("", "Outbound"), ("", *CallStatus), (0, somebody), (None, past[CALLS // 2].start_time)
    ):
        wanted = HistoryFilter(since, None, direction, status, number, agent_id)
        assert await all_pages(centre, sam, wanted) == [call.id for call in past if fits(call, wanted)], wanted


@pytest.mark.parametrize("calls_for_a_number", [1, 1000])
async def test_more_numbers_than_are_looked_up_one_by_one(
    centre: Centre, sam: Actor, past: list[Call], calls_for_a_number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls are met by time, and where they are not, by number after all."""
    await centre.services.party_numbers.run()
    monkeypatch.setattr(history_store, "FEW_NUMBERS", 0)
    monkeypatch.setattr(history_store, "CALLS_FOR_A_NUMBER", calls_for_a_number)
    for number, status in (("+4930", ""), ("000", ""), ("+49301000", "Failed"), ("40", "")):
        wanted = HistoryFilter(number=number, status=status)
        assert await all_pages(centre, sam, wanted) == [call.id for call in past if fits(call, wanted)], wanted


async def test_exactly_one_number(centre: Centre, sam: Actor, past: list[Call]) -> None:
    for status in ("", "Failed"):
        wanted = HistoryFilter(party="+49301000", status=status)
        known = [call for call in past if call.caller_id == "+49301000"]
        assert await all_pages(centre, sam, wanted) == [call.id for call in known if fits(call, wanted)]


@pytest.mark.parametrize(
    "wanted",
    [
        HistoryFilter(),
        HistoryFilter(direction="Outbound"),
        HistoryFilter(status="Failed"),
        HistoryFilter(status="In_Progress"),
        HistoryFilter(direction="Inbound", status="Canceled"),
        HistoryFilter(agent_id=1),
        HistoryFilter(agent_id=1, direction="Outbound", status="Missed"),
        HistoryFilter(number="+493010001"),
        HistoryFilter(number="0001"),
        HistoryFilter(number="0001", agent_id=1, status="Failed"),
        HistoryFilter(number="030 1000"),
        HistoryFilter(number="7777"),
        HistoryFilter(party="+493010001"),
    ],
)
async def test_no_filter_reads_through_the_table(
    centre: Centre, sam: Actor, past: list[Call], wanted: HistoryFilter
) -> None:
    await centre.services.party_numbers.run()
    plans = Plans(centre, "FROM call", "number_ending")
    await plans.of(centre.services.history.page(sam, wanted))
    assert not any(THROUGH_A_TABLE.search(line) for line in plans.lines), plans.lines
