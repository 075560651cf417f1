"""The needs and effects of several notifications in one transaction, read and written for all of them at once."""

from dataclasses import dataclass, field
from typing import Any

from callcenter.core.domain.call_outcomes import Ending
from callcenter.core.tables import Call, Leg
from callcenter.platform.observability import logging


@dataclass(frozen=True)
class Closing:
    """A call that ends. ``bound``: what the log's line about it carries."""

    call: Call
    ending: Ending
    sip_code: int = 0
    sip_phrase: str = ""
    bound: dict[str, Any] = field(default_factory=logging.bound_now)


@dataclass
class WebhookBatch:
    """By room. What is put off has to be written before anything else happens in that room, and in the end."""

    ahead: dict[str, tuple[Call | None, list[Leg]]]
    """The call and all stays as they are on record. Who is about to change a room takes it out."""
    untold: set[int] = field(default_factory=set)
    """Calls written down ahead, of which the notification they came with has still to tell."""
    left: dict[str, str] = field(default_factory=dict)
    """Stays that are over."""
    closing: dict[str, Closing] = field(default_factory=dict)

    def puts_off(self, room_name: str) -> bool:
        return room_name in self.left or room_name in self.closing
