"""Work that is dear waits its turn, a bounded number of it and not for ever; calls go on meanwhile."""

import asyncio
import os
import threading
from collections.abc import Awaitable

import bcrypt
import pytest

from callcenter.accounts import authentication, passwords
from callcenter.accounts.errors import WrongCredentials
from callcenter.bootstrap import Services
from callcenter.history.service import HistoryFilter
from callcenter.platform.errors import Overloaded
from callcenter.platform.overload.concurrency_limit import Gate
from callcenter.platform.overload.event_loop_lag import FEWEST, SEARCHES, SIGN_INS, Load
from callcenter.settings import Settings
from tests.builders import PASSWORD
from tests.conftest import MakeAgent
from tests.support.waiting import until

HOME = "198.51.100.20"


async def hold(gate: Gate, inside: asyncio.Event, let_go: asyncio.Event) -> None:
    async with gate.entered():
        inside.set()
        await let_go.wait()


async def test_a_gate_lets_so_many_in_and_so_many_wait() -> None:
    gate = Gate("test", at_once=1, waiting=1, seconds=60)
    inside, let_go = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(hold(gate, inside, let_go))
    await inside.wait()
    second = asyncio.create_task(hold(gate, asyncio.Event(), let_go))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await hold(gate, asyncio.Event(), let_go)
    let_go.set()
    await asyncio.gather(first, second)
    await hold(gate, asyncio.Event(), let_go)


async def test_nobody_waits_at_a_gate_for_ever_and_who_gives_up_leaves_no_trace() -> None:
    gate = Gate("test", at_once=1, waiting=1, seconds=0.01)
    inside, let_go = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(hold(gate, inside, let_go))
    await inside.wait()
    for _ in range(3):
        with pytest.raises(Overloaded):
            await hold(gate, asyncio.Event(), let_go)
    gone = asyncio.create_task(hold(gate, asyncio.Event(), let_go))
    await asyncio.sleep(0)
    gone.cancel()
    let_go.set()
    await first
    await hold(gate, asyncio.Event(), let_go)


async def test_a_whole_house_behind_one_address_can_sign_in_at_once(services: Services, agent: MakeAgent) -> None:
    """More of them than wrong passwords are allowed from one address."""
    names = [f"agent{number}" for number in range(authentication.PER_ADDRESS + 5)]
    for name in names:
        await agent(name, connected=False, available=False)
    signed = await asyncio.gather(*(services.auth.sign_in(name, PASSWORD, HOME, "desk") for name in names))
    assert [one.actor.username for one in signed] == names


async def test_sign_ins_beyond_what_can_be_done_are_told_to_come_back(
    services: Services, agent: MakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, let_go, begun = await agent("Anna"), threading.Event(), threading.Semaphore(0)

    def slow(*_: object) -> bool:
        begun.release()
        return not let_go.wait(10)

    monkeypatch.setattr(bcrypt, "checkpw", slow)
    waiting = [
        asyncio.create_task(services.auth.sign_in("anna", PASSWORD, HOME, "api"))
        for _ in range(passwords.AT_ONCE + authentication.WAITING)
    ]
    await asyncio.to_thread(begun.acquire)
    with pytest.raises(Overloaded) as refused:
        await services.auth.sign_in("anna", PASSWORD, HOME, "api")
    assert refused.value.retry_after_seconds
    assert (await services.desk.view(anna)).status == "Available", "everything else goes on"
    for task in waiting[passwords.AT_ONCE :]:
        task.cancel()
    let_go.set()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(one) for one in ended} <= {WrongCredentials, asyncio.CancelledError}


async def test_a_desk_that_is_late_does_not_search_and_lets_nobody_new_in(
    services: Services, agent: MakeAgent, settings: Settings
) -> None:
    """Pages ask by way of their sockets, where no lane sees them."""
    anna = await agent("Anna")
    for times, search, sign_in in ((0.5, True, True), (1.5, False, True), (3.0, False, False)):
        for _ in range(30):
            services.load.note(times * settings.overload_lag_seconds)
        assert await _done(services.history.page(anna, HistoryFilter())) is search
        assert await _done(services.auth.sign_in("anna", PASSWORD, HOME, "api")) is sign_in
        assert (await services.desk.view(anna)).status == "Available"


async def _done(work: Awaitable[object]) -> bool:
    try:
        await work
    except Overloaded:
        return False
    return True


@pytest.mark.skipif(os.name != "posix", reason="priorities of threads are Linux'")
async def test_passwords_are_worked_on_with_less_priority_than_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    def priority(*_: object) -> bytes:
        return str(os.getpriority(os.PRIO_PROCESS, threading.get_native_id())).encode()

    monkeypatch.setattr(bcrypt, "hashpw", priority)
    ours = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert int(await passwords.hashed("a wholly uncommon 4 words")) >= min(19, max(ours, passwords.NICE))


def test_lag_is_what_lasts_and_not_one_pause() -> None:
    load = Load(0.5)
    assert load.lag == 0
    load.note(3.0)
    assert load.lag == 0, "one look says nothing"
    for _ in range(FEWEST):
        load.note(1.0)
    assert load.lag == 1.0
    assert load.too_late_for(SEARCHES)
    assert not load.too_late_for(SIGN_INS)
    load.note(0.002)
    assert load.lag == 0.002, "it is in time again"


async def test_lag_is_measured_for_as_long_as_the_services_run() -> None:
    load = Load(0.5)
    load.start()
    await until(lambda: load._looks, 10, lambda: "no look")
    await load.stop()
    await load.stop()
