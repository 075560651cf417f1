"""Phones for a machine without a telephone line: each dial starts a process that behaves like one.

A process of its own, so that the sound goes on when the desk's server restarts.
"""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import IO

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
        # Not asyncio's own subprocess: that kills its child when the server stops, and the call with it.
        process = subprocess.Popen(  # noqa: ASYNC220
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        threading.Thread(target=process.wait, daemon=True).start()
        if process.stdout is None:
            return EndReason.UNREACHABLE
        async with _lines(process.stdout) as lines:
            async for line in lines:
                state = json.loads(line).get("state", "")
                if state == "ringing":
                    await ringing()
                elif state in _RESULTS:
                    return _RESULTS[state]
        return EndReason.NO_ANSWER


@asynccontextmanager
async def _lines(pipe: IO[bytes]) -> AsyncIterator[asyncio.StreamReader]:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        yield reader
    finally:
        transport.close()
