"""What a fresh machine lacks for the first start: built side by side, and how long that took."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from callcenter.cli import livekit_server, livekit_sip, web_build
from callcenter.cli.side_by_side import Preparation, SideBySide, in_words

SETUP = "CALLCENTER_SETUP"
"""Where tools/setup_env.py says that it installed packages: when it began (seconds since 1970), how long they took."""


@dataclass
class FirstStart:
    """The seconds of each stage of one start; none when everything was there."""

    began: float
    seconds: dict[str, float]

    def told(self) -> list[str]:
        """One line for the person who waited, as soon as everything runs."""
        if not self.seconds:
            return []
        stages = ", ".join(f"{name} {in_words(seconds)}" for name, seconds in self.seconds.items())
        return [f"    the first start took {in_words(time.time() - self.began)}: {stages}"]


@contextmanager
def prepared(*, own_livekit: bool, phones: bool) -> Iterator[FirstStart]:
    """What is missing gets built while the block runs. Raises Problem when something cannot be built."""
    start = FirstStart(*setup_seconds())
    with SideBySide(missing(own_livekit=own_livekit, phones=phones)) as running:
        yield start
    start.seconds |= running.seconds


def setup_seconds() -> tuple[float, dict[str, float]]:
    """When this start began, and how long its Python packages took if they were installed for it."""
    began, _, took = os.environ.pop(SETUP, "").partition(" ")
    return (float(began), {"Python packages": float(took)}) if took else (time.time(), {})


def missing(*, own_livekit: bool = True, phones: bool = True) -> list[Preparation]:
    """What has to be built, the longest first."""
    sip = [livekit_sip.PREPARATION] if phones and not livekit_sip.PROGRAM.find() else []
    server = [livekit_server.PREPARATION] if own_livekit and not livekit_server.PROGRAM.find() else []
    page = [] if web_build.is_current() else [web_build.PREPARATION]
    return [*sip, *server, *page]
