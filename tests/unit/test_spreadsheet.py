"""The history in a spreadsheet: no formula, whichever separator it guesses; numbers and times as people read them."""

import csv
import io
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callcenter.core.domain.agents import SYSTEM, Actor, Role
from callcenter.core.domain.call_outcomes import Ending
from callcenter.core.domain.calls import CallDirection, CallState, EndedBy, EndReason
from callcenter.core.domain.events import CallEnded
from callcenter.core.store import calls
from callcenter.core.tables import Call
from callcenter.history.service import HistoryFilter
from callcenter.history.spreadsheet import lines, number_as_text
from callcenter.platform.zones import zone_named
from tests.builders import PASSWORD, Centre
from tests.support.fuzz import effort

SEPARATORS = ",;\t|"
FORMULA = re.compile(r"\s*[\"']?\s*[=@\-\uff1d\uff0b\uff0d\uff20]|\s*[\"']?\s*\+(?!\d[\d ]*$)")
EVIL = [
    "Eva;=1+1;",
    "Eva,=1+1",
    "=1+1",
    "a|@SUM(A1)",
    'a;"=1+1"',
    "Eva; =1",
    ";;-1",
    "Eva;\uff1d1",
    "+1+1",
    "a;+1+1",
    "a\t=1",
]


def cells(text: str) -> Iterable[str]:
    """Every cell that any program could make of this text: with and without regard to quotes."""
    for separator in SEPARATORS:
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting):
                yield from row


def formulas(text: str) -> list[str]:
    return [cell for cell in cells(text) if FORMULA.match(cell) and not cell.lstrip().startswith("'")]


@effort(100)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20), max_size=4))
@example(EVIL)
@example(['"', ";=1", '";=1'])
def test_no_text_becomes_a_formula_at_any_separator(row: list[str]) -> None:
    assert formulas(lines([row, ["end"]])) == []


async def past_call(centre: Centre, agent_id: int, caller_id: str, at: datetime) -> None:
    async with centre.services.units.begin() as unit:
        call = Call(
            direction=CallDirection.INBOUND,
            state=CallState.COMPLETED,
            caller_id=caller_id,
            agent_id=agent_id,
            livekit_room_name=f"call_{at.isoformat()}",
            start_time=at,
            joined_at=at,
            answered_at=at,
            ended_at=at + timedelta(seconds=30),
            duration=30,
            ended_by=EndedBy.CALLER,
            end_reason=EndReason.HUNG_UP,
        )
        await calls.add(unit.session, call)
        unit.record(CallEnded(call.id or 0, agent_id, ending=Ending(call.state, EndedBy.CALLER, EndReason.HUNG_UP)))


@pytest.fixture
async def sam(centre: Centre) -> Actor:
    return await centre.agent("Sam", Role.SUPERVISOR, available=False)


async def file_of(centre: Centre, actor: Actor, zone: str = "", *, for_people: bool = True) -> str:
    pieces = centre.services.history.csv(actor, HistoryFilter(), zone_named(zone), for_people=for_people)
    return "".join([piece async for piece in pieces])


async def test_no_name_becomes_a_formula_at_any_separator(centre: Centre, sam: Actor) -> None:
    for number, name in enumerate(one for one in EVIL if "\t" not in one):
        view = await centre.services.accounts.add(SYSTEM, f"evil{number}", PASSWORD, name, Role.AGENT)
        await past_call(centre, view.id, "+4930555001", centre.clock.now + timedelta(minutes=number))
    for for_people in (True, False):
        text = await file_of(centre, sam, for_people=for_people)
        assert text.count("evil") == 0
        assert text.count("\r\n") == len(EVIL)
        assert formulas(text) == []


async def test_the_file_for_people_has_text_numbers_and_their_own_time(centre: Centre, sam: Actor) -> None:
    at = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    await past_call(centre, sam.id, "+4930555001", at)
    text = await file_of(centre, sam, "Europe/Berlin")
    assert text.startswith("\ufeffid,")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["caller_id"], row["local_time"]) == ("+49 30 555001", "2026-07-02 00:30:00")
    assert datetime.fromisoformat(row["start_time"]) == at


async def test_the_file_for_programs_has_numbers_as_they_are_kept(centre: Centre, sam: Actor) -> None:
    await past_call(centre, sam.id, "+4930555001", datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    text = await file_of(centre, sam, for_people=False)
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["caller_id"], row["local_time"]) == ("+4930555001", "2026-07-01 22:30:00")


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("+49 30 555001", "+49 30 555001"),
        ("+1 201-555-0123", "+1 201 555 0123"),
        ("+4930555001", "+493 055 500 1"),
        ("0305550019", "030 555 001 9"),
        ("112", "112"),
        ("door-5", "door-5"),
        ("", ""),
        ("=1+1", "=1+1"),
    ],
)
def test_a_number_is_nothing_that_can_be_calculated(shown: str, text: str) -> None:
    assert number_as_text(shown) == text


@pytest.mark.parametrize(("name", "zone"), [("Asia/Kolkata", ZoneInfo("Asia/Kolkata")), ("Mars/Olympus", UTC)])
def test_a_zone_is_known_by_its_name(name: str, zone: object) -> None:
    assert zone_named(name) == zone
