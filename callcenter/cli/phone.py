"""``python -m callcenter phone``: the simulated phone that gets called where there is no telephone line."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from typing import Annotated

import typer

from callcenter.cli.simulator.connection import Connection, NoLiveKit
from callcenter.cli.simulator.leg import Experience
from callcenter.cli.simulator.phone import BEHAVIOURS, DEFAULT, SimulatedPhone
from callcenter.platform.jobs.background_task import HeldTasks

TOLD = {"dialing", "ringing", "answered", "busy", "declined", "no_answer", "failed", "over"}
HELP = "\n\n".join(
    [
        "Be the simulated phone that gets called, in its room, until the call is over.",
        f"The last two digits of the number decide what it does: any others: {DEFAULT.words}; "
        + "; ".join(f"{digits}: {behaviour.words}" for digits, behaviour in BEHAVIOURS.items())
        + ".",
        'Each state is one line of JSON on stdout: {"state": "dialing"}, ringing, answered; the last line is one of '
        "busy, declined, no_answer, failed (with a reason), or after an answer over.",
        "It outlives the process that started it, but not its room: it goes when it is removed, when the room closes, "
        "or when nobody else has been there for 30 s. Exit status: 0, or 1 when it could not get into the room.",
    ]
)


def phone(
    room: Annotated[str, typer.Option(help="The room it is called from.")],
    identity: Annotated[str, typer.Option(help="Who it is in the room.")],
    number: Annotated[str, typer.Option(help="Its number, E.164.")],
    caller_id: Annotated[str, typer.Option("--from", help="The number it sees.")] = "",
) -> None:
    """Replaced by HELP, which lists the behaviours."""
    with contextlib.suppress(PermissionError):
        os.setsid()
    logging.getLogger("livekit").setLevel(logging.CRITICAL)
    raise typer.Exit(asyncio.run(_run(room, identity, number, caller_id)))


phone.__doc__ = HELP


async def _run(room: str, identity: str, number: str, caller_id: str) -> int:
    try:
        connection = Connection.from_environment()
        await connection.check()
        called = await SimulatedPhone.join(
            connection, room=room, identity=identity, number=number, caller_id=caller_id, tell=_tell
        )
    except NoLiveKit as error:
        _print({"state": "failed", "reason": str(error)})
        return 1
    loop = asyncio.get_running_loop()
    ending = HeldTasks()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, lambda: ending.start(called.hang_up()))
    await called.live_through()
    return 0


def _tell(experience: Experience) -> None:
    if experience.name in TOLD:
        reason = {"reason": "out of service"} if experience.name == "failed" else {}
        _print({"state": experience.name} | reason)


def _print(state: dict[str, str]) -> None:
    """Whoever listened may be gone; the call goes on without."""
    with contextlib.suppress(OSError, ValueError):
        print(json.dumps(state), file=sys.stdout, flush=True)
