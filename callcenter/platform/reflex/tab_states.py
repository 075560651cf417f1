"""The states of tabs as Reflex keeps them in memory: who may enter one, what it holds, and how it is forgotten."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import reflex as rx
from reflex.istate.delta import _resolve_delta
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex.state import BaseState, OnLoadInternalState, StateUpdate
from reflex_base.event import Event

LOAD_PAGE = OnLoadInternalState.on_load_internal
"""The event that runs the ``on_load`` of the page on which a tab is."""
HYDRATIONS = frozenset({f"{rx.State.get_full_name()}.hydrate", f"{rx.State.get_full_name()}.hydrate_and_load"})
"""The events with which a tab asks for all of its state."""


class GuardedStates(StateManagerMemory):
    """Lets only those events change a tab's state that may enter it."""

    def may_enter(self, root: BaseState) -> bool:
        """Return whether the event at work may change this tab's state."""
        raise NotImplementedError

    def modify_state_with_links(self, token: Any, *args: Any, **context: Any) -> Any:
        """Raises CancelledError in an event that may not enter."""
        return _Entrance(self, super().modify_state_with_links(token, *args, **context))

    def of_tab(self, client_token: str) -> AbstractAsyncContextManager[Any]:
        """Open the state of a tab for changes, whoever may enter."""
        return self.modify_state(BaseStateToken(ident=client_token, cls=rx.State))


class _Entrance:
    def __init__(self, states: GuardedStates, inner: AbstractAsyncContextManager[Any]) -> None:
        self._states = states
        self._inner = inner

    async def __aenter__(self) -> Any:
        root = await self._inner.__aenter__()
        try:
            if not self._states.may_enter(root):
                raise asyncio.CancelledError("this tab is somebody else's by now")
        except BaseException:
            await self._inner.__aexit__(None, None, None)
            raise
        return root

    async def __aexit__(self, *raised: Any) -> Any:
        return await self._inner.__aexit__(*raised)


def root_of(state: BaseState) -> rx.State:
    """Return the root of the tree that holds all of a tab's states."""
    root = state._get_root_state()
    assert isinstance(root, rx.State)
    return root


def blank(root: rx.State) -> None:
    """Give every var of a tab its default."""
    hydrated = root.is_hydrated
    root.reset()
    root.is_hydrated = hydrated


async def everything(root: BaseState) -> dict[str, dict[str, Any]]:
    """Return all that a tab's state holds, also what the browser was sent by other ways."""
    delta = await _resolve_delta(root.dict())
    root._clean()
    return delta


async def page_anew(root: BaseState) -> StateUpdate:
    """Return the update that shows a tab all of its state and then loads its page."""
    return StateUpdate(delta=await everything(root), events=Event.from_event_type(LOAD_PAGE))


def kept_states(manager: StateManagerMemory) -> dict[str, str]:
    """Return the client tokens of all tabs whose state is kept, by the key that ``forget`` takes."""
    return {key: token.ident for key, (_, token) in manager._token_expires_at.items()}


def forget(manager: StateManagerMemory, key: str) -> bool:
    """Forget a tab's state. Returns False, and keeps it, while an event is at work with it."""
    _, token = manager._token_expires_at[key]
    lock = manager._states_locks.get(token.lock_key)
    if lock is not None and lock.locked():
        return False
    manager._purge_token(token)
    return True


__all__ = [
    "HYDRATIONS",
    "LOAD_PAGE",
    "BaseState",
    "Event",
    "GuardedStates",
    "StateManagerMemory",
    "StateUpdate",
    "blank",
    "everything",
    "forget",
    "kept_states",
    "page_anew",
    "root_of",
]
