"""The life of a call that comes in."""

from tests.builders import Centre


async def test_the_whole_life(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    assert (await centre.offer(anna)).call_id == call_id
    await centre.answer(anna, call_id)
    assert (await centre.desk(anna)).work == "talking"
    centre.clock.advance(60)
    await centre.caller_hangs_up(call_id)
    assert (await centre.desk(anna)).work == "wrapup"
    await centre.later(31)
    assert (await centre.desk(anna)).work == "idle"
