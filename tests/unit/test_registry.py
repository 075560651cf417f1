"""The registry through which pages, routes and commands find the parts of their process."""

from collections.abc import Iterator

import pytest

from callcenter import bootstrap
from callcenter.bootstrap import Services
from callcenter.call_control.service import CallService
from callcenter.platform import registry
from callcenter.platform.registry import NotRegisteredError, the


class Lamp:
    pass


@pytest.fixture(autouse=True)
def _empty_registry() -> Iterator[None]:
    registry.clear()
    yield
    registry.clear()


def test_a_part_is_found_by_its_class_and_the_last_one_registered_counts() -> None:
    first, second = Lamp(), Lamp()
    registry.register(first)
    assert the(Lamp) is first
    registry.register(second)
    assert the(Lamp) is second


def test_a_part_that_nobody_registered_is_named_in_the_error() -> None:
    with pytest.raises(NotRegisteredError, match="No Lamp is registered"):
        the(Lamp)


async def test_the_services_of_the_process_are_registered_and_forgotten_with_it(services: Services) -> None:
    bootstrap.set_services(services)
    assert the(CallService) is services.calls
    bootstrap.set_services(None)
    with pytest.raises(NotRegisteredError, match="CallService"):
        the(CallService)
