"""Tasks that run beside whoever started them."""

import asyncio
import gc
import logging

import pytest

from callcenter.platform.jobs.background_task import Background, HeldTasks


class TestBackground:
    async def test_work_that_is_started_again_while_it_stops_runs(self) -> None:
        begun, may_end = asyncio.Queue[int](), asyncio.Event()

        async def work() -> None:
            begun.put_nowait(1)
            try:
                await asyncio.Event().wait()
            finally:
                await may_end.wait()

        background = Background("work", work)
        background.start()
        background.start()
        await asyncio.wait_for(begun.get(), 5)
        stopping = asyncio.create_task(background.stop())
        await asyncio.sleep(0)
        background.start()
        may_end.set()
        await asyncio.wait_for(stopping, 5)
        await asyncio.wait_for(begun.get(), 5)
        assert background.runs
        assert begun.empty()
        await background.stop()
        assert not background.runs

    async def test_whoever_waits_for_the_end_can_be_cancelled(self) -> None:
        may_end = asyncio.Event()

        async def work() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await may_end.wait()

        background = Background("work", work)
        background.start()
        await asyncio.sleep(0)
        stopping = asyncio.create_task(background.stop())
        await asyncio.sleep(0)
        stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        may_end.set()

    async def test_work_that_failed_is_logged_and_can_be_started_again(self, caplog: pytest.LogCaptureFixture) -> None:
        lives = asyncio.Queue[int]()

        async def work() -> None:
            lives.put_nowait(1)
            raise ValueError("broken")

        background = Background("the work", work)
        for _ in range(2):
            background.start()
            await asyncio.wait_for(lives.get(), 5)
            await asyncio.sleep(0)
        assert [record.getMessage() for record in caplog.records] == ["the work has failed and will not go on"] * 2


class TestHeldTasks:
    async def test_a_task_that_nobody_refers_to_is_done_to_its_end(self) -> None:
        tasks, done = HeldTasks(), asyncio.Event()

        async def work() -> None:
            waited_for = asyncio.get_running_loop().create_future()

            def collect() -> None:
                gc.collect()
                waited_for.set_result(None)

            asyncio.get_running_loop().call_soon(collect)
            await waited_for
            done.set()

        tasks.start(work())
        assert len(tasks) == 1
        await asyncio.wait_for(done.wait(), 5)
        await asyncio.sleep(0)
        assert len(tasks) == 0

    @pytest.mark.parametrize("awaited", [False, True])
    async def test_a_failure_is_logged_unless_somebody_awaits_the_task(
        self, awaited: bool, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)

        async def work() -> None:
            raise ValueError("broken")

        task = HeldTasks().start(work(), awaited=awaited)
        await asyncio.wait([task])
        del task
        gc.collect()
        said = [record.getMessage() for record in caplog.records if record.name != "asyncio"]
        assert said == ([] if awaited else ["background work failed"])
        assert not [record for record in caplog.records if "never retrieved" in record.getMessage()]

    async def test_all_are_cancelled_at_the_stop(self) -> None:
        tasks = HeldTasks()
        started = [tasks.start(asyncio.Event().wait()) for _ in range(3)]
        await asyncio.wait_for(tasks.stop(), 5)
        assert all(task.cancelled() for task in started)
