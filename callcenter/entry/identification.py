"""Tells who a token belongs to, for whatever every request and every page begins with.

Accounts bring the answer; whoever asks need not know them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from callcenter.core.domain.agents import Actor

Kind = Literal["desk", "api"]
"""What somebody is signed in at: pages, or a program."""


@dataclass(frozen=True)
class Identification:
    """Is registered by bootstrap."""

    identify: Callable[[str, Kind], Awaitable[Actor]]
    """Returns who holds the token. Raises NotSignedIn."""
