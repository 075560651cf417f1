"""Do harm to a running call centre, at random from a seed, and see that it heals.

python -m tests.chaos --seed 7 --rounds 200
"""

import argparse
import asyncio
import logging
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from callcenter.cli.web_build import build_if_changed
from tests.chaos.disk import SmallDisk
from tests.chaos.rounds import Rounds
from tests.chaos.world import World

DISK_MEGABYTES = 200


def main() -> None:
    logging.getLogger("livekit").setLevel(logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=None, help="the same seed draws the same faults; default: the time")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--from", dest="first", type=int, default=1, help="begin with this round of the seed")
    parser.add_argument("--only", nargs="*", default=(), help="faults by (part of their) name")
    parser.add_argument("--each", nargs="*", default=(), help="these faults, one after the other, and no others")
    parser.add_argument("--hosts", type=int, default=2)
    parser.add_argument("--sqlite", action="store_true", help="one host with SQLite in place of PostgreSQL")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="without an agent in Chromium")
    parser.add_argument("--keep-going", action="store_true", help="go on after a failure, with nobody on the line")
    parser.add_argument("--keep-logs", action="store_true")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if chosen.browser:
        build_if_changed()
    disk = SmallDisk.mount(DISK_MEGABYTES)
    if disk is None:
        print("This system gives us no disk to fill: that fault is left out.", flush=True)
    seed = chosen.seed if chosen.seed is not None else int(time.time())
    home = Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-"))
    home.chmod(0o755)
    world = World(home, disk, 1 if chosen.sqlite else chosen.hosts, chosen.sqlite, chosen.browser)
    failures = asyncio.run(_run(world, seed, chosen))
    if failures or chosen.keep_logs:
        if world.postgres is not None and disk is not None:
            (home / "postgres.log").write_text(world.postgres.log)
        print(f"Logs are in {home}", flush=True)
    else:
        shutil.rmtree(home, ignore_errors=True)
    if disk is not None:
        disk.unmount()
    sys.exit(1 if failures else 0)


async def _run(world: World, seed: int, chosen: argparse.Namespace) -> int:
    numbers = range(chosen.first, chosen.first + (len(chosen.each) or chosen.rounds))
    try:
        await world.start()
        return await Rounds(world, seed, chosen.only, chosen.each).run(numbers, keep_going=chosen.keep_going)
    finally:
        await world.stop()


if __name__ == "__main__":
    main()
