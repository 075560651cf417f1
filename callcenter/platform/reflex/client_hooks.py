"""State and effects that live in the browser, so that they go on while the server is away.

A Var may stand in an f-string; what it needs (hooks, imports) goes along with it.
"""

from typing import Any

import reflex as rx

from callcenter.platform.reflex.component_parts import ClientStateVar, field


def put(variable: ClientStateVar, value: Any) -> rx.Var[Any]:
    """Give a client state variable this value: a step of a handler or an effect."""
    return rx.Var(f"{variable.set}({rx.Var.create(value)})")


def handler(*steps: rx.Var[Any] | str, taking: str = "") -> Any:
    """An event handler that does these steps at once, whether or not the server is there."""
    return rx.Var(f"(({taking}) => {{ {'; '.join(f'{step}' for step in steps)}; }})").to(rx.EventChain)


def effect(step: rx.Var[Any] | str, *on: rx.Var[Any], undo: rx.Var[Any] | str = "") -> rx.Var[Any]:
    """A hook that does this step when the component appears, and again whenever one of ``on`` has changed;
    ``undo`` is done before the next time, and when the component goes."""
    end = f"return () => {undo}; " if undo else ""
    return rx.Var(f"useEffect(() => {{ {step}; {end}}}, [{', '.join(f'{var}' for var in on)}]);")


class Hooks(rx.Fragment):
    """React hooks, one line each, and nothing to look at."""

    uses: dict[str, list[str]] = field(default_factory=dict, is_javascript_property=False)
    """Packages, and what the lines use of them."""
    lines: list[Any] = field(default_factory=list, is_javascript_property=False)

    def add_imports(self) -> dict[str, Any]:
        return {**self.uses, "react": ["useCallback", "useEffect", "useMemo", "useSyncExternalStore"]}

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        return list(self.lines)
