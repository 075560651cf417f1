"""A telephone network for the session, and a centre in it for every test."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from callcenter.bootstrap import build, set_services
from tests.conftest import MakeSettings
from tests.consistency import assert_consistent
from tests.support.phone_network import PhoneCentre, PhoneDoor, PhoneNetwork, lacking

HERE = Path(__file__).parent
OpenCentre = Callable[..., Awaitable[PhoneCentre]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without the programs these tests are skipped; in the CI they fail."""
    missing = lacking()
    if not missing or os.environ.get("CI"):
        return
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(f"NO TELEPHONES HERE: {', '.join(missing)} not found; see `make test`"))


@pytest.fixture(scope="session")
def network() -> Iterator[PhoneNetwork]:
    network = PhoneNetwork()
    network.start()
    yield network
    network.stop()


@pytest.fixture
async def open_centre(
    network: PhoneNetwork, make_settings: MakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[OpenCentre]:
    """``await open_centre(line={"media_timeout_seconds": 2}, queue_timeout_seconds=3)``: one centre for this test.

    Its record must be consistent in the end, however the story went.
    """
    await asyncio.to_thread(network.start)
    for name, value in network.livekit.environment.items():
        monkeypatch.setenv(name, value)
    async with AsyncExitStack() as stack:

        async def open_one(line: dict[str, Any] | None = None, **changes: Any) -> PhoneCentre:
            plan = network.plan(**(line or {}))
            quick = {"wrap_up_seconds": 1, "reconcile_seconds": 1, "reoffer_seconds": 1}
            settings = make_settings(**(network.settings | quick | changes))
            await network.apply(settings, plan)
            services = build(settings, plan=plan)
            set_services(services)
            stack.push_async_callback(services.stop)
            stack.callback(set_services, None)
            stack.push_async_callback(assert_consistent, services)
            door = PhoneDoor(network.webhook_port, network.rooms)
            await door.open()
            await services.start()
            centre = PhoneCentre(services, network.livekit, door, network=network, home=tmp_path)
            stack.push_async_callback(centre.close)
            return centre

        yield open_one
        await asyncio.to_thread(network.start)


@pytest.fixture
async def centre(open_centre: OpenCentre) -> PhoneCentre:
    """A centre with the usual settings."""
    return await open_centre()
