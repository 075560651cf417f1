"""``python -m callcenter doctor``: what is wrong with this system, and how to mend it."""

import asyncio
import json
import sys
from collections.abc import Iterable
from typing import Annotated

import typer

from callcenter.cli.doctor.finding import Finding, Group, State, examined, worst
from callcenter.settings import Settings, SettingsError, get_settings

COLOURS = {State.OK: typer.colors.GREEN, State.WARN: typer.colors.YELLOW, State.FAIL: typer.colors.RED}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False) -> None:
    """Look at everything this system needs and say what is wrong and how to mend it.

    Takes less than half a minute. Exit status 0 when nothing failed (warnings are no failure), else 1.
    """
    findings = asyncio.run(examine())
    failed = worst(findings) is State.FAIL
    if as_json:
        listed = [{"group": one.group, "state": one.state, "text": one.text, "mend": one.mend} for one in findings]
        print(json.dumps({"ok": not failed, "findings": listed}, indent=2, ensure_ascii=False))
    else:
        print("\n".join(_screen(findings)))
    raise typer.Exit(1 if failed else 0)


async def examine() -> list[Finding]:
    """All findings, group by group. Nothing is raised: whatever goes wrong is a finding."""
    try:
        settings = get_settings()
    except SettingsError as error:
        return [Group("Settings").fail(str(error))]
    return await examined_with(settings)


async def examined_with(settings: Settings) -> list[Finding]:
    """The same, with settings that are known to be usable."""
    # Here, so that --help does not wait for all of it.
    from callcenter.bootstrap import build
    from callcenter.cli.doctor import (
        database_checks,
        livekit_checks,
        phone_checks,
        port_checks,
        settings_checks,
        socket_checks,
    )
    from callcenter.telephony.plan import TelephonyPlan
    from callcenter.telephony.plan_file import load_plan

    declared: list[Finding] = []
    plan = TelephonyPlan()
    try:
        plan = load_plan(settings.telephony_file, settings.phone_region)
    except SettingsError as error:
        declared = [Group(phone_checks.NAME).fail(line) for line in str(error).splitlines()]
    try:
        services = build(settings.model_copy(update={"telephony_file": ""}))
    except SettingsError as error:
        return [Group(settings_checks.NAME).fail(str(error)), *declared]
    except ValueError:
        mend = "Write it like sqlite:///file.db or postgresql://user:password@host/name."
        return [Group(database_checks.NAME).fail("DATABASE_URL is neither SQLite nor PostgreSQL", mend), *declared]
    try:
        database = await examined(database_checks.NAME, lambda: database_checks.check(services))
        usable = worst(database) is not State.FAIL
        others = await asyncio.gather(
            examined(livekit_checks.NAME, lambda: livekit_checks.check(services, database=usable)),
            examined(phone_checks.NAME, lambda: phone_checks.check(settings, plan)),
            examined(port_checks.NAME, lambda: port_checks.check(settings)),
            examined(socket_checks.NAME, lambda: socket_checks.check(settings)),
        )
    finally:
        await services.stop()
    first = await examined(settings_checks.NAME, lambda: settings_checks.check(settings, plan))
    livekit, phones, ports, sockets = others
    return [*first, *database, *ports, *sockets, *livekit, *declared, *(phones if not declared else [])]


def _screen(findings: Iterable[Finding]) -> Iterable[str]:
    colourful = sys.stdout.isatty()
    group = ""
    counts = dict.fromkeys(State, 0)
    for one in findings:
        counts[one.state] += 1
        if one.group != group:
            group = one.group
            yield group
        word = f"{one.state.value:<5}"
        yield f"  {typer.style(word, fg=COLOURS[one.state], bold=True) if colourful else word} {one.text}"
        if one.mend:
            yield f"        -> {one.mend}"
    yield f"{counts[State.OK]} ok, {counts[State.WARN]} to look at, {counts[State.FAIL]} failed"
