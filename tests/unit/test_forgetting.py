"""What a tab showed is kept for a while after it has gone, and never of more tabs than so many."""

import pytest
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State

from callcenter.platform.reflex import tab_state_eviction
from callcenter.platform.reflex.tab_state_eviction import KEEP_SECONDS, Forgetting


def token(name: str) -> BaseStateToken:
    return BaseStateToken(ident=name, cls=State)


@pytest.fixture
async def manager() -> StateManagerMemory:
    # To mypy, each overload that Reflex declares is one more method without a body.
    return StateManagerMemory(token_expiration=3600)  # type: ignore[abstract]


@pytest.fixture
def connected() -> set[str]:
    return set()


@pytest.fixture
def pages(manager: StateManagerMemory, connected: set[str]) -> Forgetting:
    return Forgetting(manager, connected.__contains__)


async def shown(manager: StateManagerMemory, *names: str) -> None:
    for name in names:
        async with manager.modify_state(token(name)):
            pass


async def test_who_stays_away_is_forgotten_and_who_is_there_is_not(
    manager: StateManagerMemory, connected: set[str], pages: Forgetting
) -> None:
    await shown(manager, "here", "gone", "back")
    connected.add("here")
    pages.look(0)
    pages.look(KEEP_SECONDS - 1)
    assert set(manager.states) == {"here", "gone", "back"}
    connected.add("back")
    pages.look(KEEP_SECONDS)
    connected.discard("back")
    pages.look(KEEP_SECONDS + 1)
    assert set(manager.states) == {"here", "back"}
    assert set(manager._states_locks) == {"here", "back"}
    pages.look(2 * KEEP_SECONDS + 1)
    assert set(manager.states) == {"here"}


async def test_a_crowd_that_has_gone_is_not_kept(
    manager: StateManagerMemory, pages: Forgetting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tab_state_eviction, "MOST_KEPT", 3)
    await shown(manager, "first", "second")
    pages.look(0)
    await shown(manager, "third", "fourth", "fifth")
    pages.look(1)
    assert set(manager.states) == {"third", "fourth", "fifth"}


async def test_what_is_being_worked_on_is_left_alone(manager: StateManagerMemory, pages: Forgetting) -> None:
    await shown(manager, "gone")
    pages.look(0)
    async with manager.modify_state(token("gone")):
        pages.look(KEEP_SECONDS)
        assert set(manager.states) == {"gone"}
    pages.look(KEEP_SECONDS)
    assert not manager.states
    await manager.close()
