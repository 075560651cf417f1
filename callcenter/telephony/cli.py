"""The telephone lines from the command line: what is declared, what LiveKit has, and making them equal."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from callcenter.core.domain.agents import SYSTEM
from callcenter.entry.with_services import run
from callcenter.platform.errors import Problem
from callcenter.platform.registry import the
from callcenter.settings import get_settings

if TYPE_CHECKING:
    from callcenter.telephony.line_provisioning import Comparison, LineSetup
    from callcenter.telephony.livekit_sip.trunk_diff import Change
    from callcenter.telephony.plan import TelephonyPlan

telephony = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]


@telephony.command()
def apply(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make LiveKit's trunks and dispatch rule equal to TELEPHONY_FILE (telephony.toml).

    Doing it twice changes nothing. When a step fails, the steps before it are taken back.
    """

    file = Path(get_settings().telephony_file)
    if not file.exists():
        raise Problem(f"There is no {file}. Copy telephony.example.toml to it and declare your lines there.")

    async def act() -> tuple["Change", ...]:
        setup = _setup()
        return (await setup.compare(SYSTEM)).changes if dry_run else await setup.apply(SYSTEM)

    changes = run(act)
    if as_json:
        _write({"dry_run": dry_run, "changes": [_as_data(one) for one in changes]})
        return
    print("\n".join(line for one in changes for line in _lines(one, "would " if dry_run else "")) or _UNCHANGED)
    if changes and dry_run:
        print("Nothing was changed. To do it, leave out --dry-run.")


@telephony.command()
def show(as_json: AsJson = False) -> None:
    """Show what is declared and what LiveKit has, ours and others'."""
    plan, comparison = run(_both)
    listed = _listed(comparison)
    if as_json:
        _write({"declared": _declared(plan), "livekit": listed})
        return
    print("Declared")
    print("\n".join(_declared_lines(plan)))
    print("In LiveKit")
    for item in listed:
        print(f"  {item['kind']} {item['name'] or '(no name)'} ({item['id']})")
        print("\n".join(f"    {name}: {value}" for name, value in item["fields"].items()))
    if not listed:
        print("  nothing")


@telephony.command()
def check(as_json: AsJson = False) -> None:
    """Is LiveKit as declared, and lets nobody in by another way? Exit status 0 when it is, else 1."""
    _, comparison = run(_both)
    fine = not comparison.changes and not comparison.warnings
    if as_json:
        changes = [_as_data(one) for one in comparison.changes]
        _write({"ok": fine, "changes": changes, "warnings": list(comparison.warnings)})
    else:
        for change in comparison.changes:
            print("\n".join(_lines(change, "needs to ")))
        if comparison.changes:
            print("To do it: python -m callcenter telephony apply")
        print("\n".join(comparison.warnings) or ("LiveKit is as declared." if fine else "Nobody else's trunk is open."))
    raise typer.Exit(0 if fine else 1)


_UNCHANGED = "LiveKit is as declared; nothing to do."


def _setup() -> "LineSetup":
    from callcenter.telephony.line_provisioning import LineSetup  # here, so that other commands start fast

    return the(LineSetup)


async def _both() -> tuple["TelephonyPlan", "Comparison"]:
    from callcenter.telephony.plan import TelephonyPlan

    return the(TelephonyPlan), await _setup().compare(SYSTEM)


def _lines(change: "Change", modal: str) -> Iterable[str]:
    done = {"create": "created", "update": "changed", "delete": "deleted"}
    verb = f"{modal}{'change' if change.action == 'update' else change.action}" if modal else done[change.action]
    yield f"{verb} the {change.kind} {change.name}" + (f" ({change.id})" if change.id else "")
    for field in change.fields:
        yield f"    {field.name}: " + (f"{field.before} -> {field.after}" if field.before else field.after)


def _as_data(change: "Change") -> dict[str, Any]:
    fields = {one.name: {"before": one.before, "after": one.after} for one in change.fields}
    return {"action": change.action, "kind": change.kind, "name": change.name, "id": change.id, "fields": fields}


def _listed(comparison: "Comparison") -> list[dict[str, Any]]:
    from callcenter.telephony.livekit_sip.trunk_diff import described, item_id

    found = comparison.found
    kinds = (("inbound trunk", found.inbound), ("outbound trunk", found.outbound), ("dispatch rule", found.rules))
    return [
        {"kind": kind, "name": one.name, "id": item_id(one), "fields": described(one)}
        for kind, items in kinds
        for one in items
    ]


def _declared(plan: "TelephonyPlan") -> dict[str, Any]:
    from dataclasses import asdict

    lines = {"inbound": plan.inbound, "outbound": plan.outbound}
    declared: dict[str, Any] = {"numbers": [asdict(one) for one in plan.numbers]}
    for name, line in lines.items():
        declared[name] = asdict(line) | {"password": "set" if line.password else "none"} if line else None
    return declared


def _declared_lines(plan: "TelephonyPlan") -> Iterable[str]:
    declared = _declared(plan)
    for number in declared.pop("numbers"):
        yield f"  number {number['number']} {number['label']}".rstrip()
    for name, line in declared.items():
        yield f"  {name} line" + ("" if line else ": none")
        for key, value in (line or {}).items():
            none = {"codecs": "all", "allowed_addresses": "any"}.get(key, "none")
            yield f"    {key}: {(', '.join(value) if isinstance(value, tuple) else value) or none}"


def _write(document: dict[str, Any]) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))
