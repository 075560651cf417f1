"""Measure this version on this machine: ``make bench`` (ARGS=--quick for a first look). See docs/performance.md."""

import argparse
import asyncio
import json
import logging
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

from bench import answering, centre, events, history, hops, line, load, machine
from bench.figures import Row, table

RESULT = machine.ROOT / "bench" / "results" / "latest.json"
SECTIONS = ("answering", "events", "history", "phones", "load")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller loads: rougher figures, sooner")
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", choices=[[], *SECTIONS], help=f"only these: {', '.join(SECTIONS)}"
    )
    chosen = parser.parse_args()
    logging.getLogger("livekit").setLevel(logging.CRITICAL)
    started, about = time.monotonic(), machine.describe()
    print(f"{about['cpu']}, {about['cores']} cores, load {about['load_before']} before; version {about['version']}")
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        rows, steps = asyncio.run(measure(Path(home), chosen.sections or SECTIONS, chosen.quick))
    print("\n".join(filter(None, (table(rows) if rows else "", load.tables(steps)))))
    RESULT.parent.mkdir(exist_ok=True)
    loads = {title: [step.as_dict() for step in listed] for title, listed in steps.items()}
    found = {"machine": about, "rows": [row.as_dict() for row in rows], "load": loads}
    RESULT.write_text(json.dumps(found, indent=2) + "\n")
    print(f"\n{time.monotonic() - started:.0f} s; also in {RESULT.relative_to(machine.ROOT)}")


async def measure(home: Path, sections: Collection[str], quick: bool) -> tuple[list[Row], dict[str, list[load.Step]]]:
    """What was asked for, one thing after another."""
    rounds, calls, rows = (8, 3, []) if quick else (40, 10, [])
    if "history" in sections:
        rows = await history.rows(home, rounds)
    if not {"events", "answering"}.isdisjoint(sections):
        async with centre.running(home, events.CROWD) as running:
            rows = (await events.rows(running, home, rounds) if "events" in sections else []) + rows
            rows = (await answering.rows(running, calls) if "answering" in sections else []) + rows
    if {"phones", "load"}.isdisjoint(sections):
        return rows, {}
    (home / "phones").mkdir()
    async with line.open_line(home / "phones") as telephones:
        if "phones" in sections:
            rows = await hops.rows(telephones, home / "phones", 5 if quick else 20) + rows
        return rows, await load.measure(telephones, home / "phones", quick) if "load" in sections else {}


if __name__ == "__main__":
    main()
