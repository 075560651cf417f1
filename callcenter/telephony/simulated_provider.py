"""Phones for a machine without a telephone line: each dial starts a process that behaves like one.

A process of its own, so that the sound goes on when the desk's server restarts.
"""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO

from callcenter.core.domain.calls import EndReason
from callcenter.core.ports.telephony_provider import DialOrder, PhoneEvent, PhoneState, Report

_FAILURES = {
    "busy": EndReason.BUSY,
    "declined": EndReason.DECLINED,
    "no_answer": EndReason.NO_ANSWER,
    "failed": EndReason.UNREACHABLE,
}


class SimulatedPhones:
    """A phone leaves when its room is deleted, as a real one would."""

    name = "simulated"
    leg_from_start = False
    """A phone is a program that has to start first, which takes long on a busy machine."""

    def can_dial(self) -> bool:
        return True

    async def dial(self, order: DialOrder, report: Report) -> None:
        """Like a real dial; raises OSError when the process cannot be started."""
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
            raise OSError("the phone's output cannot be read")
        async with _lines(process.stdout) as lines:
            async for line in lines:
                event = _event(order.room_name, json.loads(line).get("state", ""))
                if event is not None:
                    await report(event)
                    if event.state is not PhoneState.RINGING:
                        return
        await report(PhoneEvent(order.room_name, PhoneState.FAILED, EndReason.NO_ANSWER))

    async def hang_up(self, room_name: str) -> None:
        """The phone leaves with its room."""

    async def close(self) -> None:
        """Phones live on: calls outlast a restart of the server."""


def _event(room_name: str, said: str) -> PhoneEvent | None:
    """What a line of the phone's output means; it says more than is of interest here."""
    if said in _FAILURES:
        return PhoneEvent(room_name, PhoneState.FAILED, _FAILURES[said])
    return PhoneEvent(room_name, PhoneState(said)) if said in ("ringing", "answered") else None


@asynccontextmanager
async def _lines(pipe: IO[bytes]) -> AsyncIterator[asyncio.StreamReader]:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        yield reader
    finally:
        transport.close()
