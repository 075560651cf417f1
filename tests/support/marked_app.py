"""The desk as its server loads it, where a test can fill a tab's state to the brim and see what is left of it."""

import dataclasses
from collections.abc import Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin

import reflex as rx
from fastapi import FastAPI
from reflex.istate.manager.token import BaseStateToken
from reflex.state import BaseState

from callcenter.callcenter import app

MARK, NUMBER = "m4rked-for-anna", 77419988
LABEL = "callcenter.entry.tab_owner"
"""Its state says whose a tab is and shows nothing."""

api: FastAPI = app.api_transformer[0]  # type: ignore[index, assignment]


def marked(kind: Any, default: Any) -> Any:
    """Something of this type that is not the default, with a mark in every part that can have one."""
    inner = get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        return marked(next(one for one in inner if one is not type(None)), default)
    if list in (kind, get_origin(kind)):
        return [marked(inner[0] if inner else str, None)]
    if dict in (kind, get_origin(kind)):
        return {MARK: marked(inner[1] if inner else str, None)}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = {one.name: one for one in dataclasses.fields(kind)}
        types = rx.utils.types.get_type_hints(kind)
        return kind(**{name: marked(types[name], _default(one)) for name, one in hints.items()})
    if kind is bool or isinstance(default, bool):
        return not default
    if kind in (int, float):
        return kind(NUMBER)
    if isinstance(kind, type) and issubclass(kind, str):
        return MARK
    try:
        return kind(MARK)
    except (TypeError, ValueError):
        return default


def _default(one: "dataclasses.Field[Any]") -> Any:
    return None if one.default is dataclasses.MISSING else one.default


def states(root: BaseState) -> Iterator[BaseState]:
    """Every state of ours in a tab's tree: whatever there is, none by its name."""
    if type(root).__module__.startswith("callcenter.") and type(root).__module__ != LABEL:
        yield root
    for one in root.substates.values():
        yield from states(one)


def fields(state: BaseState) -> Iterator[tuple[str, Any]]:
    for name, one in type(state).__fields__.items():
        if one._owner is type(state):
            yield name, one


@api.post("/api/test/mark", include_in_schema=False)
async def mark(token: str) -> list[str]:
    """Fill the state of this tab; the names of what was filled."""
    filled = []
    async with app.state_manager.modify_state(BaseStateToken(ident=token, cls=rx.State)) as root:
        for state in states(root):
            for name, one in fields(state):
                default = one.default_value()
                value = marked(one.annotated_type, default)
                setattr(state, name, value)
                if value != default:
                    filled.append(f"{state.get_full_name()}.{name}")
        root._clean()
    return filled


@api.get("/api/test/left", include_in_schema=False)
async def left(token: str) -> dict[str, str]:
    """What of this tab's state is not as on the first day."""
    async with app.state_manager.modify_state(BaseStateToken(ident=token, cls=rx.State)) as root:
        return {
            f"{state.get_full_name()}.{name}": repr(state.get_value(name))
            for state in states(root)
            for name, one in fields(state)
            if state.get_value(name) != one.default_value()
        }


# Before whatever catches addresses that do not exist.
api.router.routes[:0] = [api.router.routes.pop(), api.router.routes.pop()]

__all__ = ["app"]
