"""What an application of Reflex is made of: the events its pages can send, what browsers keep for it, its build."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import reflex as rx
from reflex.compiler.utils import compile_client_storage
from reflex.config import get_config
from reflex.utils.prerequisites import get_web_dir
from reflex_base.registry import RegistrationContext


def registered_events() -> Mapping[str, Any]:
    """Return the events that pages can send, by full name, also those that are registered later.

    To be asked when the application is loaded: in the task of a request Reflex may know of no registry.
    """
    return RegistrationContext.get().event_handlers


def functions_of(events: Mapping[str, Any]) -> Mapping[str, Callable[..., Any]]:
    """Return the functions behind registered events."""
    return {name: one.handler.fn for name, one in events.items()}


def kept_by_browsers() -> frozenset[str]:
    """Return the full names of what browsers keep for us, as the page itself is told."""
    return frozenset(name for place in compile_client_storage(rx.State).values() for name in place)


def built_page() -> Path:
    """Return the directory with the built page."""
    return get_web_dir() / "build" / "client"


def state_lifetime_seconds() -> float:
    """Return after how long Reflex forgets the state of a tab that nothing touches."""
    return get_config().redis_token_expiration
