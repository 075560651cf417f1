"""Calls are found by any piece of a number, from the moment they begin until they are forgotten."""

from typing import Any

import pytest
from sqlalchemy import select

from callcenter.core.domain.agents import SYSTEM
from callcenter.core.phone_numbers import pieces
from callcenter.history import number_search_store
from callcenter.history.service import HistoryFilter
from tests.builders import Centre

BERLIN, PARIS = "+4930901820", "+33142685300"


async def found(centre: Centre, number: str) -> list[int]:
    page = await centre.services.history.page(SYSTEM, HistoryFilter(number=number))
    return [row.id for row in page.rows]


async def noted(centre: Centre) -> set[str]:
    async with centre.services.units.reading() as (session, _):
        return set((await session.execute(select(number_search_store.TABLE.c.number).distinct())).scalars())


@pytest.fixture(params=["not noted yet", "noted"])
def note(request: pytest.FixtureRequest, centre: Centre) -> Any:
    async def nothing() -> None:
        """The loop has not come round."""

    return centre.services.party_numbers.run if request.param == "noted" else nothing


WAYS = (
    "+4930901820",
    "+49 30 90",
    "+49 (0)30 901820",
    "0049 30 901",
    "030 901820",
    "030/9018-20",
    "901820",
    "820",
    "0 9 0",
)


async def test_however_people_write_it(centre: Centre, note: Any) -> None:
    call_id, other = await centre.call_in(BERLIN), await centre.call_in(PARIS)
    await note()
    for typed in WAYS:
        assert await found(centre, typed) == [call_id], typed
    for typed in ("+30", "0303", "9018201", "01820 9"):
        assert await found(centre, typed) == [], typed
    assert await found(centre, "3") == [other, call_id]


@pytest.mark.parametrize(
    "typed",
    [
        "٠٣٠ ٩٠١٨٢٠",
        "۰۳۰ ۹۰۱۸",
        "०३० ९०१८२०",
        "０３０９０１８２０",
        "＋４９ ３０ ９０",
        "+٤٩ ٣٠ ٩٠",
        "\u202a+49 30 90\u202c",
    ],
    ids=["Arabic", "Persian", "Devanagari", "full width", "full width plus", "Arabic with plus", "pasted with marks"],
)
async def test_digits_of_every_script(centre: Centre, note: Any, typed: str) -> None:
    call_id = await centre.call_in(BERLIN)
    await centre.call_in(PARIS)
    await note()
    assert await found(centre, typed) == [call_id]


async def test_a_name_with_digits_is_searched_for_as_a_name(centre: Centre, note: Any) -> None:
    door, other = await centre.call_in("door-5"), await centre.call_in("door-51")
    await centre.call_in("+4930555000")
    assert await found(centre, "door-5") == [door], "before the numbers are noted"
    await note()
    assert await found(centre, "door-5") == [door]
    assert await found(centre, "door-") == [other, door]
    assert await found(centre, "DOOR-51") == [other]
    page = await centre.services.history.page(SYSTEM, HistoryFilter(party="door-5"))
    assert [row.id for row in page.rows] == [door]
    assert (await centre.services.history.page(SYSTEM, HistoryFilter(party="door\0-5"))).rows == page.rows


async def test_names_in_capitals_and_without(centre: Centre, note: Any) -> None:
    call_id = await centre.call_in("Reception.West")
    await note()
    for typed in ("reception", "WEST", "on.w"):
        assert await found(centre, typed) == [call_id]


async def test_forgotten_numbers_leave_nothing_behind(centre: Centre) -> None:
    for number in (BERLIN, PARIS, BERLIN):
        await centre.caller_hangs_up(await centre.call_in(number))
    await centre.services.party_numbers.run()
    await centre.services.keeping.forget(SYSTEM, BERLIN)
    assert await noted(centre) == {PARIS}
    again = await centre.call_in(BERLIN)  # SQLite gives it the id of a call that was forgotten
    await centre.services.party_numbers.run()
    assert await noted(centre) == {PARIS, BERLIN}
    assert await found(centre, "9018") == [again]


async def test_a_number_stays_as_long_as_one_of_its_calls(centre: Centre) -> None:
    await centre.caller_hangs_up(await centre.call_in(BERLIN))
    goes_on = await centre.call_in(BERLIN)
    await centre.services.party_numbers.run()
    await centre.services.keeping.forget(SYSTEM, BERLIN)
    assert await found(centre, "9018") == [goes_on]


async def test_more_new_calls_than_are_noted_at_once(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.history.number_search_indexer.AT_ONCE", 2)
    known = [await centre.call_in(f"+4930555{last:03}") for last in range(5)]
    await centre.services.party_numbers.run()
    await centre.services.party_numbers.run()
    assert len(await noted(centre)) == 5
    assert await found(centre, "555004") == known[-1:]


@pytest.mark.parametrize(
    ("typed", "region", "meant"),
    [
        ("030 901820", "DE", ("030901820", "+4930901820")),
        ("06 6982", "IT", ("066982",)),
        ("(212) 555", "US", ("212555",)),
        ("020 7946", "GB", ("0207946", "+44207946")),
        ("0030 21", "DE", ("003021", "+3021")),
        ("0", "DE", ("0",)),
        ("00", "DE", ("00",)),
        ("  ", "DE", ()),
        ("anna\0", "DE", ("anna",)),
    ],
)
def test_a_piece_is_read_as_people_of_the_region_write_it(typed: str, region: str, meant: tuple[str, ...]) -> None:
    assert pieces(typed, region) == meant
