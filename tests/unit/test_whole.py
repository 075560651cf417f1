"""Work that outlives whoever waits for it."""

import asyncio

import pytest

from callcenter.platform.jobs.run_to_completion import whole


async def test_work_is_done_to_its_end_when_the_waiting_is_cancelled() -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await go_on.wait()
        done.set()

    waiting = asyncio.create_task(whole(work()))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    await asyncio.wait_for(done.wait(), 5)


async def test_results_and_errors_come_through() -> None:
    async def divide(number: int) -> float:
        return 1 / number

    assert await whole(divide(2)) == 0.5
    with pytest.raises(ZeroDivisionError):
        await whole(divide(0))
