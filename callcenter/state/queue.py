"""The callers who wait, as every signed-in tab shows them."""

from typing import Any

import reflex as rx

from callcenter.registry import the
from callcenter.services.desk import DeskService
from callcenter.services.hub import QUEUE
from callcenter.services.views import WaitingCallView
from callcenter.state.cast import Cast

LEAD_SECONDS = 0.1
"""Whoever it rings at is told first."""


class Queue(rx.State):
    """Sent to all at once (see ``state/cast.py``); never assigned here."""

    waiting: list[WaitingCallView] = []


async def _read(_: str) -> dict[str, Any]:
    return {"waiting": await the(DeskService).waiting()}


QUEUE_CAST: Cast[str] = Cast(lambda: Queue, (QUEUE,), _read, lead_seconds=LEAD_SECONDS)
EVERYBODY = "everybody"
"""All are shown the same."""
