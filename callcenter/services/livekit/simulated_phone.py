"""Phones for a machine without a telephone line: each dial starts a process that behaves like one.

A process of its own, so that the sound goes on when the desk's server restarts.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable

from callcenter.domain.calls import EndReason
from callcenter.services.media import DialOrder

_RESULTS: dict[str, EndReason | None] = {
    "answered": None,
    "busy": EndReason.BUSY,
    "declined": EndReason.DECLINED,
    "no_answer": EndReason.NO_ANSWER,
    "failed": EndReason.UNREACHABLE,
}


class SimulatedPhones:
    async def dial(self, order: DialOrder, ringing: Callable[[], Awaitable[None]]) -> EndReason | None:
        """Like a real dial: None when it was answered, else why not."""
        command = [sys.executable, "-m", "callcenter", "phone"]
        command += ["--room", order.room_name, "--identity", order.identity, "--number", order.number]
        process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, start_new_session=True, env=os.environ
        )
        if process.stdout is None:
            return EndReason.UNREACHABLE
        async for line in process.stdout:
            state = json.loads(line).get("state", "")
            if state == "ringing":
                await ringing()
            elif state in _RESULTS:
                return _RESULTS[state]
        return EndReason.NO_ANSWER
