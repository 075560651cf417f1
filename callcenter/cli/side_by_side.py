"""Long preparations at the same time, each in a process of its own: all succeed, or none is left running."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import IO, Self

from callcenter.cli.environment import ROOT
from callcenter.platform.errors import Problem

LOOK_SECONDS = 0.1
STOP_SECONDS = 5.0
"""How long a preparation may take to stop when it is told to."""
ERROR = "error: "


@dataclass(frozen=True)
class Preparation:
    """A function without arguments that may raise Problem."""

    name: str
    """In words, as in "NAME took 96 s"."""
    function: str
    """``package.module:name``."""


class SideBySide:
    """Preparations that run while the block of a ``with`` does; its end waits for them.

    Raises Problem when one fails, and then, as when the block fails or a signal comes, stops the others first.
    """

    def __init__(self, preparations: Sequence[Preparation]) -> None:
        self.seconds: dict[str, float] = {}
        """How long each took, by its name."""
        self._preparations = preparations
        self._running: dict[str, _Running] = {}

    def __enter__(self) -> Self:
        self._cleanup = contextlib.ExitStack()
        self._cleanup.enter_context(_signals_end_this())
        self._cleanup.callback(self._stop_all)
        try:
            for preparation in self._preparations:
                self.start(preparation)
        except BaseException:
            self._cleanup.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._cleanup:
            while kind is None and self._running:
                self._look()
                time.sleep(LOOK_SECONDS * bool(self._running))

    def start(self, preparation: Preparation) -> None:
        """One more, such as one that had to wait for another."""
        self._running[preparation.name] = _Running(preparation.function)

    def wait_for(self, preparation: Preparation) -> None:
        """Return when this one has succeeded. Raises Problem when one of them fails meanwhile."""
        while preparation.name in self._running:
            self._look()
            time.sleep(LOOK_SECONDS)

    def _look(self) -> None:
        """Note which have ended. Raises Problem for one that failed."""
        for name, running in list(self._running.items()):
            status = running.process.poll()
            if status is None:
                continue
            del self._running[name]
            if status:
                running.signal(signal.SIGKILL)  # What it may have left behind.
                raise Problem(running.why(name))
            self.seconds[name] = time.monotonic() - running.started

    def _stop_all(self) -> None:
        for running in self._running.values():
            running.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for running in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.process.wait(max(0.0, deadline - time.monotonic()))
            running.signal(signal.SIGKILL)
            running.process.wait()
        self._running.clear()


class _Running:
    def __init__(self, function: str) -> None:
        self.started = time.monotonic()
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-m", "callcenter.cli.side_by_side", function],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,
        )

    def signal(self, number: signal.Signals) -> None:
        """To the process and all it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def why(self, name: str) -> str:
        """The Problem of a preparation that failed; what it said before goes to stderr."""
        self._errors.seek(0)
        before, found, reason = self._errors.read().decode(errors="replace").rpartition(f"\n{ERROR}")
        if not found and reason.startswith(ERROR):
            found, reason = ERROR, reason.removeprefix(ERROR)
        if not found:
            before, reason = reason, f"{name} failed; its last words are above."
        if before.strip():
            sys.stderr.write(before.strip() + "\n")
        return reason.strip()


@contextlib.contextmanager
def _signals_end_this() -> Iterator[None]:
    """Let a request to stop raise SystemExit, so that the preparations are stopped as well."""

    def end(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def in_words(seconds: float) -> str:
    """As people say it: 96 s, 2 min 5 s."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _main() -> None:
    """Call the one function that is named; a Problem is the last line on stderr."""
    import importlib

    from callcenter.cli.environment import load_environment

    load_environment()
    module, _, name = sys.argv[1].partition(":")
    with _signals_end_this():
        try:
            getattr(importlib.import_module(module), name)()
        except Problem as problem:
            sys.exit(f"{ERROR}{problem}")


if __name__ == "__main__":
    _main()
