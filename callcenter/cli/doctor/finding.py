"""What the doctor finds, and how checks are run so that none of them takes the others down."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

LONGEST_SECONDS = 20.0
"""What one group of checks may take in all; each check has a shorter limit of its own."""


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at and how it is, and what to do about it."""

    group: str
    state: State
    text: str
    mend: str = ""


class Group:
    """Makes findings of one group: ``group.ok("it runs")``, ``group.fail("it does not", "start it")``."""

    def __init__(self, name: str) -> None:
        self.name = name

    def ok(self, text: str) -> Finding:
        return Finding(self.name, State.OK, text)

    def warn(self, text: str, mend: str = "") -> Finding:
        return Finding(self.name, State.WARN, text, mend)

    def fail(self, text: str, mend: str = "") -> Finding:
        return Finding(self.name, State.FAIL, text, mend)


Checks = Callable[[], AsyncIterator[Finding]]


async def examined(name: str, checks: Checks) -> list[Finding]:
    """All that one group finds; an error of the checks themselves is a finding as well."""
    found: list[Finding] = []
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            async for finding in checks():
                found.append(finding)
    except TimeoutError:
        found.append(Group(name).fail("it took too long and was given up", "Try again when the machine is less busy."))
    except Exception as error:
        found.append(Group(name).fail(f"it could not be checked ({type(error).__name__})", "Please report this."))
    return found


def worst(findings: Iterable[Finding]) -> State:
    states = {one.state for one in findings}
    return next((state for state in (State.FAIL, State.WARN) if state in states), State.OK)
