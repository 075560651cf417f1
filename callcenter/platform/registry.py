"""Keeps the parts of this process by their class: whoever needs a part imports its class, and nothing that builds it.

Bootstrap registers what it has built; tests register other parts in the same way.
"""

from typing import TypeVar

Part = TypeVar("Part")

_parts: dict[type, object] = {}


class NotRegisteredError(LookupError):
    """Somebody asked for a part before it was registered."""

    def __init__(self, kind: type) -> None:
        super().__init__(f"No {kind.__name__} is registered in this process. Build the services first (bootstrap).")


def the(kind: type[Part]) -> Part:
    """Returns the part of this class. Raises NotRegisteredError where there is none."""
    try:
        return _parts[kind]  # type: ignore[return-value]
    except KeyError:
        raise NotRegisteredError(kind) from None


def register(*parts: object) -> None:
    """Makes each part known under its own class, in place of the one that was known before."""
    _parts.update((type(part), part) for part in parts)


def clear() -> None:
    """Forgets every part."""
    _parts.clear()
