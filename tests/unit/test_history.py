"""Calls that were: who sees which, page by page, and as CSV."""

import csv
from datetime import datetime, timedelta
from typing import Any

import pytest

from callcenter.core.domain.agents import Actor, Role
from callcenter.core.domain.call_outcomes import Ending
from callcenter.core.domain.calls import CallDirection, CallState, EndedBy, EndReason
from callcenter.core.domain.events import CallEnded
from callcenter.core.store import calls
from callcenter.core.tables import Call
from callcenter.history.service import HistoryFilter
from callcenter.platform.errors import InvalidInput, NotFound
from tests.builders import Centre

ALL = HistoryFilter()


async def ended(centre: Centre, actor: Actor | None = None, **facts: Any) -> int:
    """A call of the past, recorded as it would have been."""
    now = centre.clock.now
    known: dict[str, Any] = {
        "direction": CallDirection.INBOUND,
        "state": CallState.COMPLETED if actor else CallState.MISSED,
        "caller_id": "+4930555001",
        "agent_id": actor.id if actor else None,
        "livekit_room_name": f"call_{now.timestamp()}_{len(facts)}_{centre.clock.advance(0).timestamp()}_{id(facts)}",
        "start_time": now,
        "joined_at": now,
        "answered_at": now if actor else None,
        "ended_at": now + timedelta(seconds=30),
        "duration": 30 if actor else 0,
        "ended_by": EndedBy.CALLER,
        "end_reason": EndReason.HUNG_UP,
    }
    async with centre.services.units.begin() as unit:
        call = await calls.add(unit.session, Call(**(known | facts)))
        unit.record(
            CallEnded(call.id or 0, call.agent_id, ending=Ending(call.state, EndedBy.CALLER, EndReason.HUNG_UP))
        )
    return call.id or 0


async def rows(centre: Centre, actor: Actor, wanted: HistoryFilter = ALL) -> list[int]:
    return [row.id for row in (await centre.services.history.page(actor, wanted)).rows]


async def csv_of(centre: Centre, actor: Actor, wanted: HistoryFilter = ALL) -> list[dict[str, str]]:
    text = "".join([piece async for piece in centre.services.history.csv(actor, wanted)])
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture
async def anna(centre: Centre) -> Actor:
    return await centre.agent("Anna")


@pytest.fixture
async def ben(centre: Centre) -> Actor:
    return await centre.agent("Ben")


@pytest.fixture
async def sam(centre: Centre) -> Actor:
    return await centre.agent("Sam", Role.SUPERVISOR, available=False)


class TestPages:
    @pytest.mark.parametrize("apart", [0, 1])
    async def test_every_call_once_newest_first(self, centre: Centre, sam: Actor, apart: int) -> None:
        """Also when many began at the same instant."""
        known = []
        for number in range(23):
            known.append(await ended(centre, livekit_room_name=f"call_{number}"))
            centre.clock.advance(apart)
        found: list[int] = []
        key = ""
        while True:
            page = await centre.services.history.page(sam, ALL, key, limit=5)
            found += [row.id for row in page.rows]
            key = page.next_key
            if not key:
                break
        assert found == list(reversed(known))

    async def test_calls_that_come_meanwhile_shift_nothing(self, centre: Centre, sam: Actor) -> None:
        known = []
        for number in range(6):
            known.append(await ended(centre, livekit_room_name=f"call_{number}"))
            centre.clock.advance(1)
        first = await centre.services.history.page(sam, ALL, limit=3)
        await ended(centre, livekit_room_name="call_new")
        second = await centre.services.history.page(sam, ALL, first.next_key, limit=3)
        assert [row.id for row in first.rows + second.rows] == list(reversed(known))
        assert second.next_key == ""

    @pytest.mark.parametrize("key", ["nonsense", "!!!", "MjAyNi0wMS0wMQ==", "ä" * 9, "=" * 4])
    async def test_an_invented_key_is_refused(self, centre: Centre, sam: Actor, key: str) -> None:
        with pytest.raises(InvalidInput):
            await centre.services.history.page(sam, ALL, key)

    @pytest.mark.parametrize("limit", [-5, 0, 10**9])
    async def test_no_page_is_empty_or_endless(self, centre: Centre, sam: Actor, limit: int) -> None:
        await ended(centre)
        assert len((await centre.services.history.page(sam, ALL, limit=limit)).rows) == 1


