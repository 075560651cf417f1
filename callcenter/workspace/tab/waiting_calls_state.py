"""The callers who wait, as every signed-in tab shows them."""

from typing import Any

import reflex as rx

from callcenter.platform.pubsub.change_bus import QUEUE
from callcenter.platform.reflex.broadcast import Cast
from callcenter.platform.registry import the
from callcenter.workspace.service import DeskService
from callcenter.workspace.views import WaitingCallView

LEAD_SECONDS = 0.1
"""Whoever it rings at is told first."""


class Queue(rx.State):
    """Sent to all at once (see ``platform/reflex/broadcast.py``); never assigned here."""

    waiting: list[WaitingCallView] = []


async def _read(_: str) -> dict[str, Any]:
    return {"waiting": await the(DeskService).waiting()}


QUEUE_CAST: Cast[str] = Cast(lambda: Queue, (QUEUE,), _read, lead_seconds=LEAD_SECONDS)
EVERYBODY = "everybody"
"""All are shown the same."""
