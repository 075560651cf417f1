"""Do harm to a running call centre, at random from a seed, and see that it heals.

python -m tests.chaos --seed 7 --rounds 200
"""

import argparse
import sys
import time

from tests.chaos.disk import SmallDisk

DISK_MEGABYTES = 200


def main() -> None:
    chosen = _arguments()
    # Before anything is imported that starts threads: a process that has some may not move to a namespace.
    disk = SmallDisk.mount(DISK_MEGABYTES)
    if disk is None:
        print("This system gives us no disk to fill: that fault is left out.", flush=True)
    from tests.chaos.run import run

    try:
        sys.exit(1 if run(chosen, disk) else 0)
    finally:
        if disk is not None:
            disk.unmount()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--seed", type=int, default=int(time.time()), help="the same seed draws the same faults; default: the time"
    )
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--from", dest="first", type=int, default=1, help="begin with this round of the seed")
    parser.add_argument("--only", nargs="*", default=(), help="faults by (part of their) name")
    parser.add_argument("--each", nargs="*", default=(), help="these faults, one after the other, and no others")
    parser.add_argument("--hosts", type=int, default=2)
    parser.add_argument("--sqlite", action="store_true", help="one host with SQLite in place of PostgreSQL")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="without an agent in Chromium")
    parser.add_argument("--deaf", action="store_true", help="ask for no sound: for a machine that does much besides")
    parser.add_argument("--keep-going", action="store_true", help="go on after a failure, with nobody on the line")
    parser.add_argument("--keep-logs", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
