"""Measure this version on this machine: ``make bench`` (ARGS=--quick for a first look). See docs/performance.md."""

import argparse
import asyncio
import json
import logging
import tempfile
import time
from pathlib import Path

from bench import answering, centre, events, history, machine
from bench.figures import Row, table

RESULT = machine.ROOT / "bench" / "results" / "latest.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: half a minute, and rougher figures")
    quick = parser.parse_args().quick
    logging.getLogger("livekit").setLevel(logging.CRITICAL)
    started, about = time.monotonic(), machine.describe()
    print(f"{about['cpu']}, {about['cores']} cores, load {about['load_before']} before; version {about['version']}")
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        rows = asyncio.run(measure(Path(home), 8 if quick else 40, 3 if quick else 10))
    print(table(rows))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"machine": about, "rows": [row.as_dict() for row in rows]}, indent=2) + "\n")
    print(f"\n{time.monotonic() - started:.0f} s; also in {RESULT.relative_to(machine.ROOT)}")


async def measure(home: Path, rounds: int, calls: int) -> list[Row]:
    """Everything, one thing after another."""
    rows = await history.rows(home, rounds)
    async with centre.running(home, events.CROWD) as running:
        rows = await events.rows(running, home, rounds) + rows
        return await answering.rows(running, calls) + rows


if __name__ == "__main__":
    main()