class TestRoles:
    async def test_agents_see_their_own_and_supervisors_all(
        self, centre: Centre, anna: Actor, ben: Actor, sam: Actor
    ) -> None:
        of_anna = await ended(centre, anna, livekit_room_name="call_1")
        of_ben = await ended(centre, ben, livekit_room_name="call_2")
        of_nobody = await ended(centre, livekit_room_name="call_3")
        assert await rows(centre, anna) == [of_anna]
        assert await rows(centre, ben) == [of_ben]
        assert set(await rows(centre, sam)) == {of_anna, of_ben, of_nobody}
        assert await rows(centre, sam, HistoryFilter(agent_id=anna.id)) == [of_anna]

    async def test_asking_for_somebody_elses_shows_ones_own(self, centre: Centre, anna: Actor, ben: Actor) -> None:
        await ended(centre, ben)
        assert await rows(centre, anna, HistoryFilter(agent_id=ben.id)) == []
        assert await csv_of(centre, anna, HistoryFilter(agent_id=ben.id)) == []

    async def test_details_are_for_who_took_part(self, centre: Centre, anna: Actor, ben: Actor, sam: Actor) -> None:
        call_id = await centre.talk(anna)
        with pytest.raises(NotFound):
            await centre.services.history.detail(ben, call_id)
        with pytest.raises(NotFound):
            await centre.services.history.detail(anna, 4711)
        assert (await centre.services.history.detail(sam, call_id)).call.id == call_id
        assert (await centre.services.history.detail(anna, call_id)).call.status == "In_Progress"


class TestFilters:
    async def test_by_time(self, centre: Centre, sam: Actor) -> None:
        start = centre.clock.now
        early = await ended(centre, livekit_room_name="call_1")
        centre.clock.advance(3600)
        late = await ended(centre, livekit_room_name="call_2")
        border: datetime = centre.clock.now
        assert await rows(centre, sam, HistoryFilter(since=border)) == [late]
        assert await rows(centre, sam, HistoryFilter(until=border)) == [early]
        assert await rows(centre, sam, HistoryFilter(since=start, until=start)) == []

    async def test_by_direction_and_status(self, centre: Centre, anna: Actor, sam: Actor) -> None:
        missed = await ended(centre, livekit_room_name="call_1")
        outbound = await ended(centre, anna, direction=CallDirection.OUTBOUND, livekit_room_name="out_1")
        running = await centre.call_in()
        assert await rows(centre, sam, HistoryFilter(direction="Outbound")) == [outbound]
        assert await rows(centre, sam, HistoryFilter(status="Missed")) == [missed]
        assert await rows(centre, sam, HistoryFilter(status="In_Progress")) == [running]
        assert await rows(centre, sam, HistoryFilter(direction="Outbound", status="Missed")) == []

    @pytest.mark.parametrize("wanted", [HistoryFilter(direction="Sideways"), HistoryFilter(status="missed")])
    async def test_unknown_words_are_refused(self, centre: Centre, sam: Actor, wanted: HistoryFilter) -> None:
        with pytest.raises(InvalidInput):
            await centre.services.history.page(sam, wanted)

    @pytest.mark.parametrize(
        ("number", "finds"),
        [
            ("555001", True),
            ("+4930555001", True),
            ("+49 30 / 555 001", True),
            ("0049 30 555", True),
            ("5550", True),
            ("+555", False),
            ("555009", False),
            ("%", False),
            ("_", False),
            ("hello", False),
            ("", True),
        ],
    )
    async def test_by_number(self, centre: Centre, sam: Actor, number: str, finds: bool) -> None:
        call_id = await ended(centre)
        assert await rows(centre, sam, HistoryFilter(number=number)) == ([call_id] if finds else [])

    async def test_by_the_name_of_a_caller_without_a_number(self, centre: Centre, sam: Actor) -> None:
        await ended(centre, livekit_room_name="call_1")
        anonymous = await ended(centre, caller_id="anonymous", livekit_room_name="call_2")
        assert await rows(centre, sam, HistoryFilter(number="anonym")) == [anonymous]


