"""A value that many ask for at once is made once."""

import asyncio

import pytest

from callcenter.platform import recent_value
from callcenter.platform.recent_value import Recent


class Counted:
    """Makes the numbers from 1, each when it is let go."""

    def __init__(self) -> None:
        self.made = 0
        self.let_go = asyncio.Event()
        self.fails = False

    async def make(self) -> int:
        self.made += 1
        await self.let_go.wait()
        if self.fails:
            raise RuntimeError("it fails")
        return self.made


async def test_it_is_made_once_for_all_who_ask() -> None:
    counted = Counted()
    value = Recent(counted.make)
    asked = [asyncio.create_task(value.value()) for _ in range(50)]
    await asyncio.sleep(0)
    asked[0].cancel()
    counted.let_go.set()
    assert await asyncio.gather(*asked[1:]) == [1] * 49, "the one who asked first has gone"
    assert await value.value() == 1


async def test_an_old_one_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_value, "FRESH_SECONDS", 0)
    counted = Counted()
    counted.let_go.set()
    value = Recent(counted.make)
    assert [await value.value() for _ in range(3)] == [1, 2, 3]


async def test_a_failure_is_told_to_all_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()
    counted.fails = True
    value = Recent(counted.make)
    asked = [asyncio.create_task(value.value()) for _ in range(3)]
    await asyncio.sleep(0)
    counted.let_go.set()
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert [str(one) for one in told] == ["it fails"] * 3
    counted.fails = False
    monkeypatch.setattr(recent_value, "FRESH_SECONDS", 0)
    assert await value.value() == 2
