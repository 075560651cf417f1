"""Measure this version on this machine: ``make bench`` (ARGS=--quick for a first look). See docs/performance.md."""

import argparse
import asyncio
import json
import logging
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from bench import machine, sections, steps
from bench.figures import Figure, table

RESULT = machine.ROOT / "bench" / "results" / "latest.json"


def main() -> None:
    chosen = _arguments()
    if chosen.markdown:
        print(_markdown(json.loads(RESULT.read_text())))
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends this ends the servers too
    logging.getLogger("livekit").setLevel(logging.CRITICAL)
    about = machine.describe()
    print(f"{about['cpu']}, {about['cores']} cores, load {about['load_before']} before; version {about['version']}")
    names = chosen.sections or [name for name in sections.ALL if chosen.full or name not in sections.ON_DEMAND]
    found = asyncio.run(_measure(names, sections.Options(quick=chosen.quick, full=chosen.full)))
    result = {"machine": about, **found}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(f"\n{_markdown(result)}\n\nalso in {RESULT.relative_to(machine.ROOT)}")
    sys.exit(1 if found["failed"] else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller loads: rougher figures, sooner")
    parser.add_argument("--full", action="store_true", help="what takes long as well: ten million calls, telephones")
    parser.add_argument("--markdown", action="store_true", help="print the tables of the last run again")
    names = ", ".join(sections.ALL)
    parser.add_argument("sections", nargs="*", metavar="SECTION", choices=[[], *sections.ALL], help=f"only: {names}")
    return parser.parse_args()


async def _measure(names: list[str], options: sections.Options) -> dict[str, Any]:
    """One section after another; one that fails does not take the others along."""
    figures: dict[str, list[dict[str, Any]]] = {}
    failed: dict[str, str] = {}
    loads: dict[str, Any] = {}
    began = time.monotonic()
    for number, name in enumerate(names, 1):
        print(f"==> {number}/{len(names)} {name} ({time.monotonic() - began:.0f} s)", flush=True)
        try:
            with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as home:
                found = await sections.ALL[name](Path(home), options)
        except Exception as error:
            failed[name] = f"{type(error).__name__}: {error}".partition("\n")[0]
            traceback.print_exc()
            continue
        if isinstance(found, dict):
            loads |= {title: [step.as_dict() for step in listed] for title, listed in found.items()}
            print(steps.tables(found), flush=True)
            continue
        figures[name] = [figure.as_dict() for figure in found]
        print(table(found), flush=True)
    return {"seconds": round(time.monotonic() - began), "figures": figures, "load": loads, "failed": failed}


def _markdown(result: dict[str, Any]) -> str:
    """As the documentation has it."""
    about = result["machine"]
    known = [Figure.from_dict(facts) for some in result["figures"].values() for facts in some]
    missed = sum(figure.met is False for figure in known)
    aims = sum(figure.met is not None for figure in known)
    lines = [
        f"{about['cpu']}, {about['cores']} cores, Python {about['python']}, version {about['version']}; "
        f"load {about['load_before']} before; {result['seconds']} s. {aims - missed} of {aims} aims met.",
        table(known) if known else "",
        steps.tables_of(result["load"]) if result["load"] else "",
        *(f"{name} failed: {why}" for name, why in result["failed"].items()),
    ]
    return "\n\n".join(filter(None, lines))


if __name__ == "__main__":
    main()