class TestDetail:
    async def test_the_timeline_tells_the_story(self, centre: Centre, anna: Actor, ben: Actor, sam: Actor) -> None:
        call_id = await centre.call_in()
        await centre.later(20)
        centre.clock.advance(4)
        await centre.answer(ben, call_id)
        centre.clock.advance(60)
        await centre.caller_hangs_up(call_id)
        detail = await centre.services.history.detail(sam, call_id)
        assert [(one.kind, one.agent_name, one.after_seconds) for one in detail.timeline] == [
            ("created", "", 0),
            ("queued", "", 0),
            ("offered", "Anna", 0),
            ("missed", "Anna", 20),
            ("offered", "Ben", 20),
            ("answered", "Ben", 24),
            ("connected", "Ben", 24),
            ("ended", "Ben", 84),
        ]
        assert (detail.call.waited, detail.call.duration, detail.ended_by) == (24, 60, "caller")
        assert (await centre.services.history.detail(anna, call_id)).call.id == call_id, "it rang at her desk"


class TestCallBack:
    @pytest.mark.parametrize(
        ("caller", "number"),
        [("+4930555001", "+4930555001"), ("436641234567", ""), ("217", ""), ("door-5", ""), ("", "")],
    )
    async def test_only_a_caller_who_would_be_reached_is_offered_for_it(
        self, centre: Centre, anna: Actor, caller: str, number: str
    ) -> None:
        call_id = await ended(centre, anna, caller_id=caller)
        assert (await centre.services.history.detail(anna, call_id)).call.call_back == number

    async def test_who_was_dialled_can_be_dialled_again(self, centre: Centre, anna: Actor) -> None:
        call_id = await ended(centre, anna, caller_id="116117", direction=CallDirection.OUTBOUND)
        assert (await centre.services.history.detail(anna, call_id)).call.call_back == "116117"

    async def test_nor_does_the_desk_offer_another_after_the_call(self, centre: Centre) -> None:
        ben = await centre.agent("Ben")
        call_id = await centre.call_in("12125550100")
        await centre.services.calls.answer(ben, call_id)
        await centre.enter(ben, call_id)
        await centre.caller_hangs_up(call_id)
        shown = (await centre.services.desk.view(ben)).ended
        assert (shown.id, shown.other_party, shown.redial) == (call_id, "12125550100", "")


class TestCsv:
    async def test_what_is_on_the_pages(self, centre: Centre, anna: Actor, sam: Actor) -> None:
        call_id = await ended(centre, anna)
        (line,) = await csv_of(centre, sam)
        assert line["id"] == str(call_id)
        assert (line["caller_id"], line["agent_name"], line["status"]) == ("+4930555001", "Anna", "Completed")
        assert (line["duration"], line["waited"]) == ("30", "0")

    @pytest.mark.parametrize("evil", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", " =1", '"=1'])
    async def test_no_cell_is_taken_for_a_formula(self, centre: Centre, sam: Actor, evil: str) -> None:
        await ended(centre, caller_id=evil)
        text = "".join([piece async for piece in centre.services.history.csv(sam, ALL)])
        (_, cells) = list(csv.reader(text.splitlines(keepends=True)))
        assert cells[3] == f"'{evil}"

    @pytest.mark.parametrize("evil", ["\t=1", "\r=1", "\n=1"])
    async def test_what_parts_cells_is_a_space(self, centre: Centre, sam: Actor, evil: str) -> None:
        await ended(centre, caller_id=evil)
        text = "".join([piece async for piece in centre.services.history.csv(sam, ALL)])
        (_, cells) = list(csv.reader(text.splitlines(keepends=True)))
        assert cells[3] == "' =1"

    async def test_more_than_one_reading_of_the_database(self, centre: Centre, sam: Actor) -> None:
        now = centre.clock.now
        async with centre.services.units.begin() as unit:
            for number in range(1203):
                call = Call(
                    direction=CallDirection.INBOUND,
                    state=CallState.QUEUED,
                    livekit_room_name=f"call_{number}",
                    start_time=now + timedelta(seconds=number // 10),
                    joined_at=now,
                )
                await calls.add(unit.session, call)
        lines = await csv_of(centre, sam)
        assert len({line["id"] for line in lines}) == len(lines) == 1203

    async def test_nothing_found_is_a_heading(self, centre: Centre, sam: Actor) -> None:
        text = "".join([piece async for piece in centre.services.history.csv(sam, ALL)])
        assert text.startswith("id,start_time,direction")
        assert text.count("\n") == 1


@pytest.mark.parametrize("number", ["\0", "\0x", "%_\\", "'", "+", "++", "\u0661", "\U0001f4de"])
async def test_odd_searches_find_nothing_amiss(centre: Centre, sam: Actor, number: str) -> None:
    await ended(centre)
    assert len(await rows(centre, sam, HistoryFilter(number=number))) <= 1
    assert len(await csv_of(centre, sam, HistoryFilter(number=number))) <= 1
