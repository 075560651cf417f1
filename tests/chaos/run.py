"""One run of the harness, from the first server that is started to the last that is ended."""

import argparse
import asyncio
import logging
import shutil
import signal
import tempfile
from pathlib import Path

from callcenter.cli.web_build import build_if_changed
from tests.chaos.disk import SmallDisk
from tests.chaos.rounds import Rounds
from tests.chaos.world import World


def run(chosen: argparse.Namespace, disk: SmallDisk | None) -> int:
    """How many rounds failed. What was written down is kept then."""
    logging.getLogger("livekit").setLevel(logging.CRITICAL)
    if chosen.browser:
        build_if_changed()
    home = Path(tempfile.mkdtemp(prefix=f"chaos-{chosen.seed}-"))
    home.chmod(0o755)
    world = World(home, disk, 1 if chosen.sqlite else chosen.hosts, chosen.sqlite, chosen.browser, chosen.deaf)
    failures = 1
    try:
        failures = asyncio.run(_run(world, chosen))
    except asyncio.CancelledError:
        print("stopped", flush=True)
    finally:
        if failures or chosen.keep_logs:
            if world.postgres is not None and disk is not None:
                (home / "postgres.log").write_text(world.postgres.log)
            print(f"Logs are in {home}", flush=True)
        else:
            shutil.rmtree(home, ignore_errors=True)
    return failures


async def _run(world: World, chosen: argparse.Namespace) -> int:
    this = asyncio.current_task()
    assert this is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    numbers = range(chosen.first, chosen.first + (len(chosen.each) or chosen.rounds))
    try:
        await world.start()
        return await Rounds(world, chosen.seed, chosen.only, chosen.each).run(numbers, keep_going=chosen.keep_going)
    finally:
        await world.stop()
